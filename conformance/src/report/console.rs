//! For who sits before it.

use core::fmt::Write as _;

use super::Whole;
use crate::runner::{Outcome, Report};

/// Failures of one driver that are shown in full; of more, there is mostly one cause.
const SHOWN: usize = 20;

/// The run as text.
#[must_use]
pub fn text(whole: &Whole<'_>) -> String {
    let mut out = String::new();
    for report in whole.reports {
        driver(report, &mut out);
    }
    if let Some(agreement) = whole.agreement {
        put(&mut out, &format!("{} cases were answered by more than one driver", agreement.compared));
        match agreement.disagreements.len() {
            0 => put(&mut out, "; all said the same\n"),
            count => put(&mut out, &format!("; on {count} they DISAGREE\n")),
        }
        for disagreement in agreement.disagreements.iter().take(SHOWN) {
            put(&mut out, &format!("  {}\n", disagreement.id));
            for (answer, drivers) in &disagreement.answers {
                put(&mut out, &format!("    {}: {answer}\n", drivers.join(", ")));
            }
        }
    }
    for suite in whole.suites {
        let unsupported: usize = suite.unsupported.iter().map(|one| one.cases).sum();
        put(&mut out, &format!("suite {}: {} cases", suite.name, suite.cases.len()));
        if unsupported > 0 {
            put(&mut out, &format!(", and {unsupported} for which there is no operation yet"));
        }
        put(&mut out, "\n");
    }
    out
}

fn driver(report: &Report, out: &mut String) {
    let count = |is: fn(&Outcome) -> bool| report.count(is);
    let passed = count(|outcome| *outcome == Outcome::Passed);
    let failed = count(|outcome| !outcome.is_good());
    let diverged = count(|outcome| matches!(outcome, Outcome::Diverged { .. }));
    let not_run: usize = report.not_run.iter().map(|one| one.cases).sum();
    let verdict = if report.is_good() { "ok    " } else { "FAILED" };
    put(out, &format!("{verdict} {:<14} {passed} passed, {failed} failed", report.driver));
    for (number, what) in [
        (diverged, "known to diverge"),
        (not_run, "not for this driver"),
        (usize::try_from(report.restarts).unwrap_or(usize::MAX), "restarts"),
    ] {
        if number > 0 {
            put(out, &format!(", {number} {what}"));
        }
    }
    put(out, "\n");
    for fault in &report.faults {
        put(out, &format!("  the driver: {fault}\n"));
    }
    for result in report.results.iter().filter(|result| !result.outcome.is_good()).take(SHOWN) {
        match &result.outcome {
            Outcome::Failed { expected, why } => {
                put(out, &format!("  {}: {}\n    expected: {expected}\n    {why}\n", result.id, result.answer));
            }
            Outcome::UnexpectedPass { reason } => {
                put(out, &format!("  {}: passes, and is known not to: {reason}\n", result.id));
            }
            Outcome::Passed | Outcome::Diverged { .. } => {}
        }
    }
    if failed > SHOWN {
        put(out, &format!("  and {} more: --json has them all\n", failed - SHOWN));
    }
}

fn put(out: &mut String, text: &str) {
    out.write_str(text).expect("a string takes all");
}
