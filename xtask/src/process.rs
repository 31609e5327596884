//! Running other programs: what is run is said, and a failure says what to do.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// Runs a program with its output in view; an error names the program.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    eprintln!("\x1b[1m==> {what}\x1b[0m");
    let start = now();
    let status = command.status().with_context(|| format!("{what}: cannot start {}", show(command)))?;
    if !status.success() {
        bail!("{what}: `{}` ended with {status}", show(command));
    }
    eprintln!("    {what}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a program and returns what it prints; what it says on standard error is part of the error.
pub(crate) fn output(what: &str, command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{what}: cannot start {}", show(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what}: `{}` ended with {}\n{}", show(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what}: the output is not UTF-8"))
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// `cargo` as this very xtask was started, in the workspace.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(root: &Path, arguments: I) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(arguments);
    command
}

/// The time, for the durations that are printed.
#[expect(clippy::disallowed_methods, reason = "xtask reports how long things take; nothing is decided by it")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Where cargo puts what it builds.
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
pub(crate) fn target_directory(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Where cargo keeps the sources of dependencies.
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let given = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    given.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

fn show(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
