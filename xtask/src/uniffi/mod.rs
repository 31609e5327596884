//! The binding for Python, Kotlin and Swift: what is generated, built and tested of it.

mod kotlin;
mod kotlin_text;
mod python;

pub(crate) use kotlin::{driver as kotlin_driver, test as test_kotlin};
pub(crate) use python::{driver as python_driver, test as test_python, wheel};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use xtask_host::process::{cargo, is_workspace_built, output, run, target_directory, workspace_binary};

/// What is written, where uniffi writes it and where it is kept.
const GENERATED: &[(&str, &str, &str)] = &[
    ("kotlin", "splitsign/splitsign.kt", "kotlin/splitsign.kt"),
    ("swift", "Splitsign.swift", "swift/Splitsign.swift"),
    ("swift", "SplitsignFFI.h", "swift/SplitsignFFI.h"),
    ("swift", "SplitsignFFI.modulemap", "swift/SplitsignFFI.modulemap"),
];

/// Writes the Kotlin and the Swift anew; with `check`, fails if they are not what the crate says. The Python is written
/// when the wheel is built.
pub(crate) fn generate(root: &Path, check: bool) -> Result<()> {
    let (bindgen, library) = (bindgen(root)?, debug_library(root)?);
    for language in ["kotlin", "swift"] {
        let written = folder(root).join("generated").join(language);
        let mut command = Command::new(&bindgen);
        command.current_dir(root).args(["generate", "--no-format", "--language", language, "--out-dir"]);
        output(&format!("uniffi writes {language}"), command.arg(&written).arg(&library))?;
        for (_, name, kept) in GENERATED.iter().filter(|(of, ..)| *of == language) {
            let mut text =
                fs::read_to_string(written.join(name)).with_context(|| format!("uniffi did not write {name}"))?;
            if language == "kotlin" {
                text = kotlin_text::put_right(&text)?;
            }
            xtask_host::generated::table(&root.join("bindings-uniffi").join(kept), text.as_bytes(), check)?;
        }
    }
    Ok(())
}

/// What it costs to cross from Python and from Kotlin into the core: one JSON object each, on a line of its own.
pub(crate) fn borders(root: &Path, rounds: u32) -> Result<()> {
    let rounds = rounds.to_string();
    for report in [python::borders(root, &rounds)?, kotlin::borders(root, &rounds)?] {
        println!("{}", report.trim());
    }
    Ok(())
}

/// The shared library, as cargo names it.
const LIBRARY: &str = if cfg!(target_os = "macos") { "libsplitsign_uniffi.dylib" } else { "libsplitsign_uniffi.so" };

/// Where this lies that is neither source nor product.
fn folder(root: &Path) -> PathBuf {
    target_directory(root).join("uniffi")
}

/// The generator of the very version of the crate, under the name that maturin calls.
fn bindgen(root: &Path) -> Result<PathBuf> {
    workspace_binary(root, "xtask-bindgen", "uniffi-bindgen")
}

/// The binding as the generator reads it: what it says of itself is the same in every profile.
fn debug_library(root: &Path) -> Result<PathBuf> {
    if !is_workspace_built() {
        let build = ["build", "--locked", "--quiet", "-p", "splitsign-uniffi"];
        run("build the binding (uniffi)", &mut cargo(root, build))?;
    }
    Ok(target_directory(root).join("debug").join(LIBRARY))
}
