//! For who wants to see: operations × drivers, for all suites and for each. One file, nothing from outside, no script.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use splitsign_core::operations::Operation;

use super::html_page::{FOOT, HEAD};
use super::{Whole, escaped};
use crate::runner::{Outcome, Report};

/// Failures shown of each driver.
const SHOWN: usize = 50;

/// What came of the cases of one operation at one driver.
#[derive(Clone, Copy, Default)]
struct Cell {
    passed: usize,
    failed: usize,
    diverged: usize,
    not_run: usize,
}

impl Cell {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Diverged { .. } => self.diverged += 1,
            Outcome::Failed { .. } | Outcome::UnexpectedPass { .. } => self.failed += 1,
        }
    }

    /// Class, what stands there, and what it means.
    fn shown(self) -> (&'static str, String, String) {
        let said = format!(
            "{} passed, {} failed, {} known to diverge, {} not for this driver",
            self.passed, self.failed, self.diverged, self.not_run
        );
        match self {
            Self { failed: 1.., .. } => ("bad", format!("✗{}", self.failed), said),
            Self { diverged: 1.., .. } => ("known", format!("{}", self.passed), said),
            Self { passed: 0, .. } => ("none", "–".to_owned(), said),
            Self { .. } => ("good", format!("{}", self.passed), said),
        }
    }
}

/// The run as a page.
#[must_use]
pub fn page(whole: &Whole<'_>) -> String {
    let mut out = String::from(HEAD);
    summary(whole, &mut out);
    put(&mut out, "<h2>All suites</h2>\n");
    matrix(whole, None, &mut out);
    legend(&mut out);
    drivers(whole, &mut out);
    put(&mut out, "<h2>Suites</h2>\n");
    for suite in whole.suites {
        let name = escaped(suite.name);
        put(&mut out, &format!("<details><summary><b>{name}</b> {} cases</summary>\n", suite.cases.len()));
        matrix(whole, Some(suite.name), &mut out);
        if !suite.unsupported.is_empty() {
            put(&mut out, "<p>In its source, and not run:</p>\n<ul>\n");
            for one in &suite.unsupported {
                let (what, reason) = (escaped(&one.what), escaped(&one.reason));
                put(&mut out, &format!("<li>{what}: {} cases. {reason}</li>\n", one.cases));
            }
            put(&mut out, "</ul>\n");
        }
        put(&mut out, "</details>\n");
    }
    disagreements(whole, &mut out);
    put(&mut out, FOOT);
    out
}

fn summary(whole: &Whole<'_>, out: &mut String) {
    let cases: usize = whole.suites.iter().map(|suite| suite.cases.len()).sum();
    let (class, verdict) =
        if whole.is_good() { ("good", "All as it should be") } else { ("bad", "Not as it should be") };
    put(out, &format!("<p class=\"verdict {class}\">{verdict}</p>\n"));
    let (drivers, suites) = (whole.reports.len(), whole.suites.len());
    put(out, &format!("<p>{cases} cases of {suites} suites, {drivers} drivers. "));
    if let Some(agreement) = whole.agreement {
        let text = match agreement.disagreements.len() {
            0 => "all gave the same answer, byte for byte, codes and offsets included".to_owned(),
            count => format!("they disagree on <b>{count}</b>"),
        };
        put(out, &format!("{} cases were answered by more than one driver with codes; {text}.", agreement.compared));
    }
    put(out, "</p>\n");
}

fn matrix(whole: &Whole<'_>, suite: Option<&str>, out: &mut String) {
    put(out, "<div class=\"wide\"><table>\n<thead><tr><th>operation</th>");
    for report in whole.reports {
        let class = if report.is_good() { "driver" } else { "driver bad" };
        put(out, &format!("<th class=\"{class}\"><span>{}</span></th>", escaped(&report.driver)));
    }
    put(out, "</tr></thead>\n<tbody>\n");
    let columns: Vec<BTreeMap<&str, Cell>> = whole.reports.iter().map(|report| column(report, suite)).collect();
    for operation in Operation::ALL {
        let name = operation.name();
        if !columns.iter().any(|column| column.contains_key(name)) {
            continue;
        }
        put(out, &format!("<tr><th>{name}</th>"));
        for (column, report) in columns.iter().zip(whole.reports) {
            let (class, text, said) = if report.results.is_empty() && !report.is_good() {
                ("bad", "✗".to_owned(), "it did not run".to_owned())
            } else {
                column.get(name).copied().unwrap_or_default().shown()
            };
            put(out, &format!("<td class=\"{class}\" title=\"{}: {said}\">{text}</td>", escaped(&report.driver)));
        }
        put(out, "</tr>\n");
    }
    put(out, "</tbody></table></div>\n");
}

fn column<'a>(report: &'a Report, suite: Option<&str>) -> BTreeMap<&'a str, Cell> {
    let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
    for result in report.results.iter().filter(|result| suite.is_none_or(|suite| suite == result.suite)) {
        cells.entry(result.operation.name()).or_default().add(&result.outcome);
    }
    for one in report.not_run.iter().filter(|one| suite.is_none_or(|suite| suite == one.suite)) {
        cells.entry(one.operation).or_default().not_run += one.cases;
    }
    cells
}

fn legend(out: &mut String) {
    put(
        out,
        "<p class=\"legend\"><span class=\"good\">n</span> cases passed <span class=\"known\">n</span> passed, others are \
         known to diverge <span class=\"bad\">✗n</span> failed <span class=\"none\">–</span> not for this driver</p>\n",
    );
}

fn drivers(whole: &Whole<'_>, out: &mut String) {
    put(out, "<h2>Drivers</h2>\n");
    for report in whole.reports {
        let identity = &report.identity;
        let (class, mark) = if report.is_good() { ("good", "✓") } else { ("bad", "✗") };
        let (name, language, version) =
            (escaped(&report.driver), escaped(&identity.language), escaped(&identity.version));
        let (passed, failed) = (report.count(|one| *one == Outcome::Passed), report.count(|one| !one.is_good()));
        put(
            out,
            &format!(
                "<details{}><summary><span class=\"{class}\">{mark}</span> <b>{name}</b> {language}, {version}: \
                 {passed} passed, {failed} failed</summary>\n<ul>\n",
                if report.is_good() { "" } else { " open" }
            ),
        );
        if report.foreign {
            put(out, "<li>Not ours: it has no codes, a refusal is a refusal.</li>\n");
        }
        for fault in &report.faults {
            put(out, &format!("<li class=\"bad\">{}</li>\n", escaped(fault)));
        }
        failures(report, out);
        known(report, out);
        put(out, "</ul></details>\n");
    }
}

fn failures(report: &Report, out: &mut String) {
    let failed = report.results.iter().filter(|result| !result.outcome.is_good());
    for result in failed.take(SHOWN) {
        let why = match &result.outcome {
            Outcome::Failed { expected, why } => format!("expected {expected}. {why}"),
            Outcome::UnexpectedPass { reason } => format!("known not to pass: {reason}"),
            Outcome::Passed | Outcome::Diverged { .. } => String::new(),
        };
        let (id, answer) = (escaped(&result.id), escaped(&result.answer.to_string()));
        put(out, &format!("<li class=\"bad\"><code>{id}</code> {answer}; {}</li>\n", escaped(&why)));
    }
}

/// Divergences by their reason, and what the driver was not given.
fn known(report: &Report, out: &mut String) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &report.results {
        if let Outcome::Diverged { reason } = &result.outcome {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    for (reason, count) in reasons {
        put(out, &format!("<li>{count} known to diverge: {}</li>\n", escaped(reason)));
    }
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &report.not_run {
        *left_out.entry(&one.reason).or_default() += one.cases;
    }
    for (reason, count) in left_out {
        put(out, &format!("<li>{count} not given: {}</li>\n", escaped(reason)));
    }
}

fn disagreements(whole: &Whole<'_>, out: &mut String) {
    let Some(agreement) = whole.agreement.filter(|agreement| !agreement.disagreements.is_empty()) else { return };
    put(out, "<h2>Where they disagree</h2>\n<ul>\n");
    for one in agreement.disagreements.iter().take(SHOWN) {
        put(out, &format!("<li><code>{}</code><ul>\n", escaped(&one.id)));
        for (answer, drivers) in &one.answers {
            put(out, &format!("<li>{}: {}</li>\n", escaped(&drivers.join(", ")), escaped(answer)));
        }
        put(out, "</ul></li>\n");
    }
    put(out, "</ul>\n");
}

fn put(out: &mut String, text: &str) {
    out.write_str(text).expect("a string takes all");
}
