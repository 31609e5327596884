//! The core on a Cortex-M4, as QEMU has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::cases::Cases;
use xtask_host::process::{cargo, exists, output, run, target_directory};

/// The machine.
pub const QEMU: &str = "qemu-system-arm";
const TARGET: &str = "thumbv7em-none-eabihf";

/// What one operation took on the board.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The operation.
    pub name: String,
    /// Instructions, in steps of forty. Not cycles: QEMU has no pipeline.
    pub instructions: u64,
    /// Bytes of stack.
    pub stack: u64,
}

/// What the firmware found.
#[derive(Debug)]
pub struct Report {
    /// What each operation took.
    pub operations: Vec<Taken>,
    /// How many signatures of Wycheproof had the verdict that they should, with and without a table.
    pub signatures: u64,
}

/// Our verification against that of `p256`, in instructions.
#[derive(Debug)]
pub struct Comparison {
    /// The core's.
    pub ours: u64,
    /// The peer's.
    pub p256: u64,
}

/// Runs all signatures and all operations; an error if a verdict is wrong.
///
/// # Errors
///
/// QEMU is not here, or a verdict is wrong.
pub fn run_all(root: &Path) -> Result<Report> {
    let cases = Cases::make()?;
    let printed = execute(root, "firmware", &[], &cases)?;
    let total = printed.lines().find(|line| line.starts_with("total ")).context("the firmware printed no total")?;
    let expected = format!("total {} signatures {} accepted ", cases.signatures, cases.accepted);
    ensure!(total.starts_with(&expected), "the firmware says `{total}`, and had `{expected}…` to verify");
    let operations = operations(&printed)?;
    ensure!(
        operations.len() == splitsign_proofs::ENTRIES.len(),
        "{} of {} operations were run",
        operations.len(),
        splitsign_proofs::ENTRIES.len()
    );
    Ok(Report { operations, signatures: cases.signatures as u64 })
}

/// Builds both programs for speed, and counts one verification of each.
///
/// # Errors
///
/// QEMU is not here, or a program does not verify.
pub fn compare(root: &Path) -> Result<Comparison> {
    let cases = Cases::make()?;
    let one = |program: &str| -> Result<u64> {
        let printed =
            execute(root, program, &["--features", "peer", "--config", "profile.proofs.opt-level=3"], &cases)?;
        let found = operations(&printed)?.into_iter().find(|taken| taken.name == "verify_digest");
        found.map(|taken| taken.instructions).with_context(|| format!("{program} has not verified"))
    };
    Ok(Comparison { ours: one("firmware")?, p256: one("peer")? })
}

/// Builds a program, and runs it to its end.
fn execute(root: &Path, program: &str, options: &[&str], cases: &Cases) -> Result<String> {
    ensure!(exists(QEMU), "{QEMU} is not here: install it (on Debian: apt-get install qemu-system-arm)");
    let directory = target_directory(root).join("proofs").join("firmware");
    fs::create_dir_all(&directory)?;
    put(&directory.join("cases.bin"), &cases.bytes)?;
    let mut build = cargo(root, ["build", "--locked", "--quiet", "-p", "splitsign-firmware", "--bin", program]);
    build.args(["--profile", "proofs", "--target", TARGET]).args(options);
    run(&format!("{program} for {TARGET}"), &mut build)?;
    let binary: PathBuf = target_directory(root).join(TARGET).join("proofs").join(program);
    let mut qemu = Command::new(QEMU);
    qemu.current_dir(&directory);
    qemu.args(["-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "null", "-icount", "shift=0"]);
    qemu.args(["-semihosting-config", "enable=on,target=native", "-kernel"]).arg(binary);
    output(&format!("{program} under {QEMU}"), &mut qemu)
}

/// The lines `operation NAME n instructions m stack`.
fn operations(printed: &str) -> Result<Vec<Taken>> {
    let mut operations = Vec::new();
    for line in printed.lines() {
        if let ["operation", name, instructions, "instructions", stack, "stack"] =
            *line.split_whitespace().collect::<Vec<_>>()
        {
            operations.push(Taken {
                name: name.to_owned(),
                instructions: instructions.parse()?,
                stack: stack.parse()?,
            });
        }
    }
    Ok(operations)
}

#[expect(clippy::disallowed_methods, reason = "into target/, for this run only")]
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())
}
