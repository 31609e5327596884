//! `cargo xtask wasm`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let built = xtask_host::root().and_then(xtask_wasm::build);
    xtask_host::process::exit(built.map(|folder| eprintln!("    the modules are in {}", folder.display())))
}
