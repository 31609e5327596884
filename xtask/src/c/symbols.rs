//! What the shared library gives to programs, and what it asks of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::library::{Library, soname};
use xtask_host::process::output;

/// Libraries that every system with glibc has.
const SYSTEM: &[&str] = &["libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];

/// The exported names are the functions of the header, each once there and no other; nothing is needed but the system.
pub(super) fn tests(root: &Path, library: &Library) -> Result<()> {
    let declared = functions(root)?;
    let header: BTreeSet<&str> = declared.iter().map(String::as_str).collect();
    ensure!(header.len() == declared.len(), "splitsign.h declares a function twice: {declared:?}");
    let mut nm = Command::new("nm");
    let names = output("nm, of binutils", nm.args(["--dynamic", "--defined-only"]).arg(&library.shared))?;
    let exported: BTreeSet<&str> = names.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let strange: Vec<_> = exported.symmetric_difference(&header).collect();
    ensure!(strange.is_empty(), "only the header or only the shared library has {strange:?}");

    let mut readelf = Command::new("readelf");
    let dynamic = output("readelf, of binutils", readelf.arg("-d").arg(&library.shared))?;
    let named = |tag: &str| -> Vec<String> {
        let lines = dynamic.lines().filter(|line| line.contains(tag));
        lines.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned())).collect()
    };
    ensure!(named("(SONAME)") == [soname()], "the SONAME is {:?}, not {}", named("(SONAME)"), soname());
    let others: Vec<_> = named("(NEEDED)").into_iter().filter(|name| !SYSTEM.contains(&name.as_str())).collect();
    ensure!(others.is_empty(), "the shared library needs {others:?}");

    let size = |path: &Path| fs::metadata(path).map(|file| file.len()).with_context(|| path.display().to_string());
    let (shared, archive) = (size(&library.shared)?, size(&library.archive)?);
    println!("    {} functions; .so {shared} bytes, .a {archive} bytes", exported.len());
    Ok(())
}

/// The functions that the header declares.
pub(super) fn functions(root: &Path) -> Result<Vec<String>> {
    let header = fs::read_to_string(root.join("bindings-c/include/splitsign.h")).context("splitsign.h")?;
    let declared = header.split("SPLITSIGN_API").skip(1).filter_map(|text| {
        let name = text.split('(').next()?.split_whitespace().last()?;
        name.starts_with("splitsign_").then(|| name.to_owned())
    });
    Ok(declared.collect())
}
