//! Tests that leave themselves out say so where it is seen, and fail where nothing may be left out.

use std::io::Write as _;

/// Says that a test leaves something out. Fails it if xtask says that everything is here.
#[track_caller]
pub(crate) fn skipped(what: &str) {
    // Unlike `eprintln!`, this is not captured by the test harness: a test that passes is silent otherwise.
    drop(writeln!(std::io::stderr().lock(), "SKIPPED: {what}"));
    #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
    let complete = std::env::var_os("SPLITSIGN_TESTS_COMPLETE").is_some();
    assert!(
        !complete,
        "left out though SPLITSIGN_TESTS_COMPLETE says that everything is here: {what}. Provide it, or unset \
         SPLITSIGN_TESTS_COMPLETE to go on without it"
    );
}
