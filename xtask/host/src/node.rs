//! Node and npm.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process::{output, run};

/// Looks for Node and npm.
///
/// # Errors
///
/// Node 20 or newer or npm is not here; the error says how to have it.
pub fn ensure_present() -> Result<()> {
    let help = "Node 20 or newer with npm is needed: https://nodejs.org, or `apt-get install nodejs npm` where it is new enough";
    let version = output("node --version", Command::new("node").arg("--version")).context(help)?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(major.is_some_and(|major| major >= 20), "this Node is {}; {help}", version.trim());
    output("npm --version", Command::new("npm").arg("--version")).context(help)?;
    Ok(())
}

/// `npm ci`, unless the lock file is the one that was installed last.
///
/// # Errors
///
/// There is no Node, no lock file, or no registry.
pub fn install(directory: &Path) -> Result<()> {
    ensure_present()?;
    let lock = fs::read(directory.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", directory.display()))?;
    let marker = directory.join("node_modules/.splitsign-lock");
    if fs::read(&marker).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.current_dir(directory).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(&format!("npm ci in {}", directory.file_name().unwrap_or_default().to_string_lossy()), &mut npm)
        .context("is the npm registry reachable?")?;
    write(&marker, &lock)
}

#[expect(clippy::disallowed_methods, reason = "a marker: half of it is as good as none")]
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
