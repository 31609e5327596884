//! The fuzz targets of `core-nostd/fuzz`: their corpora on the pinned toolchain, and a run of each where there is a nightly.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use xtask_host::process::{exists, output, run, target_directory};
use xtask_host::toolchain;
use xtask_host::tools::Tools;

use crate::test::Effort;

/// What is fuzzed, and the folder in it that cargo-fuzz looks for.
const PROJECT: &str = "core-nostd";
const FOLDER: &str = "core-nostd/fuzz";

/// How long each target runs, in seconds.
const SHORT: u32 = 5;
const LONG: u32 = 600;

/// Clippy; and every committed input through its target, as an ordinary test.
pub(crate) fn corpora(root: &Path) -> Result<()> {
    let cargo = |verb: &str| {
        let mut command = Command::new("cargo");
        command.current_dir(root.join(FOLDER)).args([verb, "--locked", "--quiet", "--no-default-features"]);
        // The folder's own configuration sets the flags, and tools that are wrapped around this one must not replace them.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env("CARGO_TARGET_DIR", target_directory(root).join("fuzz"));
        command
    };
    run("clippy, fuzz targets", cargo("clippy").args(["--all-targets", "--", "-D", "warnings"]))?;
    run("corpora of the fuzz targets (cargo test)", &mut cargo("test"))
}

/// What libFuzzer needs and is not here.
fn missing() -> Option<&'static str> {
    if toolchain::nightly().is_none() {
        return Some("rustup has no nightly toolchain");
    }
    (!exists("c++")).then_some("there is no C++ compiler for libFuzzer")
}

/// Runs each target from its corpus. Without what it needs it says so.
pub(crate) fn targets(root: &Path, effort: Effort) -> Result<()> {
    let seconds = if effort == Effort::Long { LONG } else { SHORT };
    if let Some(why) = missing() {
        eprintln!("    fuzz targets: LEFT OUT, as {why} (their corpora ran)");
        return Ok(());
    }
    let nightly = toolchain::nightly().context("it was here a moment ago")?;
    run_targets(root, &nightly, seconds)
}

fn run_targets(root: &Path, nightly: &str, seconds: u32) -> Result<()> {
    let cargo_fuzz = Tools::prepare(root)?.program("cargo-fuzz");
    let fuzz = |verb: &str| {
        let mut command = Command::new("rustup");
        command.current_dir(root.join(PROJECT)).args(["run", nightly]).arg(&cargo_fuzz).args(["fuzz", verb]);
        // With the checks of overflow that a release leaves out.
        command.args(["--release", "--debug-assertions", "--target-dir"]).arg(target_directory(root).join("fuzz"));
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    };
    // cargo-fuzz has no `--locked`.
    let mut locked = Command::new("cargo");
    locked.current_dir(root.join(FOLDER)).args(["metadata", "--locked", "--format-version", "1"]);
    output("the lock file of the fuzz targets", &mut locked)?;
    run("build the fuzz targets (cargo fuzz build, a minute at first)", &mut fuzz("build"))?;
    let mut faults = Vec::new();
    for name in names(&root.join(FOLDER))? {
        match run_target(root, &name, seconds, &mut fuzz("run")) {
            Ok(said) => eprintln!("    {name}: {said}"),
            Err(error) => {
                eprintln!("    {name}: FAILED\n{error:#}");
                faults.push(name);
            }
        }
    }
    ensure!(
        faults.is_empty(),
        "{}: the input is in {FOLDER}/artifacts; once mended it belongs into {FOLDER}/regressions",
        faults.join(", ")
    );
    Ok(())
}

/// Every target, by its program.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets")).context("cannot read the fuzz targets")? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// One run of libFuzzer. What it finds on its way goes below `target`: the committed corpus stays as it is.
fn run_target(root: &Path, name: &str, seconds: u32, command: &mut Command) -> Result<String> {
    let (folder, found) = (root.join(FOLDER), target_directory(root).join("fuzz/found").join(name));
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    command.arg(name).arg(&found);
    for inputs in ["corpus", "regressions"].map(|inputs| folder.join(inputs).join(name)) {
        if inputs.exists() {
            command.arg(inputs);
        }
    }
    command.arg("--").arg(format!("-max_total_time={seconds}")).args(["-rss_limit_mb=1024", "-timeout=20"]);
    let output = command.output().context("cannot start rustup")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| line.starts_with("Done "));
    match last {
        Some(done) if output.status.success() => Ok(done.to_owned()),
        _ => {
            let tail: Vec<_> = said.lines().rev().take(60).collect();
            bail!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"))
        }
    }
}
