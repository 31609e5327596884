//! What people type: `cargo xtask …`.

mod generate;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Writes the tables that are generated from the core into the bindings.
    Gen {
        /// Changes nothing, and fails if something would change.
        #[arg(long)]
        check: bool,
    },
    /// Builds the WebAssembly below the npm package.
    Wasm,
}

fn main() -> ExitCode {
    let root = root();
    let done = match Task::parse() {
        Task::Gen { check } => generate::generate(&root, check),
        Task::Wasm => wasm::build(&root).map(drop),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout: xtask is one folder below it.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the checkout").to_path_buf()
}
