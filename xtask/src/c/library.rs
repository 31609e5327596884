//! The libraries: for this machine, and for a Cortex-M4.

use std::path::{Path, PathBuf};

use anyhow::Result;

use xtask_host::process::{cargo, run, target_directory};
use xtask_host::toolchain;

/// The version, in three numbers.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name by which programs ask for the shared library, as `bindings-c/build.rs` gives it.
pub(super) fn soname() -> String {
    let mut parts = VERSION.split('.');
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("0", minor) => format!("libsplitsign.so.0.{minor}"),
        (major, _) => format!("libsplitsign.so.{major}"),
    }
}

/// What was built for this machine.
pub(super) struct Library {
    pub(super) archive: PathBuf,
    pub(super) shared: PathBuf,
}

/// Builds for this machine.
pub(super) fn build(root: &Path) -> Result<Library> {
    let mut command = cargo(root, ["build", "--locked", "--profile", "c", "-p", "splitsign-c"]);
    run("build the C library", &mut command)?;
    let folder = target_directory(root).join("c");
    Ok(Library { archive: folder.join("libsplitsign.a"), shared: folder.join("libsplitsign.so") })
}

/// Builds the archive for a Cortex-M4, for size.
pub(super) fn build_thumb(root: &Path) -> Result<PathBuf> {
    toolchain::ensure_targets(root)?;
    let target = "thumbv7em-none-eabihf";
    let mut command = cargo(root, ["rustc", "--locked", "-p", "splitsign-c", "--crate-type", "staticlib"]);
    command.args(["--profile", "proofs", "--target", target]);
    run("build the C library for a Cortex-M4", &mut command)?;
    Ok(target_directory(root).join(target).join("proofs/libsplitsign.a"))
}
