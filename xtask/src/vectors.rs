//! Our own conformance vectors: that they are what their generator writes and their schema says, and that none is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use splitsign_core::operations::Operation;
use splitsign_core::{Code, limits};

use xtask_host::process::run;
use xtask_host::python::Environment;

const VECTORS: &str = "conformance/vectors";

/// How many vectors an operation has at least: one that parses what came from anywhere, or another one.
const AT_LEAST: (usize, usize) = (25, 15);
/// How many vectors have two faults, over all operations, to pin the order of errors.
const ORDERED: usize = 30;

/// Codes that no vector can raise, and why.
const NO_VECTOR: &[(Code, &str)] = &[
    (Code::OutputTooSmall, "the protocol has no buffers: a driver gives enough"),
    (Code::LengthMismatch, "a driver announces the length of the payload that it was given"),
    (Code::DigestMismatch, "no operation of the protocol goes on with a digest that the caller kept"),
    (Code::InvalidArgument, "bindings raise it for what the protocol cannot say: wrong types, missing arguments"),
];

/// Limits that no vector can reach, and why.
const NO_LIMIT: &[(&str, &str)] = &[("OBJECT_BYTES", "a vector of two gibibytes is none")];

#[derive(Deserialize)]
struct File {
    operation: String,
    part: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    spec: String,
    expect: Value,
}

/// Everything that can be said about the vectors without running them.
pub(crate) fn check(root: &Path, python: &Environment) -> Result<()> {
    let generator = root.join(VECTORS).join("generate");
    let same = run("generate the vectors again", Command::new(python.python()).arg(&generator).arg("--check"));
    same.with_context(|| format!("`python {VECTORS}/generate` writes them anew"))?;
    run("vectors against their schema", Command::new(python.python()).arg(generator.join("check_schema.py")))?;
    for (code, raised) in coverage(root)? {
        match raised.first() {
            Some(first) => eprintln!("    {code}: {} vectors, {first}", raised.len()),
            None => eprintln!("    {code}: none"),
        }
    }
    Ok(())
}

/// Which vectors raise each code. Fails if one has none and should have, and if an operation or a limit has too few.
fn coverage(root: &Path) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let files = files(root)?;
    let mut raised: BTreeMap<&str, Vec<String>> = Code::ALL.iter().map(|code| (code.name(), Vec::new())).collect();
    for file in files.iter().filter(|file| file.part != "order") {
        for vector in &file.vectors {
            let Some(code) = vector.expect.get("code").and_then(Value::as_str) else { continue };
            let name = format!("{}/{}", file.operation, vector.id);
            raised.get_mut(code).with_context(|| format!("{name}: there is no code {code}"))?.push(name);
        }
    }
    for code in Code::ALL {
        let count = raised.get(code.name()).map_or(0, Vec::len);
        match NO_VECTOR.iter().find(|(exempt, _)| exempt == code) {
            Some((_, reason)) => ensure!(count == 0, "{}: {count} vectors raise it, although {reason}", code.name()),
            None => ensure!(count > 0, "{}: no vector raises it", code.name()),
        }
    }
    counts(&files)?;
    at_the_limit(&files)?;
    Ok(raised)
}

fn counts(files: &[File]) -> Result<()> {
    for operation in Operation::ALL {
        let name = operation.name();
        let parses = name.starts_with("key_from_")
            || name.starts_with("signature_")
            || name.starts_with("verify_")
            || name.ends_with("_verify")
            || name.ends_with("_inspect");
        let least = if parses { AT_LEAST.0 } else { AT_LEAST.1 };
        let own = files.iter().filter(|file| file.operation == name && file.part != "order");
        let count: usize = own.map(|file| file.vectors.len()).sum();
        ensure!(count >= least, "{name}: {count} vectors, and there should be {least}");
    }
    let ordered: usize = files.iter().filter(|file| file.part == "order").map(|file| file.vectors.len()).sum();
    ensure!(ordered >= ORDERED, "{ordered} vectors have two faults, and there should be {ORDERED}");
    Ok(())
}

/// Each limit has a vector that reaches it and one that goes beyond.
fn at_the_limit(files: &[File]) -> Result<()> {
    for (name, _) in limits::ALL {
        let spec = format!("splitsign limits, {name}");
        let has = |part: &str| {
            files.iter().any(|file| file.part == part && file.vectors.iter().any(|vector| vector.spec == spec))
        };
        match NO_LIMIT.iter().find(|(exempt, _)| exempt == name) {
            Some((_, reason)) => ensure!(!has("refused"), "{name}: a vector exceeds it, although {reason}"),
            None => ensure!(has("accepted") && has("refused"), "{name}: a vector should reach it, and one exceed it"),
        }
    }
    Ok(())
}

fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for operation in Operation::ALL {
        let folder = root.join(VECTORS).join(operation.name());
        for part in ["accepted", "refused", "order"] {
            let path = folder.join(part).with_extension("json");
            // Not every operation refuses something, and not every one has an order.
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let file: File = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("{VECTORS} has no vectors");
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{VECTORS, coverage};
    use serde_json::Value;
    use splitsign_core::operations::Operation;
    use splitsign_core::{Code, limits};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
    }

    fn read(name: &str) -> String {
        fs::read_to_string(root().join(VECTORS).join(name)).unwrap()
    }

    #[test]
    fn every_code_operation_and_limit_has_its_vectors() {
        if let Err(error) = coverage(&root()) {
            panic!("{error:#}");
        }
    }

    #[test]
    fn schema_has_the_codes_and_operations_of_the_core() {
        let schema: Value = serde_json::from_str(&read("schema.json")).unwrap();
        let list = |pointer: &str| schema.pointer(pointer).and_then(Value::as_array).unwrap().clone();
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(list("/$defs/code/enum"), codes);
        let operations: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        assert_eq!(list("/properties/operation/enum"), operations);
    }

    #[test]
    fn generator_has_the_limits_of_the_core() {
        let text = read("generate/limits.py");
        let theirs: Vec<(&str, usize)> = text
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, number)| (name, number.parse().unwrap()))
            .collect();
        let ours: Vec<(&str, usize)> =
            limits::ALL.iter().filter(|(name, _)| *name != "OBJECT_BYTES").copied().collect();
        assert_eq!(theirs, ours);
    }

    #[test]
    fn generator_is_pinned_to_what_the_tests_install() {
        let locked = fs::read_to_string(root().join("conformance/strangers/requirements.txt")).unwrap();
        let pinned = read("generate/requirements.txt");
        let pins: Vec<&str> = pinned.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(!pins.is_empty());
        for pin in pins {
            assert!(locked.lines().any(|line| line == pin), "{pin}");
        }
    }
}
