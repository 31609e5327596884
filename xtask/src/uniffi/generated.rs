//! The Python, Kotlin and Swift that uniffi writes. They are kept, with the hashes of what they were made from.
//!
//! The generator takes minutes to compile, and what it writes follows from what is hashed: as long as no hash has changed,
//! the files are what it would write. `cargo xtask gen` always asks it, and so does a check whose hashes differ.

use core::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use splitsign_core::digest::Sha256;
use xtask_host::generated::table;
use xtask_host::process::{cargo, is_workspace_built, output, run, target_directory};

use super::{LIBRARY, folder, kotlin_text};

/// What is written: in which language, where uniffi writes it, and where it is kept in `bindings-uniffi`.
const FILES: &[(&str, &str, &str)] = &[
    ("kotlin", "splitsign/splitsign.kt", "kotlin/splitsign.kt"),
    ("python", "splitsign.py", "generated/splitsign.py"),
    ("swift", "Splitsign.swift", "swift/Splitsign.swift"),
    ("swift", "SplitsignFFI.h", "swift/SplitsignFFI.h"),
    ("swift", "SplitsignFFI.modulemap", "swift/SplitsignFFI.modulemap"),
];

/// What it follows from: files, and folders with all that is in them. The lock file has the version of uniffi.
const INPUTS: &[&str] = &[
    "bindings-uniffi/Cargo.toml",
    "bindings-uniffi/src",
    "bindings-uniffi/uniffi.toml",
    "xtask/bindgen/Cargo.lock",
    "xtask/bindgen/Cargo.toml",
    "xtask/bindgen/src",
    "xtask/src/uniffi/kotlin_text.rs",
];

/// As `sha256sum` writes and checks it.
const SUMS: &str = "bindings-uniffi/generated/SHA256SUMS";

/// Writes all of them anew; with `check`, fails if they are not what the crate says.
pub(crate) fn generate(root: &Path, check: bool) -> Result<()> {
    if check && fs::read_to_string(root.join(SUMS)).is_ok_and(|kept| sums(root).is_ok_and(|now| now == kept)) {
        println!("    same {SUMS}: neither what uniffi wrote nor what it was made from has changed");
        return Ok(());
    }
    let (bindgen, library) = (bindgen(root)?, debug_library(root)?);
    for language in ["kotlin", "python", "swift"] {
        let written = folder(root).join("generated").join(language);
        let mut command = Command::new(&bindgen);
        command.current_dir(root).args(["generate", "--no-format", "--language", language, "--out-dir"]);
        output(&format!("uniffi writes {language}"), command.arg(&written).arg(&library))?;
        for (_, name, kept) in FILES.iter().filter(|(of, ..)| *of == language) {
            let mut text =
                fs::read_to_string(written.join(name)).with_context(|| format!("uniffi did not write {name}"))?;
            if language == "kotlin" {
                text = kotlin_text::put_right(&text)?;
            }
            table(&root.join("bindings-uniffi").join(kept), text.as_bytes(), check)?;
        }
    }
    table(&root.join(SUMS), sums(root)?.as_bytes(), check)
}

/// The hash of each file that is written, and of each that they follow from.
fn sums(root: &Path) -> Result<String> {
    let kept = FILES.iter().map(|(.., kept)| root.join("bindings-uniffi").join(kept));
    let mut open: Vec<PathBuf> = INPUTS.iter().map(|input| root.join(input)).chain(kept).collect();
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).with_context(|| path.display().to_string())?;
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    let mut text = String::new();
    for file in files {
        let digest = Sha256::digest(&fs::read(&file).with_context(|| file.display().to_string())?);
        for byte in digest.as_bytes() {
            write!(text, "{byte:02x}")?;
        }
        writeln!(text, "  {}", file.strip_prefix(root)?.display())?;
    }
    Ok(text)
}

/// The generator of the very version of the crate: a workspace of its own, so that nothing else waits for it.
fn bindgen(root: &Path) -> Result<PathBuf> {
    let mut build = cargo(root, ["build", "--locked", "--manifest-path", "xtask/bindgen/Cargo.toml", "--target-dir"]);
    run("build the generator of bindings (uniffi, some minutes)", build.arg(target_directory(root)))?;
    Ok(target_directory(root).join("debug/xtask-bindgen"))
}

/// The binding as the generator reads it: what it says of itself is the same in every profile.
fn debug_library(root: &Path) -> Result<PathBuf> {
    if !is_workspace_built() {
        let build = ["build", "--locked", "--quiet", "-p", "splitsign-uniffi"];
        run("build the binding (uniffi)", &mut cargo(root, build))?;
    }
    Ok(target_directory(root).join("debug").join(LIBRARY))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILES, SUMS, sums};

    #[test]
    fn what_is_kept_was_made_from_what_is_there() {
        let root = xtask_host::root().unwrap();
        let (kept, now) = (fs::read_to_string(root.join(SUMS)).unwrap(), sums(root).unwrap());
        assert_eq!(kept, now, "`cargo xtask gen` writes the Python, Kotlin and Swift anew");
        for (.., file) in FILES {
            assert!(now.contains(&format!("  bindings-uniffi/{file}\n")), "{file}");
        }
        assert!(now.contains("  bindings-uniffi/src/lib.rs\n") && now.contains("  xtask/bindgen/Cargo.lock\n"));
    }
}
