//! The npm package where a machine has no runtime yet: Deno, Bun and Chromium, and in bundles of esbuild and vite.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use xtask_host::node;
use xtask_host::process::run;

/// Installs Deno, Bun and what drives Chromium, as npm has them. Chromium itself is one of the Debian packages.
pub(crate) fn install(root: &Path) -> Result<()> {
    node::install(&root.join("bindings-wasm/runtimes"))
}

/// The suite of the package in each of them.
pub(crate) fn test(root: &Path) -> Result<()> {
    install(root)?;
    let mut npm = Command::new("npm");
    npm.current_dir(root.join("bindings-wasm/runtimes")).args(["test", "--silent"]);
    run("JavaScript tests in Deno, Bun and Chromium (npm test)", &mut npm).context("see bindings-wasm/runtimes")
}
