//! Virtual environments with the Python programs that the tests need.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{output, run, target_directory};
use crate::tools::{Tools, interpreter};

const REQUIREMENTS: &str = "conformance/strangers/requirements.txt";

/// A virtual environment below the target folder, holding exactly what a file of requirements pins.
#[derive(Debug)]
pub struct Environment {
    directory: PathBuf,
}

impl Environment {
    /// The one of `conformance/strangers`: programs that nobody here wrote.
    ///
    /// # Errors
    ///
    /// As [`Environment::of`].
    pub fn prepare(root: &Path) -> Result<Self> {
        Self::of(root, REQUIREMENTS, target_directory(root).join("venv"))
    }

    /// An environment in `directory` with what `requirements` lists. One that is there already is brought up to date.
    ///
    /// # Errors
    ///
    /// There is no Python, or the package index cannot be reached.
    pub fn of(root: &Path, requirements: &str, directory: PathBuf) -> Result<Self> {
        let environment = Self::empty(root, directory)?;
        let mut sync = Tools::prepare(root)?.uv_pip("sync", &environment.directory);
        run(&format!("Python packages of {requirements} (uv pip sync)"), sync.arg(root.join(requirements)))
            .context("is the Python package index reachable?")?;
        Ok(environment)
    }

    /// An environment with nothing in it, or the one that is there.
    ///
    /// # Errors
    ///
    /// There is no Python.
    pub fn empty(root: &Path, directory: PathBuf) -> Result<Self> {
        let environment = Self { directory };
        // A folder of another kind, or of a Python that is gone, is made anew.
        let works = Command::new(environment.python()).args(["-c", ""]).status().is_ok_and(|status| status.success());
        if !works || !environment.directory.join("pyvenv.cfg").exists() {
            let mut venv = Command::new(Tools::prepare(root)?.program("uv"));
            venv.args([
                "venv",
                "--no-config",
                "--quiet",
                "--clear",
                "--no-python-downloads",
                "--python",
                interpreter()?,
            ]);
            let name = environment.directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
            run(&format!("make the Python environment {name} (uv venv)"), venv.arg(&environment.directory))?;
        }
        Ok(environment)
    }

    /// The interpreter.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.directory.join("bin/python")
    }

    /// The folder of the environment.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The folder of a package.
    ///
    /// # Errors
    ///
    /// The package is not installed.
    pub fn package(&self, name: &str) -> Result<PathBuf> {
        let program = format!("import {name}, os; print(os.path.dirname({name}.__file__))");
        let folder = output(&format!("find {name}"), Command::new(self.python()).args(["-c", &program]))?;
        Ok(PathBuf::from(folder.trim()))
    }

    /// A program that a package brought.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }
}
