//! For services that collect test results: JUnit's XML, one test suite for each driver and suite.

use core::fmt::Write as _;

use super::{Whole, escaped};
use crate::runner::{CaseResult, Outcome, Report};

/// The run as XML.
#[must_use]
pub fn xml(whole: &Whole<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in whole.reports {
        for suite in whole.suites {
            let results: Vec<&CaseResult> = report.results.iter().filter(|result| result.suite == suite.name).collect();
            test_suite(&report.driver, suite.name, &results, &mut out);
        }
        faults(report, &mut out);
    }
    if let Some(agreement) = whole.agreement {
        let count = agreement.disagreements.len();
        put(
            &mut out,
            &format!("  <testsuite name=\"agreement\" tests=\"{}\" failures=\"{count}\">\n", agreement.compared),
        );
        for one in &agreement.disagreements {
            let said = one.answers.iter().map(|(answer, drivers)| format!("{}: {answer}", drivers.join(", ")));
            put(&mut out, &case("agreement", &one.id, &failure(&said.collect::<Vec<_>>().join("\n"))));
        }
        put(&mut out, "  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn test_suite(driver: &str, suite: &str, results: &[&CaseResult], out: &mut String) {
    let failures = results.iter().filter(|result| !result.outcome.is_good()).count();
    let name = escaped(&format!("{driver}.{suite}"));
    put(out, &format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\">\n", results.len()));
    for result in results {
        let inside = match &result.outcome {
            Outcome::Passed => String::new(),
            Outcome::Diverged { reason } => format!("<system-out>{}</system-out>", escaped(reason)),
            Outcome::Failed { expected, why } => failure(&format!("{}\nexpected: {expected}\n{why}", result.answer)),
            Outcome::UnexpectedPass { reason } => failure(&format!("passes, and is known not to: {reason}")),
        };
        put(out, &case(&format!("{driver}.{}", result.operation.name()), &result.id, &inside));
    }
    put(out, "  </testsuite>\n");
}

/// What is wrong with the driver itself.
fn faults(report: &Report, out: &mut String) {
    if report.faults.is_empty() {
        return;
    }
    let (name, count) = (escaped(&report.driver), report.faults.len());
    put(out, &format!("  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{count}\">\n"));
    for fault in &report.faults {
        put(out, &case(&report.driver, "the driver itself", &failure(fault)));
    }
    put(out, "  </testsuite>\n");
}

fn case(class: &str, name: &str, inside: &str) -> String {
    format!("    <testcase classname=\"{}\" name=\"{}\">{inside}</testcase>\n", escaped(class), escaped(name))
}

fn failure(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    format!("<failure message=\"{}\">{}</failure>", escaped(first), escaped(text))
}

fn put(out: &mut String, text: &str) {
    out.write_str(text).expect("a string takes all");
}
