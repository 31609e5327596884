//! `cargo xtask …`: what people type.

mod addon;
mod c;
mod c2patool;
mod check;
mod conformance;
mod demo;
mod fuzz;
mod interop;
mod layers;
mod miri;
mod passed;
mod providers;
mod runtimes;
mod rust;
mod terraform;
mod test;
mod uniffi;
mod vectors;
mod wasm;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask_host::process::{exit, run, tool};
use xtask_host::python::Environment;
use xtask_host::{debian, toolchain};

/// Builds, checks, tests and shows splitsign.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Sign files through the WASM package and a remote signer on loopback, verify them, print sizes and timings
    Demo {
        /// Where objects, certificate chain and public key are written
        #[arg(long, value_name = "DIR", default_value = "splitsign-demo")]
        out: PathBuf,
        /// Files to sign; by default some of this repository, one of them an image
        files: Vec<PathBuf>,
    },
    /// Run everything, or what is asked for: `--list`, `--only`, `--from`, `--quick`
    Test(test::Options),
    /// Measure the core and the npm package against their peers, and print a table of ratios; `--help` says more
    #[command(disable_help_flag = true)]
    Bench {
        /// Options of the bench
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Everything that can be said about the tree without running its tests: steps of `cargo xtask test`
    Check {
        /// Format, layers, lock files, generated files and clippy
        #[arg(long)]
        quick: bool,
    },
    /// Run all suites against every implementation, side by side, and require that all say the same
    Conformance,
    /// Write the generated files anew: codes and limits in the bindings, tables of the core, headers, Kotlin, Swift
    Gen,
    /// Compare the public interfaces of the core and of the signer's library with the files that are committed
    Api {
        /// Write the files anew
        #[arg(long)]
        write: bool,
    },
    /// Build the native addon for this machine, and pack the npm packages
    Node,
    /// Show what the core promises: no panic, size, stack, and a run on a Cortex-M4
    Proofs {
        /// Write the figures of docs/ledger.json anew
        #[arg(long)]
        write: bool,
        /// Name who calls a panic, for each operation that can
        #[arg(long, conflicts_with = "write")]
        callers: bool,
    },
    /// Test the C binding: C99, C++17, sanitizers, Valgrind, a firmware, what is installed, its examples
    C,
    /// Install the C binding: headers, libraries, pkg-config and CMake files
    InstallC {
        /// Where it will be used
        #[arg(long, value_name = "DIR", default_value = "/usr/local")]
        prefix: PathBuf,
        /// Where it is put instead, to make a package of it
        #[arg(long, value_name = "DIR")]
        destdir: Option<PathBuf>,
    },
    /// Build the WASM module of the npm package
    Wasm,
    /// Build the Python wheel
    Wheel,
    /// Build and test the binding for Python, Kotlin and Swift: two steps of the tests by themselves
    Uniffi {
        /// Measure instead what it costs to cross the border, and print a JSON object for each language
        #[arg(long, value_name = "ROUNDS")]
        borders: Option<u32>,
    },
    /// One step of the tests, in this process: what `test` calls
    #[command(hide = true)]
    Step {
        name: String,
        #[arg(long, default_value = "usual")]
        effort: test::Effort,
    },
}

fn main() -> ExitCode {
    let task = Arguments::parse().command;
    exit(xtask_host::root().and_then(|root| execute(root, task)))
}

fn execute(root: &Path, task: Task) -> Result<()> {
    match task {
        Task::Demo { out, files } => demo::demo(root, &out, &files),
        Task::Test(options) => test::test(root, &options),
        Task::Step { name, effort } => test::step(root, &name, effort),
        Task::Check { quick } => test::check(root, quick),
        Task::Bench { options } => bench(root, &options),
        Task::Conformance => {
            debian::install_missing();
            conformance::compare(root, &Environment::prepare(root)?)
        }
        Task::Api { write } => check::api(root, write),
        Task::Node => wasm::build(root).and_then(|()| addon::build(root)).map(drop),
        Task::Gen => {
            run("generated files", &mut tool(root, "xtask-generate")?)?;
            addon::generate(root, false)?;
            uniffi::generate(root, false)
        }
        Task::Proofs { callers, write } => {
            let task = if callers {
                "callers"
            } else if write {
                "write"
            } else {
                "all"
            };
            run("proofs", tool(root, "xtask-proofs")?.arg(task))
        }
        Task::C => {
            debian::install_missing();
            c::test(root)
        }
        Task::InstallC { prefix, destdir } => c::install(root, &prefix, destdir.as_deref()),
        Task::Wasm => wasm::build(root),
        Task::Uniffi { borders: Some(rounds) } => uniffi::borders(root, rounds),
        Task::Uniffi { borders: None } => uniffi::test_python(root).and_then(|()| uniffi::test_kotlin(root)),
        Task::Wheel => uniffi::wheel(root).map(|wheel| println!("{}", wheel.display())),
    }
}

/// The bench, with the npm package and the addon that it measures. What it may be asked for, it knows itself.
fn bench(root: &Path, options: &[OsString]) -> Result<()> {
    let needs_packages = !options.iter().any(|option| ["--load", "--help", "-h"].iter().any(|other| option == other));
    if needs_packages {
        toolchain::ensure_targets(root)?;
        wasm::build(root)?;
        addon::build(root)?;
    }
    run("bench", tool(root, "xtask-bench")?.args(options))
}
