//! `cargo xtask c`: everything about the C binding that a C compiler, a C++ compiler or a machine has to say.

mod compiler;
mod examples;
mod firmware;
mod install;
mod library;
mod package;
mod symbols;

use std::path::{Path, PathBuf};

use anyhow::Result;

pub(crate) use install::install;

/// Builds the static library for this machine, as it is installed, and says where it is.
pub(crate) fn archive(root: &Path) -> Result<PathBuf> {
    Ok(library::build(root)?.archive)
}

/// Builds the archive for a Cortex-M4, and says where it is.
pub(crate) fn thumb_archive(root: &Path) -> Result<PathBuf> {
    library::build_thumb(root)
}

/// Tests the library with compilers and sanitizers, its examples, a firmware, and what is installed.
pub(crate) fn test(root: &Path) -> Result<()> {
    let library = library::build(root)?;
    symbols::tests(root, &library)?;
    compiler::tests(root, &library)?;
    firmware::run_example(root)?;
    package::tests(root)?;
    examples::run_all(root, &library)
}
