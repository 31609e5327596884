//! The binding for Python, Kotlin and Swift: what is generated, built and tested of it.

mod generated;
mod kotlin;
mod kotlin_text;
mod python;

pub(crate) use generated::generate;
pub(crate) use kotlin::{driver as kotlin_driver, test as test_kotlin};
pub(crate) use python::{driver as python_driver, test as test_python, wheel};

use std::path::{Path, PathBuf};

use anyhow::Result;
use xtask_host::process::target_directory;

/// What it costs to cross from Python and from Kotlin into the core: one JSON object each, on a line of its own.
pub(crate) fn borders(root: &Path, rounds: u32) -> Result<()> {
    let rounds = rounds.to_string();
    for report in [python::borders(root, &rounds)?, kotlin::borders(root, &rounds)?] {
        println!("{}", report.trim());
    }
    Ok(())
}

/// The shared library, as cargo names it.
const LIBRARY: &str = if cfg!(target_os = "macos") { "libsplitsign_uniffi.dylib" } else { "libsplitsign_uniffi.so" };

/// Where this lies that is neither source nor product.
fn folder(root: &Path) -> PathBuf {
    target_directory(root).join("uniffi")
}
