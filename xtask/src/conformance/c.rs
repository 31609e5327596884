//! The conformance driver of the C binding: a program, and a firmware for a Cortex-M4.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use xtask_host::process::{run, target_directory};

/// What a C compiler must have nothing to say about.
const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"];

/// Builds the program.
pub(super) fn program(root: &Path) -> Result<()> {
    let archive = crate::c::archive(root)?;
    let mut gcc = Command::new("gcc");
    gcc.args(STRICT).arg("-O1").args(sources(root)?);
    gcc.arg(archive).args(["-lpthread", "-ldl", "-lm"]);
    run("compile the C driver", gcc.arg("-o").arg(output(root, "driver")?)).context("it needs gcc")
}

/// Builds the firmware. Its lines are short enough for the memory of the board.
pub(super) fn firmware(root: &Path) -> Result<()> {
    let archive = crate::c::thumb_archive(root)?;
    let folder = root.join("conformance/drivers/c-thumb");
    let mut gcc = Command::new("arm-none-eabi-gcc");
    gcc.args(STRICT).args(["-Os", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]);
    gcc.args(["-DDRIVER_NAME=\"c-thumb\"", "-DLINE_BYTES_MAX=131072u"]);
    // Standard input and output are the debugger's; newlib does not say that its stack is not executable.
    gcc.args(["-nostartfiles", "--specs=rdimon.specs", "-Wl,--no-warn-execstack", "-T"]).arg(folder.join("memory.ld"));
    gcc.args(sources(root)?).arg(folder.join("startup.c"));
    gcc.arg(archive);
    run("compile the C driver for a Cortex-M4", gcc.arg("-o").arg(output(root, "driver.elf")?))
        .context("it needs the Debian packages gcc-arm-none-eabi and libnewlib-arm-none-eabi")
}

/// The header's folder as an option, and the files of the driver.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("conformance/drivers/c");
    let mut include = std::ffi::OsString::from("-I");
    include.push(root.join("bindings-c/include"));
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            files.push(path);
        }
    }
    files.sort();
    let mut own = std::ffi::OsString::from("-I");
    own.push(&folder);
    Ok([PathBuf::from(include), PathBuf::from(own)].into_iter().chain(files).collect())
}

fn output(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = target_directory(root).join("conformance/c");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder.join(name))
}
