//! Whether all implementations say the same, byte for byte, whatever it is that they say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answer::Answer;
use crate::runner::Report;

/// A case that two implementations of ours answered differently.
#[derive(Debug, Serialize)]
pub struct Disagreement {
    /// The case.
    pub id: String,
    /// Each answer, and the drivers that gave it.
    pub answers: Vec<(String, Vec<String>)>,
}

/// What the comparison found.
#[derive(Debug, Default, Serialize)]
pub struct Agreement {
    /// Cases that at least two drivers with codes answered.
    pub compared: usize,
    /// Those on which they disagree.
    pub disagreements: Vec<Disagreement>,
}

/// Compares the answers of all drivers that report codes.
#[must_use]
pub fn compare(reports: &[Report]) -> Agreement {
    let mut answers: BTreeMap<&str, Vec<(&Answer, &str)>> = BTreeMap::new();
    for report in reports.iter().filter(|report| report.identity.has_codes()) {
        for result in &report.results {
            answers.entry(&result.id).or_default().push((&result.answer, &report.driver));
        }
    }
    let mut agreement = Agreement::default();
    for (id, given) in answers.into_iter().filter(|(_, given)| given.len() > 1) {
        agreement.compared += 1;
        let mut groups: Vec<(&Answer, Vec<String>)> = Vec::new();
        for (answer, driver) in given {
            match groups.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, drivers)) => drivers.push(driver.to_owned()),
                None => groups.push((answer, vec![driver.to_owned()])),
            }
        }
        if groups.len() > 1 {
            let answers = groups.into_iter().map(|(answer, drivers)| (answer.to_string(), drivers)).collect();
            agreement.disagreements.push(Disagreement { id: id.to_owned(), answers });
        }
    }
    agreement
}
