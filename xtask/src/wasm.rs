//! The WebAssembly of the npm package: built by a tool of its own, which takes long to compile.

use std::path::Path;

use anyhow::Result;
use xtask_host::process::{run, tool};

/// Builds everything into `bindings-wasm/js/wasm`.
pub(crate) fn build(root: &Path) -> Result<()> {
    run("build the WebAssembly of the npm package", &mut tool(root, "xtask-wasm")?)
}
