//! What holds for the files of the repository, whatever is in them: how they are written, where their links lead, and that the
//! commands that they name exist.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

mod commands;
mod editorconfig;
mod links;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file that git knows, by its path from the top, with `/` between names. What is deleted and not committed yet is
/// left out.
fn tracked() -> Vec<String> {
    let output = Command::new("git").current_dir(root()).args(["ls-files", "-z"]).output();
    let output = output.expect("these tests ask git which files there are: install it");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("names of files are UTF-8");
    let files: Vec<_> = names.split_terminator('\0').filter(|name| root().join(name).is_file()).collect();
    assert!(files.len() > 100, "git ls-files lists {} files", files.len());
    files.into_iter().map(str::to_owned).collect()
}
