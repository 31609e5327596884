//! `cargo xtask …`: what people type.

mod addon;
mod bench;
mod c;
mod c2patool;
mod check;
mod conformance;
mod debian;
mod demo;
mod fuzz;
mod generate;
mod header;
mod layers;
mod miri;
mod node;
mod pkcs11;
mod process;
mod proofs;
mod providers;
mod python;
mod runtimes;
mod signer;
mod terraform;
mod test;
mod toolchain;
mod uniffi;
mod vectors;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};

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
    /// Run everything: checks, Rust, JavaScript, the demo, and programs that nobody here wrote
    Test {
        /// The inner loop: leave out what installs Python packages or compiles tools
        #[arg(long)]
        quick: bool,
        /// Fuzz each target of the core for ten minutes, not for five seconds, and build c2patool to sign with
        #[arg(long, conflicts_with = "quick")]
        long: bool,
    },
    /// Measure the core and the npm package against their peers, and print a table of ratios
    Bench(bench::Options),
    /// Format, clippy, layer rules, generated files, lock files, no-allocator link, licences
    Check {
        /// Leave out cargo-deny
        #[arg(long)]
        quick: bool,
    },
    /// Run all suites against every implementation, side by side, and require that all say the same
    Conformance,
    /// Write the generated files anew: error codes and limits of the bindings
    Gen,
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
}

fn main() -> ExitCode {
    match execute(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(task: Task) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask is a folder of the workspace")?;
    match task {
        Task::Demo { out, files } => demo::demo(root, &out, &files),
        Task::Test { quick, long } => test::test(root, quick, long),
        Task::Bench(options) => bench::bench(root, &options),
        Task::Check { quick } => {
            let results = check::check(root, quick)?;
            let failed = results.iter().filter(|(_, result)| result.is_err()).count();
            for (name, result) in &results {
                match result {
                    Ok(()) => println!("ok      {name}"),
                    Err(error) => println!("FAILED  {name}: {error:#}"),
                }
            }
            ensure!(failed == 0, "{failed} of {} checks failed", results.len());
            Ok(())
        }
        Task::Conformance => conformance::compare(root, &python::Environment::prepare(root)?),
        Task::Node => addon::build(root).map(drop),
        Task::Gen => generate::generate(root, false).and_then(|()| uniffi::generate(root, false)),
        Task::Proofs { callers: true, .. } => proofs::callers(root),
        Task::Proofs { write: true, .. } => proofs::write_ledger(root),
        Task::Proofs { .. } => {
            proofs::no_panic(root)?;
            proofs::print(root)?;
            proofs::on_the_small_machine(root)
        }
        Task::C => {
            debian::install_missing();
            c::test(root)
        }
        Task::InstallC { prefix, destdir } => c::install(root, &prefix, destdir.as_deref()),
        Task::Wasm => wasm::build(root).map(drop),
        Task::Uniffi { borders: Some(rounds) } => uniffi::borders(root, rounds),
        Task::Uniffi { borders: None } => uniffi::test_python(root).and_then(|()| uniffi::test_kotlin(root)),
        Task::Wheel => uniffi::wheel(root).map(|wheel| println!("{}", wheel.display())),
    }
}
