//! What xtask and its tools share: running programs, and having those that are needed.

pub mod debian;
pub mod generated;
pub mod node;
pub mod process;
pub mod python;
pub mod signer;
pub mod softhsm;
pub mod toolchain;
pub mod tools;

use std::path::Path;

use anyhow::{Context as _, Result};

/// The folder of the workspace.
///
/// # Errors
///
/// None that can happen: this crate is two folders below it.
pub fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("xtask/host is in the workspace")
}
