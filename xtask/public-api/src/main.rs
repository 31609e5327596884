//! `xtask-public-api`: what the libraries offer to other crates, one item in each line of a file that is committed.
//!
//! Without `--write` it compares. A difference is not a mistake; it is a change that other people's code sees, and the file
//! makes it part of the review.

mod rustdoc;
mod snapshot;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use xtask_host::process::exit;

/// Compares the public interfaces of the libraries with the files that are committed.
#[derive(Parser)]
struct Arguments {
    /// Write the files anew
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Compare, and fail if a file is not what the library offers; this is the default
    #[arg(long)]
    check: bool,
}

/// A library, with everything on that another crate of the workspace switches on: for these, that is all that they have.
struct Library {
    crate_name: &'static str,
    file: &'static str,
}

const LIBRARIES: &[Library] = &[
    Library { crate_name: "splitsign_core", file: "core-nostd/public-api.txt" },
    Library { crate_name: "splitsign_signer", file: "remote-signer/public-api.txt" },
];

fn main() -> ExitCode {
    if let Some(status) = rustdoc::when_called_as_rustdoc() {
        return status;
    }
    let arguments = Arguments::parse();
    exit(xtask_host::root().and_then(|root| execute(root, arguments.write)))
}

fn execute(root: &Path, write: bool) -> Result<()> {
    let folder = rustdoc::build(root)?;
    let mut differences = Vec::new();
    for library in LIBRARIES {
        let items = rustdoc::items(&folder.join(library.crate_name).with_extension("json"))?;
        if write {
            snapshot::write(&root.join(library.file), &items)?;
        } else if let Some(lines) = snapshot::difference(&snapshot::read(&root.join(library.file))?, &items) {
            differences.push(format!("{}\n{lines}", library.file));
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    bail!(
        "the public interface is not what is committed:\n\n{}\n\nIf this is what you want, run `cargo xtask api --write`, \
         and tell users in CHANGELOG.md",
        differences.join("\n\n")
    )
}
