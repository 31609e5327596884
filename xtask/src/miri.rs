//! Miri over tests of the core, and over the border to C: an interpreter that stops at undefined behaviour. The core has no
//! `unsafe`; what it is built of does, and so does the border.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use xtask_host::process::{output, run, target_directory};
use xtask_host::toolchain;

/// The tests that Miri has the time for, being some thousand times slower than a processor: all of the readers, and every
/// operation on published examples. What needs the curve arithmetic of `p256` is not among them: that alone takes minutes.
const TESTS: &[&str] = &[
    "digest::",
    "dsse::tests",
    "encoding::",
    "sink::",
    "x509::",
    "signature::tests",
    "published::",
    "verifies_the_example",
    "at_most_32_labels",
];
/// Thousands of encodings of every length.
const LEFT_OUT: &str = "any_length_comes_back";

/// Runs the tests. Without what it needs it says so.
pub(crate) fn tests(root: &Path) -> Result<()> {
    let left_out = |why: &str| {
        eprintln!("    Miri: LEFT OUT, as {why}");
        Ok(())
    };
    let Some(nightly) = toolchain::nightly() else { return left_out("rustup has no nightly toolchain") };
    if !has_miri(&nightly) {
        return left_out("rustup cannot add the components miri and rust-src to the nightly toolchain");
    }
    let miri = || {
        let mut miri = Command::new("rustup");
        miri.current_dir(root).args(["run", &nightly, "cargo", "miri", "test", "--locked", "--quiet"]);
        miri.env("CARGO_TARGET_DIR", target_directory(root).join("miri"));
        miri
    };
    let (mut core, mut border) = (miri(), miri());
    core.args(["-p", "splitsign-core", "--lib", "--test", "it", "--"]).args(TESTS).args(["--skip", LEFT_OUT]);
    border.args(["-p", "splitsign-c", "--test", "border"]);
    run("Miri, the core (a minute at first)", &mut core)?;
    run("Miri, the border to C", &mut border)
}

/// Whether Miri is there, or could be added.
fn has_miri(nightly: &str) -> bool {
    let rustup = |arguments: &[&str]| output("rustup", Command::new("rustup").args(arguments));
    rustup(&["run", nightly, "cargo", "miri", "--version"]).is_ok()
        || rustup(&["component", "add", "--toolchain", nightly, "miri", "rust-src"]).is_ok()
}
