//! `cargo xtask proofs`, and the steps of the tests that look at what was linked.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

#[derive(Parser)]
struct Arguments {
    task: Task,
}

#[derive(Clone, Copy, ValueEnum)]
enum Task {
    /// No panic can be reached
    NoPanic,
    /// Size and stack are within the budgets of docs/ledger.json
    Budgets,
    /// The core on a Cortex-M4 under QEMU
    Firmware,
    /// All three, and the figures as a table
    All,
    /// Write docs/ledger.json anew
    Write,
    /// Name who calls a panic
    Callers,
}

fn main() -> ExitCode {
    xtask_host::process::exit(execute(Arguments::parse().task))
}

fn execute(task: Task) -> Result<()> {
    let root = xtask_host::root()?;
    match task {
        Task::NoPanic => xtask_proofs::no_panic(root),
        Task::Budgets => xtask_proofs::budgets(root),
        Task::Firmware => xtask_proofs::on_the_small_machine(root),
        Task::All => {
            xtask_proofs::no_panic(root)?;
            xtask_proofs::print(root)?;
            xtask_proofs::on_the_small_machine(root)
        }
        Task::Write => xtask_proofs::write_ledger(root),
        Task::Callers => xtask_proofs::callers(root),
    }
}
