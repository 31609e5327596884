//! All cases of the suites, by one driver.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use splitsign_core::operations::Operation;

use crate::answer::Answer;
use crate::case::Case;
use crate::driver::{Driver, DriverFile, Identity};
use crate::expectations::Expectations;
use crate::suites::Suite;

/// What a driver did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The name of its folder.
    pub driver: String,
    /// What it says of itself.
    pub identity: Identity,
    /// Whether it is an implementation of other people.
    pub foreign: bool,
    /// What came of each case that it was given.
    pub results: Vec<CaseResult>,
    /// How many cases it was not given, and why.
    pub not_run: Vec<NotRun>,
    /// What is wrong with the driver itself.
    pub faults: Vec<String>,
    /// How often it had to be started again.
    pub restarts: u32,
}

/// What came of a case.
#[derive(Debug, Serialize)]
pub struct CaseResult {
    /// The case.
    pub id: String,
    /// The first part of its id.
    pub suite: &'static str,
    /// The operation.
    #[serde(serialize_with = "name")]
    pub operation: Operation,
    /// What the driver said.
    pub answer: Answer,
    /// Whether it should have.
    pub outcome: Outcome,
}

fn name<S: serde::Serializer>(operation: &Operation, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(operation.name())
}

/// Whether the driver said what it should have said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Passed,
    /// It did not.
    Failed {
        /// What it should have said.
        expected: String,
        /// What the case is about, and where that is written.
        why: String,
    },
    /// It did not, and that is known.
    Diverged {
        /// Why it is so.
        reason: String,
    },
    /// It did, and was known not to.
    UnexpectedPass {
        /// What the file of its expectations says.
        reason: String,
    },
}

impl Outcome {
    /// Whether the run is a success in spite of it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Passed | Self::Diverged { .. } => true,
            Self::Failed { .. } | Self::UnexpectedPass { .. } => false,
        }
    }
}

/// Cases that a driver was not given.
#[derive(Clone, Debug, Serialize)]
pub struct NotRun {
    /// The suite.
    pub suite: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Why.
    pub reason: String,
    /// How many.
    pub cases: usize,
}

impl Report {
    /// Of a driver that could not be started.
    #[must_use]
    pub fn not_started(file: &DriverFile, fault: String) -> Self {
        let identity = Identity {
            name: file.name.clone(),
            version: "not started".to_owned(),
            language: file.language.clone(),
            operations: Vec::new(),
            codes: 0,
            line_bytes_max: None,
            arguments_absent: Vec::new(),
        };
        Self {
            driver: file.name.clone(),
            identity,
            foreign: file.foreign,
            results: Vec::new(),
            not_run: Vec::new(),
            faults: vec![fault],
            restarts: 0,
        }
    }

    /// Whether all is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty() && self.results.iter().all(|result| result.outcome.is_good())
    }

    /// How many results have an outcome of that kind.
    #[must_use]
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.results.iter().filter(|result| is(&result.outcome)).count()
    }
}

/// Gives a driver all cases that it can take, and ends it.
#[must_use]
pub fn run(mut driver: Driver, suites: &[Suite], expectations: &Expectations) -> Report {
    let mut report = Report {
        driver: driver.file().name.clone(),
        identity: driver.identity().clone(),
        foreign: driver.file().foreign,
        results: Vec::new(),
        not_run: Vec::new(),
        faults: faults(driver.file(), driver.identity()),
        restarts: 0,
    };
    for suite in suites {
        for case in &suite.cases {
            let line = Driver::line(case);
            match reason_not_to_run(driver.identity(), case, &line) {
                Some(reason) => report.leave_out(suite.name, case, reason),
                None => {
                    let answer = driver.run(case, &line);
                    let outcome = judged(case, &answer, driver.identity(), expectations);
                    report.results.push(CaseResult {
                        id: case.id.clone(),
                        suite: suite.name,
                        operation: case.operation,
                        answer,
                        outcome,
                    });
                }
            }
        }
    }
    report.restarts = driver.restarts();
    if let Err(error) = driver.stop() {
        report.faults.push(format!("{error:#}"));
    }
    let names: Vec<&str> = suites.iter().map(|suite| suite.name).collect();
    let ids: Vec<&str> = suites.iter().flat_map(|suite| &suite.cases).map(|case| case.id.as_str()).collect();
    let stale = expectations.stale(&names, &ids);
    report.faults.extend(stale.iter().map(|pattern| format!("its expectations name {pattern}, which is no case")));
    if report.results.is_empty() {
        report.faults.push("it ran no case at all".to_owned());
    }
    report
}

impl Report {
    fn leave_out(&mut self, suite: &'static str, case: &Case, reason: String) {
        let operation = case.operation.name();
        let known = self
            .not_run
            .iter_mut()
            .find(|one| (one.suite, one.operation) == (suite, operation) && one.reason == reason);
        match known {
            Some(known) => known.cases += 1,
            None => self.not_run.push(NotRun { suite, operation, reason, cases: 1 }),
        }
    }
}

/// What a driver says of itself against what its file says.
fn faults(file: &DriverFile, identity: &Identity) -> Vec<String> {
    let mut faults = Vec::new();
    let all: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    let reported: BTreeSet<&str> = identity.operations.iter().map(String::as_str).collect();
    let gaps: BTreeSet<&str> = file.gaps.keys().map(String::as_str).collect();
    for operation in reported.difference(&all) {
        faults.push(format!("it reports {operation}, which is no operation"));
    }
    if !file.foreign {
        for operation in all.difference(&reported).filter(|operation| !gaps.contains(*operation)) {
            faults.push(format!("it does not have {operation}, and its driver.toml does not say why"));
        }
        if !identity.has_codes() {
            faults.push("it reports no codes".to_owned());
        }
    }
    for operation in &gaps {
        if reported.contains(operation) || !all.contains(operation) {
            faults.push(format!("its driver.toml declares the gap {operation}, and there is none"));
        }
    }
    let absent: BTreeSet<&str> = identity.arguments_absent.iter().map(String::as_str).collect();
    let declared: BTreeSet<&str> = file.arguments_absent.keys().map(String::as_str).collect();
    for argument in absent.symmetric_difference(&declared).filter(|_| !file.foreign) {
        faults.push(format!("driver and driver.toml disagree on whether it has the argument {argument}"));
    }
    if !file.language.is_empty() && file.language != identity.language {
        faults.push(format!("it says it is written in {}, and its driver.toml {}", identity.language, file.language));
    }
    faults
}

fn reason_not_to_run(identity: &Identity, case: &Case, line: &str) -> Option<String> {
    if !identity.operations.iter().any(|name| name == case.operation.name()) {
        return Some("it does not have the operation".to_owned());
    }
    let absent = identity.arguments_absent.iter().find(|name| case.arguments.get(*name).is_some_and(is_there));
    if let Some(argument) = absent {
        return Some(format!("it does not have the argument {argument}"));
    }
    let limit = identity.line_bytes_max?;
    (line.len() > limit).then(|| format!("the line is longer than its {limit} bytes"))
}

/// Whether an argument asks for something: a flag that is 0 does not.
fn is_there(value: &Value) -> bool {
    *value != 0
}

fn judged(case: &Case, answer: &Answer, identity: &Identity, expectations: &Expectations) -> Outcome {
    let passed = answer.meets(&case.expected, identity.has_codes());
    match (passed, expectations.of(&case.id)) {
        (true, None) => Outcome::Passed,
        (true, Some(known)) => Outcome::UnexpectedPass { reason: known.reason.clone() },
        (false, Some(known)) if known.covers(answer) => Outcome::Diverged { reason: known.reason.clone() },
        (false, _) => Outcome::Failed {
            expected: case.expected.to_string(),
            why: if case.spec.is_empty() { case.why.clone() } else { format!("{} ({})", case.why, case.spec) },
        },
    }
}
