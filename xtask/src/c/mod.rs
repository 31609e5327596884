//! `cargo xtask c`: everything about the C binding that a C compiler, a C++ compiler or a machine has to say.

mod compiler;
mod examples;
mod firmware;
mod install;
mod library;
mod package;
mod symbols;

use std::path::Path;

use anyhow::Result;

pub(crate) use install::install;

/// Tests the library with compilers and sanitizers, its examples, a firmware, and what is installed.
pub(crate) fn test(root: &Path) -> Result<()> {
    let library = library::build(root)?;
    symbols::tests(root, &library)?;
    compiler::tests(root, &library)?;
    firmware::run_example(root)?;
    package::tests(root)?;
    examples::run_all(root, &library)
}
