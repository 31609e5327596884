//! What `cargo test` runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xtask_host::process::{cargo, exists, keep, output, packages, run, target_directory};
use xtask_host::python::Environment;
use xtask_host::softhsm;

use crate::passed::{Passed, state};
use crate::test::Effort;

/// The programs without which tests of the signer leave themselves out. `debian` installs them, or says that it cannot.
const CALLED_BY_TESTS: [&str; 3] = ["openssl", "curl", "gcc"];

/// Compiles the workspace with all its tests, programs and examples, and keeps the programs for the steps that run them.
pub(crate) fn build(root: &Path) -> Result<()> {
    // Not `cargo test --no-run`, which leaves out programs that no test asks for.
    let mut command = cargo(root, ["build", "--locked", "--workspace", "--all-targets"]);
    run("compile the workspace and its tests (cargo build --all-targets)", &mut command)?;
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
    let packages = packages(root)?;
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let is_program = |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"bin".into()));
    let names = targets.filter(is_program).filter_map(|target| target["name"].as_str());
    // This one is running.
    Ok(names.filter(|name| *name != "xtask").map(str::to_owned).collect())
}

/// Every test, with the real counterparts of providers.
pub(crate) fn test(root: &Path, effort: Effort) -> Result<()> {
    if effort == Effort::Quick {
        return changed(root);
    }
    let mut command = cargo(root, ["test", "--locked", "--workspace", "--no-fail-fast"]);
    let environment = Environment::prepare(root);
    if let Ok(environment) = &environment {
        command.env("SPLITSIGN_MINISTACK", environment.program("ministack"));
        command.env("SPLITSIGN_OPENBAO", environment.program("bao"));
        command.env("SPLITSIGN_CLOUDS_PYTHON", environment.python());
    }
    let has_softhsm = softhsm::tell(&mut command);
    // What is missing was said: here, or as it could not be installed. Otherwise a test that leaves itself out fails.
    if environment.is_ok() && has_softhsm && CALLED_BY_TESTS.iter().all(|program| exists(program)) {
        command.env("SPLITSIGN_TESTS_COMPLETE", "1");
    }
    // Without Python the others still run; then it is said why these did not.
    run("Rust tests (cargo test)", &mut command).and(environment.map(drop))
}

/// The programs of tests that were built anew since they passed, without what needs Python, and without tests in
/// documentation.
fn changed(root: &Path) -> Result<()> {
    eprintln!(
        "    LEFT OUT: emulators of AWS KMS, Vault and the clouds; examples in documentation (--only rust has them)"
    );
    let (mut passed, mut unchanged, mut failed) = (Passed::open(root, "rust"), 0, Vec::new());
    for program in test_programs(root)? {
        let (name, state) =
            (program.executable.display().to_string(), state(core::slice::from_ref(&program.executable))?);
        // Tests of xtask read files of the whole tree.
        if passed.has(&name, &state) && !program.name.starts_with("xtask") {
            unchanged += 1;
            continue;
        }
        let mut command = Command::new(&program.executable);
        // As cargo starts them.
        command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
        softhsm::tell(&mut command);
        match run(&format!("tests of {}", program.name), &mut command) {
            Ok(()) => passed.record(&name, state)?,
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    eprintln!("    {unchanged} programs of tests are as they were when they passed, and were not run");
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

/// A program that cargo made of tests.
struct TestProgram {
    name: String,
    executable: PathBuf,
    /// Of its package.
    folder: PathBuf,
}

fn test_programs(root: &Path) -> Result<Vec<TestProgram>> {
    let mut list = cargo(root, ["test", "--locked", "--workspace", "--no-run", "--message-format=json"]);
    let printed = output("compile the workspace and its tests", &mut list)?;
    let mut programs = Vec::new();
    for line in printed.lines() {
        let message: Value = serde_json::from_str(line).context("cargo prints JSON")?;
        let (is_test, executable) = (message["profile"]["test"] == true, message["executable"].as_str());
        let folder = message["manifest_path"].as_str().and_then(|path| Path::new(path).parent());
        if let (true, Some(executable), Some(folder)) = (is_test, executable, folder) {
            let crate_name = folder.strip_prefix(root).unwrap_or(folder).display();
            let name = format!("{crate_name}: {}", message["target"]["name"].as_str().unwrap_or_default());
            programs.push(TestProgram { name, executable: executable.into(), folder: folder.to_owned() });
        }
    }
    ensure!(!programs.is_empty(), "cargo names no program of tests");
    Ok(programs)
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
pub(crate) fn examples(root: &Path) -> PathBuf {
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
