//! `splitsign`: the remote signer and its command line.

use std::process::ExitCode;

use splitsign_signer::cli;
use splitsign_signer::config::Environment;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), Environment::capture())
}
