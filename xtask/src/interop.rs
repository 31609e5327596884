//! Programs that nobody here wrote, and what they think of our objects and of our service: conformance/strangers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use xtask_host::process::{run, target_directory};
use xtask_host::python::Environment;
use xtask_host::{node, signer};

use crate::test::Effort;
use crate::{c2patool, rust};

const FOLDER: &str = "conformance/strangers";

/// Where the tests have the objects of the demo.
pub(crate) fn objects(root: &Path) -> PathBuf {
    target_directory(root).join("demo/objects")
}

/// npm's `jose`.
pub(crate) fn in_node(root: &Path) -> Result<()> {
    let package = root.join(FOLDER);
    node::install(&package)?;
    let mut command = Command::new("node");
    command.current_dir(package).args(["--test", "--test-reporter=spec", "jose.test.mjs"]);
    run("npm `jose` verifies the demo's tokens", command.env("SPLITSIGN_DEMO_DIR", objects(root)))
}

/// Python's packages, openssl, and clients of every interface.
pub(crate) fn in_python(root: &Path, python: &Environment, effort: Effort) -> Result<()> {
    rust::build_examples(root)?;
    let mut pytest = Command::new(python.python());
    pytest
        .current_dir(root.join(FOLDER))
        .args(["-m", "pytest", "-q", "-rs", "--durations=10", "-p", "no:cacheprovider"])
        .env("SPLITSIGN_BIN", signer::build_for_tests(root)?)
        .env("SPLITSIGN_EXAMPLES", rust::examples(root))
        .env("SPLITSIGN_DEMO_DIR", objects(root));
    if effort == Effort::Long {
        pytest.env("SPLITSIGN_C2PATOOL", c2patool::install(root)?);
    }
    run("programs that nobody here wrote (pytest)", &mut pytest).with_context(|| format!("see {FOLDER}"))
}
