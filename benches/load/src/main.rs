//! Requests for a remote signer over keep-alive HTTP/1.1, and a slow KMS for what is behind it, in one process so that
//! both measure with one clock. `cargo xtask bench --load` starts it and drives it.
//!
//! The first line on standard output is `{"kms": "http://…"}`. Then, for every line with a [`run::Run`] on standard
//! input, there is a line with a [`run::Outcome`]; at the end of the input it ends.
//!
//! | module | what |
//! |---|---|
//! | [`run`] | closed loop, open loop, all at once |
//! | [`request`] | a request that is made once, with a digest that differs each time |
//! | [`message`] | HTTP/1.1, as much of it as is needed here: strict, and without copies |
//! | [`kms`] | AWS KMS as its API is published, for one key, with answers that take as long as they are told to |
#![expect(clippy::disallowed_methods, reason = "what it measures is time, and its files are its own")]
mod kms;
mod message;
mod request;
mod run;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

fn main() -> ExitCode {
    match execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute() -> Result<()> {
    let kms = Arc::new(kms::Kms::new()?);
    let url = kms::serve(Arc::clone(&kms))?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        say(serde_json::json!({ "kms": url }).to_string()).await?;
        // Standard input is read on a thread of the pool: nothing else is done meanwhile.
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            let run: run::Run = serde_json::from_str(&line).context("a line is no run")?;
            let outcome = run.carry_out(&kms).await?;
            say(serde_json::to_string(&outcome)?).await?;
        }
        Ok(())
    })
}

async fn say(mut line: String) -> Result<()> {
    line.push('\n');
    let mut out = tokio::io::stdout();
    out.write_all(line.as_bytes()).await?;
    Ok(out.flush().await?)
}
