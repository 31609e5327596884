//! A driver: the process of an implementation under test.

mod file;
mod process;

use core::time::Duration;

pub use file::DriverFile;
use process::{Process, Silence};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::Answer;
use crate::case::Case;

/// What a driver says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// Of the implementation.
    pub name: String,
    /// Of the implementation.
    pub version: String,
    /// That it is written in.
    pub language: String,
    /// That it has.
    pub operations: Vec<String>,
    /// 1, if it reports our codes and offsets.
    #[serde(default)]
    pub codes: u8,
    /// Longer lines are not sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_bytes_max: Option<usize>,
    /// Optional arguments that it does not have.
    #[serde(default)]
    pub arguments_absent: Vec<String>,
}

impl Identity {
    /// Whether it reports our codes and offsets.
    #[must_use]
    pub fn has_codes(&self) -> bool {
        self.codes == 1
    }
}

/// How long a driver may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To say who it is: it may have a browser to start.
    pub start: Duration,
    /// For one case.
    pub case: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { start: Duration::from_secs(60), case: Duration::from_secs(10) }
    }
}

/// A running driver, started again when it ends or hangs.
#[derive(Debug)]
pub struct Driver {
    file: DriverFile,
    limits: Limits,
    identity: Identity,
    process: Option<Process>,
    restarts: u32,
}

impl Driver {
    /// Starts it and asks who it is.
    ///
    /// # Errors
    /// What could not be started, or what it said instead of who it is.
    pub fn start(file: DriverFile, limits: Limits) -> anyhow::Result<Self> {
        let (process, identity) = started(&file, limits)?;
        Ok(Self { file, limits, identity, process: Some(process), restarts: 0 })
    }

    /// What it said of itself.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What its file says of it.
    #[must_use]
    pub fn file(&self) -> &DriverFile {
        &self.file
    }

    /// How often it had to be started again.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// The line that asks for a case.
    #[must_use]
    pub fn line(case: &Case) -> String {
        json!({ "do": "run", "id": case.id, "operation": case.operation.name(), "arguments": case.arguments })
            .to_string()
    }

    /// Asks, and waits for the answer.
    pub fn run(&mut self, case: &Case, line: &str) -> Answer {
        if self.process.is_none() {
            self.restarts += 1;
            match started(&self.file, self.limits) {
                Ok((process, _)) => self.process = Some(process),
                Err(error) => return Answer::Ended(format!("and did not start again: {error:#}")),
            }
        }
        let Some(process) = &mut self.process else { return Answer::Ended("it is not there".to_owned()) };
        match process.ask(line, self.limits.case) {
            Ok(answer) => Answer::read(&answer, &case.id),
            Err(silence) => {
                let how = self.process.take().map(Process::kill).unwrap_or_default();
                match silence {
                    Silence::TooLate(limit) => {
                        Answer::TimedOut { limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }
                    }
                    Silence::Ended => Answer::Ended(how),
                    Silence::TooLong(bytes) => Answer::Garbled(format!("a line of more than {bytes} bytes")),
                }
            }
        }
    }

    /// Lets it end.
    ///
    /// # Errors
    /// If it does not, or not as it should.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.process.take().map_or(Ok(()), |process| process.stop(self.limits.case))
    }
}

fn started(file: &DriverFile, limits: Limits) -> anyhow::Result<(Process, Identity)> {
    let mut process = Process::spawn(file)?;
    match process.ask(&json!({ "do": "start", "protocol": 1 }).to_string(), limits.start) {
        Ok(line) => match serde_json::from_str(&line) {
            Ok(identity) => Ok((process, identity)),
            Err(error) => Err(anyhow::anyhow!("{}: its answer to start is wrong: {error}: {line}", file.name)),
        },
        Err(silence) => {
            let how = process.kill();
            let hint = file.build.as_deref().map(|build| format!("; is it built? `{build}`")).unwrap_or_default();
            Err(anyhow::anyhow!("{} did not say who it is ({silence}); {how}{hint}", file.name))
        }
    }
}
