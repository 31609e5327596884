//! What the suites of the runner need from elsewhere, and whether the values of standards are what they were made from.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use xtask_host::node;
use xtask_host::process::run;
use xtask_host::python::Environment;

const FOLDER: &str = "conformance/suites";

/// The examples of the COSE working group, which an npm package carries.
pub(super) fn install(root: &Path) -> Result<()> {
    node::install(&root.join(FOLDER)).context("the suite `cose` needs the npm package cose-js")
}

/// Makes the values of the suites `jose` and `dsse` again, which checks their signatures, and compares.
pub(super) fn published_values(root: &Path, python: &Environment) -> Result<()> {
    let mut command = Command::new(python.python());
    command.current_dir(root.join(FOLDER)).args(["published.py", "--check"]);
    run("published values of JOSE and DSSE, checked with cryptography and securesystemslib", &mut command)
        .with_context(|| format!("{FOLDER}/published.py writes the files"))
}
