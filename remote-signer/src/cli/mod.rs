//! The command line. One file for each group of commands.
//!
//! Exit codes: 0 done; 1 failed (or the signature is not valid, the service not healthy); 2 wrong usage; 3 the audit
//! chain is broken; 4 the state of the key does not permit it.

mod audit;
mod c2pa_signer;
mod client;
mod descriptor;
mod failure;
mod health;
mod keys;
mod output;
mod public_key;
mod serve;
mod sign;
mod token;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::SystemClock;
use crate::config::{Config, Environment};
use crate::storage::Storage;

use failure::Failure;

/// Sign at the edge, keep the keys here.
#[derive(Debug, Parser)]
#[command(name = "splitsign", version, propagate_version = true)]
struct Arguments {
    /// The configuration file [default: splitsign.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The directory of the database, instead of storage.directory
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Serve),
    /// Make, rotate and show keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Make, list and revoke bearer tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Sign a file with a key of a service
    Sign(sign::Sign),
    /// Verify a signed object, here and without a service
    Verify(verify::Verify),
    /// Sign as the subprocess of c2patool: `--signer-path "splitsign c2pa-signer --key tenant/name"`
    C2paSigner(c2pa_signer::C2paSigner),
    /// Ask a service how it is
    Health(health::Health),
    /// Read and verify the audit trail
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print the OpenAPI document
    Openapi,
}

/// What commands work with.
struct Context {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    environment: Environment,
}

impl Context {
    fn config(&self) -> Result<Config, Failure> {
        let mut config = Config::load(self.config.as_deref(), &self.environment)?;
        if let Some(data) = &self.data {
            config.storage.directory.clone_from(data);
        }
        Ok(config)
    }

    async fn storage(&self, config: &Config, clock: &SystemClock) -> Result<Storage, Failure> {
        Ok(Storage::open(&config.storage, clock).await?)
    }

    /// For commands that only read: they make nothing, so that a wrong directory is not taken for an empty one.
    async fn storage_to_read(&self, config: &Config) -> Result<Storage, Failure> {
        Ok(Storage::open_to_read(&config.storage).await?)
    }
}

/// Runs a command and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Environment) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output with 0, the rest to standard error with 2.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context { config: arguments.config, data: arguments.data, environment };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error).report(),
    };
    let outcome = runtime.block_on(dispatch(arguments.command, context));
    // All that must be finished was waited for. What a token or a disk does not give back is not.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(command: Command, context: Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(serve) => serve.run(&context).await,
        Command::Keys(keys) => keys.run(&context).await,
        Command::Token(token) => token.run(&context).await,
        Command::Sign(sign) => sign.run(&context).await,
        Command::Verify(verify) => verify.run(),
        Command::C2paSigner(signer) => signer.run(&context).await,
        Command::Health(health) => health.run().await,
        Command::Audit(audit) => audit.run(&context).await,
        Command::Openapi => {
            output::text(&crate::api::openapi_json())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
