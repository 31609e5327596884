//! The items of the libraries, from the JSON of rustdoc.
//!
//! That JSON is not stable yet, and the pinned toolchain writes it only with `RUSTC_BOOTSTRAP`. Cargo must not see this
//! variable: build scripts look at it, and everything would be compiled again. So cargo is given this very program as its
//! rustdoc, which sets the variable for the real one, and does nothing for crates that have no file.
//!
//! What is asked for is the documentation of the whole workspace, examples included, as clippy looks at it: then all
//! features of dependencies are the same, and what clippy has checked is not checked again.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use xtask_host::process::{cargo, target_directory};

use crate::LIBRARIES;

/// Set for cargo, and so for this program when cargo calls it.
const CALLED_AS_RUSTDOC: &str = "SPLITSIGN_PUBLIC_API_AS_RUSTDOC";

/// Runs rustdoc with the same arguments, if that is what this process was started for.
#[expect(clippy::disallowed_methods, reason = "the variable is the argument, as cargo passes no other")]
pub(crate) fn when_called_as_rustdoc() -> Option<ExitCode> {
    std::env::var_os(CALLED_AS_RUSTDOC)?;
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut names = arguments.windows(2).filter(|pair| pair[0] == "--crate-name").map(|pair| &pair[1]);
    // Cargo asks for the version, too, which has no crate.
    if names.next().is_some_and(|name| LIBRARIES.iter().all(|library| library.crate_name != name)) {
        return Some(ExitCode::SUCCESS);
    }
    let status =
        Command::new("rustdoc").args(arguments).env_remove(CALLED_AS_RUSTDOC).env("RUSTC_BOOTSTRAP", "1").status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}

/// Has rustdoc write the JSON of every library, and says in which folder.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    let mut cargo = cargo(root, ["doc", "--quiet", "--locked", "--workspace", "--no-deps", "--lib", "--examples"]);
    cargo.env("RUSTDOC", this).env(CALLED_AS_RUSTDOC, "1");
    // A link that leads nowhere is found on the way.
    cargo.env("RUSTDOCFLAGS", "-D warnings -Z unstable-options --output-format json");
    if !cargo.status().context("cannot start cargo")?.success() {
        bail!("rustdoc fails: see above");
    }
    Ok(target_directory(root).join("doc"))
}

/// Every public item of a library, one in each line, in the order of their paths. Left out is what follows from the rest:
/// implementations for every type, of auto traits, and of what is derived.
pub(crate) fn items(json: &Path) -> Result<String> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| {
            format!(
                "cannot read {}: a new toolchain may write another version of this JSON, which needs another version of \
                 the crate public-api",
                json.display()
            )
        })?;
    Ok(api.to_string())
}
