//! For programs.

use serde_json::{Value, json};

use super::Whole;

/// The run as JSON: suites, drivers with every result, and where they disagree.
///
/// # Errors
/// Never in practice: everything in it can be written.
pub fn value(whole: &Whole<'_>) -> serde_json::Result<Value> {
    let suites = whole
        .suites
        .iter()
        .map(|suite| json!({ "name": suite.name, "cases": suite.cases.len(), "unsupported": suite.unsupported }));
    Ok(json!({
        "protocol": 1,
        "good": whole.is_good(),
        "suites": suites.collect::<Vec<_>>(),
        "drivers": serde_json::to_value(whole.reports)?,
        "agreement": serde_json::to_value(whole.agreement)?,
    }))
}
