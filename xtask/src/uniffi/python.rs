//! The wheel, an environment with nothing but the wheel, and the tests.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};

use super::{LIBRARY, folder};
use xtask_host::process::{output, run, target_directory};
use xtask_host::python::Environment;
use xtask_host::tools::Tools;

/// Builds the wheel with maturin.
pub(crate) fn wheel(root: &Path) -> Result<PathBuf> {
    let tools = tools(root)?;
    let wheels = folder(root).join("wheels");
    // Of older versions none must be taken for the new one.
    let _ = fs::remove_dir_all(&wheels);
    let mut command = Command::new(tools.program("maturin"));
    command.current_dir(root.join("bindings-uniffi")).args(["build", "--release", "--locked", "--quiet"]);
    command
        .args(["--compatibility", "linux", "--out"])
        .arg(&wheels)
        .env("PATH", before_path(&root.join("bindings-uniffi/generated"))?);
    run("build the Python wheel (maturin)", &mut command)?;
    let built = fs::read_dir(&wheels).context("maturin made no folder")?.flatten().map(|entry| entry.path());
    built.into_iter().find(|path| path.extension().is_some_and(|end| end == "whl")).context("maturin made no wheel")
}

/// The environment of the conformance driver and of the README: the wheel, and nothing else. Built once by a run.
pub(crate) fn driver(root: &Path) -> Result<()> {
    installed(root).map(drop)
}

/// Tests the package as it is installed: types, tests, and the README in the empty environment.
pub(crate) fn test(root: &Path) -> Result<()> {
    let installed = installed(root)?;
    let tools = tools(root)?;
    put_wheel(root, tools.directory(), &installed.wheel)?;
    for (what, arguments) in [
        ("mypy: an example and the tests", ["--strict", "test/python"].as_slice()),
        ("mypy: the package", &["-p", "splitsign"]),
        ("mypy: the conformance driver", &["--strict", "../conformance/drivers/python/driver.py"]),
        ("mypy: the bench", &["--strict", "../benches/borders/python/borders.py"]),
    ] {
        let mut mypy = Command::new(tools.python());
        mypy.current_dir(root.join("bindings-uniffi")).args(["-m", "mypy", "--no-error-summary", "--cache-dir"]);
        run(what, mypy.arg(folder(root).join("mypy")).args(arguments))?;
    }
    let mut pytest = Command::new(tools.python());
    pytest.current_dir(root.join("bindings-uniffi")).args(["-m", "pytest", "test/python"]);
    pytest.env("SPLITSIGN_EMPTY_PYTHON", installed.directory.join("bin/python"));
    run("the Python package (pytest)", &mut pytest)
}

/// What it costs to cross the border, as JSON.
pub(super) fn borders(root: &Path, rounds: &str) -> Result<String> {
    let mut python = Command::new(installed(root)?.directory.join("bin/python"));
    output("the border of Python", python.arg(root.join("benches/borders/python/borders.py")).arg(rounds))
}

/// The shared library of the wheel.
pub(super) fn library(root: &Path) -> Result<PathBuf> {
    let lib = installed(root)?.directory.join("lib");
    let versions = fs::read_dir(&lib).with_context(|| lib.display().to_string())?.flatten();
    let mut found = versions.map(|entry| entry.path().join("site-packages/splitsign/_native").join(LIBRARY));
    found.find(|path| path.exists()).with_context(|| format!("the wheel has no {LIBRARY}"))
}

struct Installed {
    directory: PathBuf,
    wheel: PathBuf,
}

fn installed(root: &Path) -> Result<&'static Installed> {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    if let Some(installed) = INSTALLED.get() {
        return Ok(installed);
    }
    let wheel = wheel(root)?;
    let directory = target_directory(root).join("conformance/python");
    Environment::empty(root, directory.clone())?;
    put_wheel(root, &directory, &wheel)?;
    Ok(INSTALLED.get_or_init(|| Installed { directory, wheel }))
}

/// Installs the wheel in an environment, in the place of an older one of the same version; nothing else is asked for.
fn put_wheel(root: &Path, environment: &Path, wheel: &Path) -> Result<()> {
    let mut install = Tools::prepare(root)?.uv_pip("install", environment);
    install.args(["--no-index", "--no-deps", "--reinstall"]).arg(wheel);
    run("install the wheel, without an index (uv pip install)", &mut install)
}

/// What builds and tests.
fn tools(root: &Path) -> Result<Environment> {
    Environment::of(root, "bindings-uniffi/requirements.txt", folder(root).join("tools"))
}

/// The path with a folder before it.
#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
fn before_path(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = [folder.to_owned()].into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(all).context("the folder of uniffi-bindgen cannot stand in PATH")
}
