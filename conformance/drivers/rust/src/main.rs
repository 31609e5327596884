//! The conformance driver of the core itself: `conformance/PROTOCOL.md` on one side, `splitsign-core` on the other.

mod arguments;
mod operations;

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use splitsign_core::operations::Operation;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("splitsign-driver-rust: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers until it is told to stop, or until there is no more to read.
fn serve() -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request: Map<String, Value> = serde_json::from_str(&line?)?;
        let (answer, last) = match request.get("do").and_then(Value::as_str) {
            Some("start") => (started(), false),
            Some("run") => (run(&request), false),
            Some("stop") => (json!({ "stopped": 1 }), true),
            other => anyhow::bail!("`do` is {other:?}, and not start, run or stop"),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
        if last {
            break;
        }
    }
    Ok(())
}

fn started() -> Value {
    let operations: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    json!({
        "name": "rust", "version": env!("CARGO_PKG_VERSION"), "language": "Rust", "operations": operations, "codes": 1
    })
}

fn run(request: &Map<String, Value>) -> Value {
    let id = request.get("id").cloned().unwrap_or_default();
    let name = request.get("operation").and_then(Value::as_str).unwrap_or_default();
    let operation = Operation::ALL.iter().find(|operation| operation.name() == name);
    let arguments = Arguments::read(request.get("arguments"));
    let answer = match (operation, arguments) {
        (None, _) => json!({ "failed": format!("there is no operation {name:?}") }),
        (_, Err(error)) => json!({ "failed": error.to_string() }),
        (Some(operation), Ok(arguments)) => operations::answer(*operation, &arguments),
    };
    let mut answer = answer;
    answer["id"] = id;
    answer
}
