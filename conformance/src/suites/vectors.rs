//! `conformance/vectors/<operation>/*.json`: our own vectors. `conformance/vectors/README.md` says what they are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use splitsign_core::operations::Operation;

use super::Suite;
use crate::case::{Case, Expectation, Members};
use crate::places::Places;

#[derive(Deserialize)]
struct File {
    operation: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    why: String,
    spec: String,
    arguments: Members,
    expect: Expectation,
    /// In files whose vectors are of several operations.
    operation: Option<String>,
}

pub(super) fn load(places: &Places) -> Result<Suite> {
    let mut suite = Suite::default();
    for path in files(&places.conformance().join("vectors"))? {
        read(&path, &mut suite).with_context(|| path.display().to_string())?;
    }
    Ok(suite)
}

/// The files of all operations, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    let mut files = Vec::new();
    for operation in entries(folder)?.into_iter().filter(|path| path.is_dir() && !path.ends_with("generate")) {
        files.extend(entries(&operation)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")));
    }
    Ok(files)
}

fn read(path: &Path, suite: &mut Suite) -> Result<()> {
    let file: File = serde_json::from_str(&fs::read_to_string(path)?)?;
    let part = path.parent().and_then(Path::file_name).context("it is in no folder")?.to_string_lossy().into_owned();
    for vector in file.vectors {
        let name = vector.operation.as_ref().unwrap_or(&file.operation);
        let operation = Operation::ALL.iter().find(|operation| operation.name() == name);
        let operation = *operation.with_context(|| format!("{}: there is no operation {name:?}", vector.id))?;
        ensure!(!vector.why.is_empty() && !vector.spec.is_empty(), "{}: it does not say why, or where", vector.id);
        suite.cases.push(Case {
            id: format!("splitsign/{part}/{}", vector.id),
            operation,
            arguments: vector.arguments,
            expected: vector.expect,
            why: vector.why,
            spec: vector.spec,
        });
    }
    Ok(())
}
