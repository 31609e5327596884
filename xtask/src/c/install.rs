//! `cargo xtask install-c`: headers, libraries, and what pkg-config and CMake want to know.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::library::{self, VERSION, soname};
use xtask_host::process::{exists, output};

/// Installs for `prefix`, into `destdir` if packages are made of it.
pub(crate) fn install(root: &Path, prefix: &Path, destdir: Option<&Path>) -> Result<()> {
    ensure!(prefix.is_absolute(), "{} is not absolute: give the folder in which it will be used", prefix.display());
    let built = library::build(root)?;
    let to = match (destdir, prefix.strip_prefix("/")) {
        (Some(destdir), Ok(inside)) => destdir.join(inside),
        (Some(_), Err(_)) | (None, _) => prefix.to_owned(),
    };
    let include = root.join("bindings-c/include");
    for header in ["splitsign.h", "splitsign.hpp"] {
        copy(&include.join(header), &to.join("include").join(header))?;
    }
    let lib = to.join("lib");
    let archive = lib.join("libsplitsign.a");
    copy(&built.archive, &archive)?;
    if exists("strip") {
        // Names of files and lines of Rust's own library, which are most of it.
        output("strip", Command::new("strip").arg("--strip-debug").arg(&archive))?;
    }
    let real = format!("libsplitsign.so.{VERSION}");
    copy(&built.shared, &lib.join(&real))?;
    for link in [soname().as_str(), "libsplitsign.so"] {
        let link = lib.join(link);
        match fs::remove_file(&link) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| link.display().to_string());
            }
            Ok(()) | Err(_) => symlink(&real, &link).with_context(|| link.display().to_string())?,
        }
    }
    for (template, place) in [
        ("splitsign.pc.in", "pkgconfig/splitsign.pc"),
        ("splitsignConfig.cmake", "cmake/splitsign/splitsignConfig.cmake"),
        ("splitsignConfigVersion.cmake", "cmake/splitsign/splitsignConfigVersion.cmake"),
    ] {
        write(&lib.join(place), &filled(&root.join("bindings-c/packaging").join(template), prefix)?)?;
    }
    eprintln!("    splitsign {VERSION} is in {}", to.display());
    Ok(())
}

/// A template with its words replaced.
fn filled(template: &Path, prefix: &Path) -> Result<String> {
    let text = fs::read_to_string(template).with_context(|| template.display().to_string())?;
    let mut parts = VERSION.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let prefix = prefix.to_str().context("pkg-config wants a prefix in UTF-8")?;
    let words =
        [("@PREFIX@", prefix), ("@VERSION@", VERSION), ("@SONAME@", &soname()), ("@MAJOR@", major), ("@MINOR@", minor)];
    Ok(words.iter().fold(text, |text, (word, value)| text.replace(word, value)))
}

fn parent(place: &Path) -> Result<PathBuf> {
    let folder = place.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder.to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    parent(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an installation that was interrupted is repeated as a whole")]
pub(super) fn write(place: &Path, text: &str) -> Result<()> {
    parent(place)?;
    fs::write(place, text).with_context(|| place.display().to_string())
}
