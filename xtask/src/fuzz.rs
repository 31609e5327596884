//! The fuzz targets of `core-nostd/fuzz`: their corpora on the pinned toolchain, and a run of each where there is a nightly.
//!
//! libFuzzer is linked without cargo-fuzz, which would have to be compiled first: these are the flags that it gives.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use xtask_host::process::{exists, output, run, target_directory};
use xtask_host::toolchain;

use crate::test::Effort;

const FOLDER: &str = "core-nostd/fuzz";

/// Coverage for libFuzzer, AddressSanitizer for the little `unsafe` of dependencies, and checks of overflow.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Zsanitizer=address -Cdebug-assertions -Ccodegen-units=1";

/// How long each target runs, in seconds.
const SHORT: u32 = 5;
const LONG: u32 = 600;

/// Every committed input through its target, as an ordinary test.
pub(crate) fn corpora(root: &Path) -> Result<()> {
    let mut lint = Command::new("cargo");
    lint.current_dir(root.join(FOLDER)).args([
        "clippy",
        "--locked",
        "--quiet",
        "--no-default-features",
        "--all-targets",
    ]);
    lint.args(["--", "-D", "warnings"]).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run("clippy, fuzz targets", lint.env("CARGO_TARGET_DIR", target_directory(root).join("fuzz")))?;
    let mut test = Command::new("cargo");
    test.current_dir(root.join(FOLDER)).args(["test", "--locked", "--quiet", "--no-default-features"]);
    // The folder's own configuration sets the flags, and tools that are wrapped around this one must not replace them.
    test.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run("corpora of the fuzz targets (cargo test)", test.env("CARGO_TARGET_DIR", target_directory(root).join("fuzz")))
}

/// Runs each target from its corpus. Without what it needs it says so.
pub(crate) fn targets(root: &Path, effort: Effort) -> Result<()> {
    let seconds = if effort == Effort::Long { LONG } else { SHORT };
    let left_out = |why: &str| {
        eprintln!("    fuzz targets: LEFT OUT, as {why} (their corpora ran)");
        Ok(())
    };
    let Some(nightly) = toolchain::nightly() else { return left_out("rustup has no nightly toolchain") };
    if !exists("c++") {
        return left_out("there is no C++ compiler for libFuzzer");
    }
    run_targets(root, &nightly, seconds)
}

fn run_targets(root: &Path, nightly: &str, seconds: u32) -> Result<()> {
    let (folder, target) = (root.join(FOLDER), target_directory(root).join("fuzz"));
    let version = output("rustc -vV", Command::new("rustup").args(["run", nightly, "rustc", "-vV"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names its host")?;
    let mut build = Command::new("rustup");
    build.current_dir(&folder).args(["run", nightly, "cargo", "build", "--locked", "--quiet", "--release", "--bins"]);
    // With `--target`, macros and build scripts are built without the flags.
    build.args(["--target", host]).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &target);
    run("build the fuzz targets (a minute at first)", build.env_remove("CARGO_ENCODED_RUSTFLAGS"))?;

    let mut faults = Vec::new();
    for name in names(&folder)? {
        let binary = target.join(host).join("release").join(&name);
        match run_target(&folder, &binary, &name, seconds, &target.join("found").join(&name)) {
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

/// One run of libFuzzer. What it finds on its way goes to `found`: the committed corpus stays as it is.
fn run_target(folder: &Path, binary: &Path, name: &str, seconds: u32, found: &Path) -> Result<String> {
    let artifacts = folder.join("artifacts").join(name);
    fs::create_dir_all(&artifacts).and_then(|()| fs::create_dir_all(found)).context("cannot make folders")?;
    let mut command = Command::new(binary);
    command.arg(format!("-max_total_time={seconds}")).args(["-rss_limit_mb=1024", "-timeout=20"]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display())).arg(found);
    for inputs in ["corpus", "regressions"].map(|inputs| folder.join(inputs).join(name)) {
        if inputs.exists() {
            command.arg(inputs);
        }
    }
    let output = command.output().with_context(|| format!("cannot start {}", binary.display()))?;
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
