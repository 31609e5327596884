//! Files that are written by a program and kept in git.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Writes a generated file; with `check`, fails if it is not so already.
///
/// # Errors
///
/// The file cannot be written; or, with `check`, it has other bytes than `content`.
#[expect(clippy::disallowed_methods, reason = "git keeps the old text")]
pub fn table(path: &Path, content: &[u8], check: bool) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        println!("    same {}", path.display());
        return Ok(());
    }
    if check {
        bail!("{} is not what the sources say: run `cargo xtask gen`", path.display());
    }
    println!("   write {}", path.display());
    fs::write(path, content).with_context(|| path.display().to_string())
}
