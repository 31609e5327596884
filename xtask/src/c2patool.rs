//! c2patool, which takes minutes to build: installed for `cargo xtask test --long`, and kept under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use xtask_host::process::{run, target_directory};

/// The last one that Rust 1.95 builds.
const VERSION: &str = "0.27.22";

/// Where it is, after it was built once. What the shells of its users have is not taken: it may be of any version.
pub(crate) fn install(root: &Path) -> Result<PathBuf> {
    let place = target_directory(root).join(format!("c2patool-{VERSION}"));
    let program = place.join("bin/c2patool");
    if program.exists() {
        return Ok(program);
    }
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["install", "--locked", "--quiet", "--root"])
        .arg(&place)
        .arg("--target-dir")
        .arg(place.join("build"))
        .arg(format!("c2patool@{VERSION}"))
        // It hashes a picture of a few kilobytes: the optimiser's minutes are worth nothing here.
        .envs([("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"), ("CARGO_PROFILE_RELEASE_LTO", "off")])
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(&format!("install c2patool {VERSION} (ten minutes, once)"), &mut cargo)
        .context("it builds OpenSSL from source: on Debian, apt-get install gcc make perl")?;
    // Half a gigabyte that nobody needs again; if it stays, it only costs room.
    drop(std::fs::remove_dir_all(place.join("build")));
    Ok(program)
}
