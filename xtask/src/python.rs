//! The virtual environment with the Python programs that the tests need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{output, run};

const REQUIREMENTS: &str = "conformance/strangers/requirements.txt";

/// A virtual environment under `target/`, holding exactly what `requirements.txt` pins.
pub(crate) struct Environment {
    directory: PathBuf,
}

impl Environment {
    /// Makes the environment, or takes it as it is when it was made for the same requirements.
    pub(crate) fn prepare(root: &Path) -> Result<Self> {
        Self::of(root, REQUIREMENTS, root.join("target/venv"))
    }

    /// The same for other requirements.
    pub(crate) fn of(root: &Path, requirements: &str, directory: PathBuf) -> Result<Self> {
        let wanted =
            fs::read_to_string(root.join(requirements)).with_context(|| format!("cannot read {requirements}"))?;
        let named = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let marker = directory.join("requirements.installed");
        let environment = Self { directory };
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) && environment.python().exists() {
            return Ok(environment);
        }
        let python = interpreter()?;
        run(
            &format!("make the Python environment {named}"),
            Command::new(python).args(["-m", "venv", "--clear"]).arg(&environment.directory),
        )
        .context("on Debian: apt-get install python3-venv")?;
        let mut pip = Command::new(environment.python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"])
            .arg(root.join(requirements));
        run(&format!("install the Python packages of {requirements}"), &mut pip)
            .context("is the Python package index reachable?")?;
        write(&marker, &wanted)?;
        Ok(environment)
    }

    /// The interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.directory.join("bin/python")
    }

    /// The folder of a package.
    pub(crate) fn package(&self, name: &str) -> Result<PathBuf> {
        let program = format!("import {name}, os; print(os.path.dirname({name}.__file__))");
        let folder = output(&format!("find {name}"), Command::new(self.python()).args(["-c", &program]))?;
        Ok(PathBuf::from(folder.trim()))
    }

    /// A program that a package brought.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }
}

/// Python 3.10 or newer.
pub(crate) fn interpreter() -> Result<&'static str> {
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

#[expect(clippy::disallowed_methods, reason = "a marker: half of it is as good as none")]
fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
