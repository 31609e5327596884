//! What `cargo test` runs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;
use xtask_host::process::{cargo, exists, keep, run, target_directory};
use xtask_host::python::Environment;
use xtask_host::softhsm;

use crate::test::Effort;

/// The programs without which tests of the signer leave themselves out. `debian` installs them, or says that it cannot.
const CALLED_BY_TESTS: [&str; 3] = ["openssl", "curl", "gcc"];

/// Compiles the workspace with all its tests and examples, and keeps the programs for the steps that run them.
pub(crate) fn build(root: &Path) -> Result<()> {
    let mut command = cargo(root, ["test", "--locked", "--workspace", "--no-run"]);
    run("compile the workspace and its tests (cargo test --no-run)", &mut command)?;
    let target = target_directory(root);
    for program in programs(root)? {
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        let built = target.join("debug").join(&file);
        // Programs of a microcontroller are not built for this machine.
        if built.exists() {
            keep(&built, &target.join("workspace").join(&file))?;
        }
    }
    Ok(())
}

/// The names of all binaries of the workspace.
fn programs(root: &Path) -> Result<Vec<String>> {
    let mut command = cargo(root, ["metadata", "--no-deps", "--locked", "--format-version", "1"]);
    let metadata = xtask_host::process::output("cargo metadata", &mut command)?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata prints JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let is_program = |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"bin".into()));
    let names = targets.filter(is_program).filter_map(|target| target["name"].as_str());
    // This one is running.
    Ok(names.filter(|name| *name != "xtask").map(str::to_owned).collect())
}

/// Every test, with the real counterparts of providers where they are installed: after `python-packages`, if at all.
pub(crate) fn test(root: &Path, effort: Effort) -> Result<()> {
    let mut command = cargo(root, ["test", "--locked", "--workspace", "--no-fail-fast"]);
    let is_quick = effort == Effort::Quick;
    if is_quick {
        eprintln!(
            "    AWS KMS, Vault and what clouds say of their own are left out: `cargo xtask test --only rust` has them"
        );
    } else {
        let environment = Environment::prepare(root)?;
        command.env("SPLITSIGN_MINISTACK", environment.program("ministack"));
        command.env("SPLITSIGN_OPENBAO", environment.program("bao"));
        command.env("SPLITSIGN_CLOUDS_PYTHON", environment.python());
    }
    let has_softhsm = softhsm::tell(&mut command);
    // What is missing was said: here, or as it could not be installed. Otherwise a test that leaves itself out fails.
    if !is_quick && has_softhsm && CALLED_BY_TESTS.iter().all(|program| exists(program)) {
        command.env("SPLITSIGN_TESTS_COMPLETE", "1");
    }
    run("Rust tests (cargo test)", &mut command)
}

/// The tests that are ignored where nobody says where the vectors are.
pub(crate) fn nist(root: &Path) -> Result<()> {
    let vectors = Environment::prepare(root)?.package("cryptography_vectors")?;
    // Of the whole workspace, as it is compiled: the core by itself would be compiled with other features.
    let mut command = cargo(root, ["test", "--locked", "--quiet", "--workspace", "--test", "it"]);
    command.args(["--", "--ignored", "nist::"]).env("SPLITSIGN_NIST_VECTORS", vectors);
    run("NIST's signatures, keys and SHA-256 (cargo test)", &mut command)
}

/// Where cargo put the examples that other tests call.
pub(crate) fn examples(root: &Path) -> std::path::PathBuf {
    target_directory(root).join("debug/examples")
}

/// Builds the examples of the signer, where the whole workspace was not built.
pub(crate) fn build_examples(root: &Path) -> Result<()> {
    if xtask_host::process::is_workspace_built() {
        return Ok(());
    }
    let build: &mut Command = &mut cargo(root, ["build", "--locked", "-p", "splitsign-signer", "--examples"]);
    run("build the examples of the signer", build)
}
