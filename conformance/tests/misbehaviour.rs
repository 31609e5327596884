//! Whatever a driver does is a result, and the run goes on.

use core::time::Duration;
use std::path::Path;

use serde_json::Map;
use splitsign_conformance::answer::Answer;
use splitsign_conformance::case::{Case, Expectation, encoded};
use splitsign_conformance::driver::{Driver, DriverFile, Limits};
use splitsign_conformance::expectations::Expectations;
use splitsign_conformance::runner::{Outcome, Report, run};
use splitsign_conformance::suites::Suite;
use splitsign_core::operations::Operation;

const LIMITS: Limits = Limits { start: Duration::from_secs(2), case: Duration::from_millis(1500) };

fn case(name: &str, operation: Operation, bytes: usize) -> Case {
    let mut arguments = Map::new();
    arguments.insert("data".to_owned(), encoded(&vec![7; bytes]));
    Case {
        id: format!("suite/{name}"),
        operation,
        arguments,
        expected: Expectation::bytes(&[0]),
        why: "a test of the runner".to_owned(),
        spec: String::new(),
    }
}

fn file(mode: &str) -> DriverFile {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    DriverFile::of_command(&format!("sh misbehaving.sh {mode}"), &folder).expect("a command")
}

fn suite() -> Suite {
    let sha256 = Operation::Sha256;
    let mut cases: Vec<Case> = ["first", "second", "third"].into_iter().map(|name| case(name, sha256, 8)).collect();
    cases.push(case("long", sha256, 1000));
    cases.push(case("other", Operation::DsseVerify, 8));
    Suite { name: "suite", cases, unsupported: Vec::new() }
}

fn report(mode: &str) -> Report {
    run(Driver::start(file(mode), LIMITS).expect("it starts"), &[suite()], &Expectations::default())
}

/// The second answer; the first and the third are right.
fn second(report: &Report) -> &Answer {
    let outcomes: Vec<bool> = report.results.iter().map(|result| result.outcome == Outcome::Passed).collect();
    assert_eq!(outcomes, [true, false, true], "{report:#?}");
    assert!(!report.is_good());
    &report.results[1].answer
}

#[test]
fn what_a_driver_cannot_take_is_counted_and_not_sent() {
    let report = report("well");
    assert!(report.is_good(), "{report:#?}");
    assert_eq!(report.results.len(), 3);
    let left_out: Vec<(&str, usize)> = report.not_run.iter().map(|one| (one.operation, one.cases)).collect();
    assert_eq!(left_out, [("sha256", 1), ("dsse_verify", 1)]);
}

#[test]
fn a_crash_is_a_result_and_says_what_the_driver_complained_of() {
    let report = report("crash");
    let Answer::Ended(how) = second(&report) else { panic!("{report:#?}") };
    assert!(how.contains("exit status: 7") && how.contains("out of luck"), "{how}");
    assert_eq!(report.restarts, 1);
}

#[test]
fn silence_is_a_result() {
    let report = report("hang");
    assert_eq!(*second(&report), Answer::TimedOut { limit_ms: 1500 });
    assert_eq!(report.restarts, 1);
}

#[test]
fn what_is_no_answer_is_a_result() {
    for mode in ["garble", "wrong"] {
        let report = report(mode);
        assert!(matches!(second(&report), Answer::Garbled(_)), "{report:#?}");
        assert_eq!(report.restarts, 0);
    }
}

#[test]
fn a_driver_that_does_not_say_who_it_is_does_not_start() {
    let error = Driver::start(file("mute"), LIMITS).unwrap_err();
    assert!(error.to_string().contains("no answer within 2000 ms"), "{error:#}");
    assert!(Driver::start(DriverFile::of_command("/no/such/program", Path::new("/")).unwrap(), LIMITS).is_err());
    assert!(DriverFile::of_command("  ", Path::new("/")).is_err());
}

#[test]
fn how_a_driver_ends_counts() {
    for mode in ["stays", "fails"] {
        let report = report(mode);
        assert!(report.results.iter().all(|result| result.outcome == Outcome::Passed));
        assert_eq!(report.faults.len(), 1, "{mode}: {:?}", report.faults);
    }
}

#[test]
fn operations_that_are_not_in_the_list_are_a_fault() {
    let report = report("liar");
    assert_eq!(report.faults, ["it reports sha257, which is no operation"]);
    // One of ours must have all operations, or say why not.
    let mut ours = file("well");
    ours.foreign = false;
    ours.gaps.insert("sha256".to_owned(), "it has it, though".to_owned());
    let report = run(Driver::start(ours, LIMITS).unwrap(), &[suite()], &Expectations::default());
    assert!(report.faults.iter().any(|fault| fault.contains("does not have jws_verify")), "{:?}", report.faults);
    assert!(report.faults.iter().any(|fault| fault.contains("declares the gap sha256")), "{:?}", report.faults);
}
