//! What rustup has to have before cargo can build for every target.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{exists, output, run};

/// Adds the targets of `rust-toolchain.toml` that are missing. rustup does this by itself unless its automatic
/// installation is switched off.
///
/// # Errors
///
/// rustup cannot fetch a target.
pub fn ensure_targets(root: &Path) -> Result<()> {
    if !exists("rustup") {
        eprintln!("    rustup is not here: the targets of rust-toolchain.toml are taken to be installed");
        return Ok(());
    }
    let pinned =
        std::fs::read_to_string(root.join("rust-toolchain.toml")).context("cannot read rust-toolchain.toml")?;
    let rustup = || {
        let mut command = Command::new("rustup");
        command.current_dir(root);
        command
    };
    let installed = output("rustup target list", rustup().args(["target", "list", "--installed"]))?;
    for target in ["wasm32-unknown-unknown", "thumbv7em-none-eabihf"] {
        debug_assert!(pinned.contains(target), "rust-toolchain.toml lists what is used here");
        if !installed.lines().any(|line| line == target) {
            run(&format!("install the target {target}"), rustup().args(["target", "add", target]))
                .context("is there a network? rustup fetches the target's standard library")?;
        }
    }
    Ok(())
}

/// A nightly toolchain that is installed, for what the pinned one cannot do. None is installed for this.
#[must_use]
pub fn nightly() -> Option<String> {
    let installed = output("rustup toolchain list", Command::new("rustup").args(["toolchain", "list"])).ok()?;
    let names = installed.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).find(|name| name.starts_with("nightly"))
}
