//! Running other programs: what is run is said, and a failure says what to do.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// Set by `cargo xtask test` once everything was compiled at once: programs are then in `target/workspace`. Compiling a
/// part of the workspace by itself would select other features of shared crates, and compile those once more.
pub const BUILT: &str = "SPLITSIGN_WORKSPACE_BUILT";

/// The exit code of a program's `main`; an error is printed with all that led to it.
#[must_use]
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a program with its output in view.
///
/// # Errors
///
/// It cannot be started, or fails; the error names it.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    eprintln!("\x1b[1m==> {what}\x1b[0m");
    let start = now();
    let status = command.status().with_context(|| format!("{what}: cannot start {}", show(command)))?;
    if !status.success() {
        bail!("{what}: `{}` ended with {status}", show(command));
    }
    eprintln!("    {what}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a program and returns what it prints.
///
/// # Errors
///
/// It cannot be started, fails, or does not print UTF-8. What it says on standard error is part of the error.
pub fn output(what: &str, command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{what}: cannot start {}", show(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what}: `{}` ended with {}\n{}", show(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what}: the output is not UTF-8"))
}

/// Whether a program can be started at all.
#[must_use]
pub fn exists(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// `cargo` in the workspace, as if a person had typed it.
pub fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(root: &Path, arguments: I) -> Command {
    let mut command = Command::new("cargo");
    as_typed(&mut command).current_dir(root).args(arguments);
    command
}

/// Takes out what `cargo run` told this program of itself. The build script of `ring` would take it for a change, and all
/// that uses TLS would be compiled again.
pub fn as_typed(command: &mut Command) -> &mut Command {
    for name in std::env::vars_os().map(|(name, _)| name) {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A program of the workspace, built if it is not known to be fresh. `package` has it under the name `binary`.
///
/// # Errors
///
/// It does not compile.
pub fn workspace_binary(root: &Path, package: &str, binary: &str) -> Result<PathBuf> {
    let file = format!("{binary}{}", std::env::consts::EXE_SUFFIX);
    let kept = target_directory(root).join("workspace").join(&file);
    if is_workspace_built() {
        ensure!(kept.exists(), "{} was not built with the workspace", kept.display());
        return Ok(kept);
    }
    let build = &mut cargo(root, ["build", "--locked", "--quiet", "--package", package, "--bin", binary]);
    run(&format!("build {binary}"), build)?;
    Ok(target_directory(root).join("debug").join(file))
}

/// Gives a file that cargo built a second name, under which it stays when cargo builds another in its place.
///
/// # Errors
///
/// The file is not there, or the folder of the other name cannot be written.
pub fn keep(built: &Path, kept: &Path) -> Result<PathBuf> {
    let folder = kept.parent().context("a path of a file")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    // Where a program runs under the old name, it goes on to run.
    let _ = fs::remove_file(kept);
    fs::hard_link(built, kept)
        .or_else(|_| fs::copy(built, kept).map(drop))
        .with_context(|| format!("cannot keep {} as {}", built.display(), kept.display()))?;
    Ok(kept.to_owned())
}

/// What `cargo metadata` says of each package of the workspace.
///
/// # Errors
///
/// The lock file is not up to date, or a manifest is not valid.
pub fn packages(root: &Path) -> Result<Vec<Value>> {
    let mut command = cargo(root, ["metadata", "--no-deps", "--locked", "--format-version", "1"]);
    let mut metadata: Value =
        serde_json::from_str(&output("cargo metadata", &mut command)?).context("cargo metadata prints JSON")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => bail!("cargo metadata lists no packages"),
    }
}

/// One of the tools of xtask that are crates of their own, as they take long to compile.
///
/// # Errors
///
/// It does not compile.
pub fn tool(root: &Path, name: &str) -> Result<Command> {
    let mut command = Command::new(workspace_binary(root, name, name)?);
    command.current_dir(root);
    Ok(command)
}

/// Whether the whole workspace is in `target/debug` as it is now: see [`BUILT`].
#[must_use]
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
pub fn is_workspace_built() -> bool {
    std::env::var_os(BUILT).is_some()
}

/// The time, for the durations that are printed.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "xtask reports how long things take; nothing is decided by it")]
pub fn now() -> Instant {
    Instant::now()
}

/// Where cargo puts what it builds.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
pub fn target_directory(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Where cargo keeps the sources of dependencies.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
pub fn cargo_home() -> Option<PathBuf> {
    let given = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    given.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

/// Options for rustc that keep the names of this machine's folders out of what is built.
///
/// # Errors
///
/// rustc does not say where it is installed.
pub fn remap_paths(root: &Path) -> Result<String> {
    let mut flags = format!("--remap-path-prefix={}=splitsign", root.display());
    if let Some(home) = cargo_home() {
        flags.push_str(&format!(" --remap-path-prefix={}=cargo", home.display()));
    }
    // Where the sources of the standard library are installed, they are what panics name.
    let sysroot =
        output("rustc --print sysroot", Command::new("rustc").current_dir(root).args(["--print", "sysroot"]))?;
    flags.push_str(&format!(" --remap-path-prefix={}=rust", sysroot.trim()));
    Ok(flags)
}

fn show(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
