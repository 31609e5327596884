//! The core against its peers, in one process: `cargo xtask bench` builds and runs this, and makes a table of what it
//! prints: for every contender the nanoseconds of one operation in each round, as JSON.

mod border;
mod ours;
mod peers;
mod rounds;
mod sha256;
mod table_build;
mod traffic;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Map, json};

use crate::rounds::{Contender, measure};
use crate::traffic::Traffic;

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
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|text| text.parse::<usize>().ok());
    let rounds = number().context("the first argument is the number of rounds")?;
    let passes = number().context("the second argument is the number of passes in each round")?;

    let mut samples = Map::new();
    for group in [verifications()?, sha256::contenders(), table_build::contenders()?, border::contenders()?] {
        for (name, nanoseconds) in measure(group, rounds, passes)? {
            samples.insert(name, json!(nanoseconds));
        }
    }
    println!("{}", json!({ "samples": samples }));
    Ok(())
}

/// Everything that verifies. A contender that takes a wrong signature, or refuses a right one, is not measured at all.
fn verifications() -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (keys, suffix) in [(1, ""), (traffic::KEYS, "_8_keys")] {
        let traffic = Traffic::generate(keys)?;
        let verifiers = ours::VERIFIERS.iter().chain(peers::VERIFIERS);
        for verifier in verifiers.filter(|verifier| keys == 1 || verifier.with_many_keys) {
            contenders.extend(verifier.contender(&traffic, suffix)?);
        }
    }
    Ok(contenders)
}
