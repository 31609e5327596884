//! The example that is a firmware: C and the library, on a Cortex-M4, with no other library at all.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::compiler::{STRICT, folder};
use super::library;
use super::symbols::functions;
use xtask_host::process::{exists, output, run};

/// Builds it, runs it under QEMU, and looks for what it must not have: a panic, in any function of the header.
pub(super) fn run_example(root: &Path) -> Result<()> {
    ensure!(
        exists("arm-none-eabi-gcc") && exists("qemu-system-arm"),
        "a compiler or a machine is missing: install the Debian packages gcc-arm-none-eabi and qemu-system-arm"
    );
    let archive = library::build_thumb(root)?;
    let home = folder(root, "firmware")?;
    let program = link(root, &archive, &home.join("example.elf"), &[])?;
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "null"]);
    qemu.args(["-semihosting-config", "enable=on,target=native", "-kernel"]).arg(&program);
    let ended = qemu.stdin(Stdio::null()).output().context("cannot start qemu-system-arm")?;
    // What a firmware says to its debugger is on standard error.
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    ensure!(ended.status.success(), "the firmware ended with {}: {said}", ended.status);
    ensure!(
        said.contains("the manifest is right") && said.contains("the other one is refused: bad_signature"),
        "it said {said}"
    );

    let functions = functions(root)?;
    ensure!(functions.len() > 40, "{} functions were found in splitsign.h", functions.len());
    let wanted: Vec<String> = functions.iter().map(|name| format!("-Wl,-u,{name}")).collect();
    let everything = link(root, &archive, &home.join("everything.elf"), &wanted)?;
    let names = output("arm-none-eabi-nm", Command::new("arm-none-eabi-nm").arg(&everything))?;
    for function in &functions {
        ensure!(names.contains(&format!(" {function}\n")), "the archive does not have {function}");
    }
    let panics: Vec<&str> = names.lines().filter(|line| line.contains("panic")).collect();
    ensure!(panics.is_empty(), "functions of splitsign.h reach a panic:\n{}", panics.join("\n"));
    println!("    {} functions without a panic; the firmware said:\n{}", functions.len(), said.trim());
    Ok(())
}

fn link(root: &Path, archive: &Path, program: &Path, options: &[String]) -> Result<PathBuf> {
    let source = root.join("bindings-c/examples/firmware");
    let mut gcc = Command::new("arm-none-eabi-gcc");
    gcc.args(STRICT).args(["-std=c99", "-Os", "-ffreestanding", "-mcpu=cortex-m4", "-mthumb"]);
    gcc.args(["-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-nostdlib", "-Wl,--gc-sections,-z,noexecstack"]).args(options);
    gcc.arg("-I").arg(root.join("bindings-c/include")).arg("-I").arg(root.join("bindings-c/tests"));
    gcc.arg("-T").arg(source.join("memory.ld")).arg(source.join("main.c")).arg(archive).arg("-lgcc");
    run("compile the firmware", gcc.arg("-o").arg(program))?;
    Ok(program.to_owned())
}
