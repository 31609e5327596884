//! The binding for Python, Kotlin and Swift: what is generated, built and tested of it.

mod kotlin;
mod python;

pub(crate) use kotlin::{driver as kotlin_driver, test as test_kotlin};
pub(crate) use python::{driver as python_driver, test as test_python, wheel};

use core::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use splitsign_core::Code;

use crate::process::{cargo, output, run, target_directory};

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
    let bindgen = bindgen(root)?;
    let library = target_directory(root).join("debug").join(LIBRARY);
    for language in ["kotlin", "swift"] {
        let written = folder(root).join("generated").join(language);
        let mut command = Command::new(&bindgen);
        command.current_dir(root).args(["generate", "--no-format", "--language", language, "--out-dir"]);
        output(&format!("uniffi writes {language}"), command.arg(&written).arg(&library))?;
        for (_, name, kept) in GENERATED.iter().filter(|(of, ..)| *of == language) {
            let text = fs::read(written.join(name)).with_context(|| format!("uniffi did not write {name}"))?;
            crate::generate::table(&root.join("bindings-uniffi").join(kept), &text, check)?;
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

/// The codes as a Python type.
pub(crate) fn python_codes() -> Result<String> {
    let mut text =
        "# Generated from core-nostd by `cargo xtask gen`. Do not edit.\n\"\"\"Every code.\"\"\"\n\n".to_owned();
    text.push_str("from typing import Literal\n\nCode = Literal[\n");
    for code in Code::ALL {
        writeln!(text, "    \"{}\",", code.name())?;
    }
    // Those that only a binding has, as in the npm package.
    text.push_str("    \"stream_finished\",\n    \"stream_failed\",\n]\n");
    Ok(text)
}

/// The shared library, as cargo names it.
const LIBRARY: &str = if cfg!(target_os = "macos") { "libsplitsign_uniffi.dylib" } else { "libsplitsign_uniffi.so" };

/// Where this lies that is neither source nor product.
fn folder(root: &Path) -> PathBuf {
    target_directory(root).join("uniffi")
}

/// The generator of the very version of the crate, under the name that maturin calls.
fn bindgen(root: &Path) -> Result<PathBuf> {
    let build = ["build", "--locked", "-p", "splitsign-uniffi", "--features", "bindgen"];
    run("build the generator of bindings (uniffi)", &mut cargo(root, build))?;
    let built = target_directory(root).join("debug/splitsign-bindgen");
    let named = folder(root).join("bin/uniffi-bindgen");
    fs::create_dir_all(folder(root).join("bin")).context("cannot make target/uniffi/bin")?;
    // A copy over a program that runs would fail.
    let _ = fs::remove_file(&named);
    fs::copy(&built, &named).with_context(|| format!("cannot copy {}", built.display()))?;
    ensure!(named.exists(), "{} is not there", named.display());
    Ok(named)
}
