//! `cargo xtask conformance`: builds every driver and runs all suites against all of them, side by side.

mod c;
mod javascript;
mod suites;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::uniffi;
use xtask_host::process::{run, target_directory, workspace_binary};
use xtask_host::python::Environment;

/// A step that builds what a driver of ours runs.
type Build = (&'static str, fn(&Path) -> Result<()>);

/// What the drivers need, in an order in which it can be built.
const BUILDS: &[Build] = &[
    ("rust", rust),
    ("c", c::program),
    ("c-thumb", c::firmware),
    ("wasm-…", javascript::wasm),
    ("node-native", javascript::native),
    ("python", uniffi::python_driver),
    ("kotlin", uniffi::kotlin_driver),
];

/// Builds every driver; what cannot be built is a result of its drivers, which then do not start.
pub(crate) fn build(root: &Path) {
    for (what, build) in BUILDS {
        if let Err(error) = build(root) {
            eprintln!("    {what}: {error:#}");
        }
    }
}

fn rust(root: &Path) -> Result<()> {
    workspace_binary(root, "splitsign-driver-rust", "splitsign-driver-rust").map(drop)
}

/// The runner, as a command that knows where everything is.
pub(crate) fn runner(root: &Path, python: &Environment) -> Result<Command> {
    let target = target_directory(root);
    let mut runner = Command::new(workspace_binary(root, "splitsign-conformance", "splitsign-conformance")?);
    runner.arg("--root").arg(root).arg("--target").arg(&target).arg("--python").arg(python.python());
    runner.arg("--nist-vectors").arg(python.package("cryptography_vectors")?);
    Ok(runner)
}

/// Everything against everything, with its reports in `target/conformance`.
pub(crate) fn compare(root: &Path, python: &Environment) -> Result<()> {
    build(root);
    suites::install(root)?;
    let reports = target_directory(root).join("conformance");
    fs::create_dir_all(&reports).with_context(|| reports.display().to_string())?;
    let mut compare = runner(root, python)?;
    compare.arg("compare");
    for (option, file) in [("--json", "report.json"), ("--junit", "report.xml"), ("--html", "report.html")] {
        compare.arg(option).arg(reports.join(file));
    }
    let result = run("all suites against all drivers", &mut compare);
    eprintln!("    the report is {}", reports.join("report.html").display());
    result.and(suites::published_values(root, python))
}
