//! What the drivers of the npm package run: the package with its module, and the runtimes.

use std::path::Path;

use anyhow::Result;

use xtask_host::node;

use crate::{addon, runtimes, wasm};

/// Everything that the drivers in WebAssembly need.
pub(super) fn wasm(root: &Path) -> Result<()> {
    wasm::build(root)?;
    runtimes::install(root)?;
    node::install(&root.join("conformance/drivers/javascript"))
}

/// The addon, where the driver finds it.
pub(super) fn native(root: &Path) -> Result<()> {
    addon::build(root)?;
    node::install(&root.join("conformance/drivers/javascript"))
}
