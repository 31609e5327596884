//! The load generator: a process that is told what to do in lines of JSON, and answers in lines of JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Whom to ask for what: benches/load/src/request.rs.
#[derive(Serialize)]
pub(crate) struct Target {
    pub(crate) address: String,
    pub(crate) path: String,
    pub(crate) fields: Vec<String>,
    pub(crate) body: String,
    pub(crate) digest_encoding: &'static str,
    pub(crate) signature_prefix: String,
    pub(crate) spki: String,
    pub(crate) verify_every: u64,
}

/// How requests follow each other: benches/load/src/run.rs.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Load {
    Closed { connections: u64, warm_up_ms: u64, measured_ms: u64 },
    Open { requests_per_second: u32, warm_up_ms: u64, measured_ms: u64 },
    AtOnce { requests: u64 },
}

/// What came of it; no request failed.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) signatures: u64,
    pub(crate) seconds: f64,
    failures: u64,
    failure: Option<String>,
    pub(crate) latency_ms: Quantiles,
    pub(crate) added_ms: Option<Quantiles>,
    pub(crate) held: u64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Quantiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

pub(crate) struct Generator {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    kms: String,
    /// Digests are numbered over all runs, so that no two are the same.
    next: u64,
}

/// More requests than any run sends.
const NUMBERS_OF_A_RUN: u64 = 1 << 32;

impl Generator {
    pub(crate) fn start(binary: &Path) -> Result<Self> {
        let mut process = Command::new(binary)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let input = process.stdin.take().context("standard input is piped")?;
        let output = BufReader::new(process.stdout.take().context("standard output is piped")?);
        let mut generator = Self { process, input, output, kms: String::new(), next: 0 };
        let hello = generator.line()?;
        let hello: serde_json::Value = serde_json::from_str(&hello).context("the load generator says hello in JSON")?;
        generator.kms = hello["kms"].as_str().context("it names its KMS")?.to_owned();
        Ok(generator)
    }

    /// Where its slow KMS is.
    pub(crate) fn kms(&self) -> &str {
        &self.kms
    }

    /// Carries out a run, in which no request may fail.
    pub(crate) fn run(&mut self, target: &Target, load: Load, kms_delay_ms: u64) -> Result<Outcome> {
        let run = json!({ "target": target, "load": load, "first": self.next, "kms_delay_ms": kms_delay_ms });
        self.next += NUMBERS_OF_A_RUN;
        writeln!(self.input, "{run}").context("the load generator does not listen")?;
        let outcome: Outcome = serde_json::from_str(&self.line()?).context("an outcome")?;
        let failure = outcome.failure.as_deref().unwrap_or_default();
        ensure!(outcome.failures == 0, "{} requests failed, one of them with: {failure}", outcome.failures);
        ensure!(outcome.signatures > 0, "there was no signature at all");
        Ok(outcome)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).context("the load generator does not speak")?;
        ensure!(read > 0, "the load generator ended; what it said is above");
        Ok(line)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
