//! `splitsign`: the remote signer and its command line.

use std::process::ExitCode;

use splitsign_signer::cli;
use splitsign_signer::config::Environment;

/// Every signature is some hundred small allocations, and most of what one thread makes another gives back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), Environment::capture())
}
