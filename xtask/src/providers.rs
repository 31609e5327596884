//! Builds of the remote signer with one provider each: what is left out must not be missed.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use xtask_host::process::{cargo, run};
use xtask_host::tools::Tools;

/// Compiles the signer with each provider alone, and in one of these builds asks for the others.
pub(crate) fn alone(root: &Path, tools: &Tools) -> Result<()> {
    // Every feature of the signer is a provider. All together is what everything else compiles.
    let mut hack = Command::new(tools.program("cargo-hack"));
    hack.current_dir(root).args(["hack", "check", "--locked", "--quiet", "--package", "splitsign-signer"]);
    hack.args(["--each-feature", "--exclude-features", "default"]);
    hack.args(["--exclude-no-default-features", "--exclude-all-features"]);
    run("the signer with each provider alone (cargo hack check)", &mut hack)?;
    let mut test = cargo(root, ["test", "--locked", "--quiet", "-p", "splitsign-signer", "--test", "providers"]);
    // It adds the fewest crates.
    test.args(["--no-default-features", "--features", "vault"]);
    run("what a signer with one provider says of the others (cargo test)", &mut test)
}
