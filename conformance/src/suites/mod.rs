//! Where cases come from. A suite computes nothing with the core: what it expects is somebody else's word.

mod mutations;
mod vectors;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use crate::case::Case;
use crate::places::Places;

/// A source of cases.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// How it is asked for.
    pub name: &'static str,
    /// What it is, and where its cases come from.
    pub about: &'static str,
    load: fn(&Places) -> Result<Suite>,
}

/// The cases of a source, and what it has that no case can be made of.
#[derive(Debug, Default)]
pub struct Suite {
    /// How it is asked for.
    pub name: &'static str,
    /// What is run.
    pub cases: Vec<Case>,
    /// What is not, as there is no operation for it yet, or as it is about something else.
    pub unsupported: Vec<Unsupported>,
}

/// Cases of a source that are not run.
#[derive(Clone, Debug, Serialize)]
pub struct Unsupported {
    /// Which ones.
    pub what: String,
    /// How many.
    pub cases: usize,
    /// Why.
    pub reason: String,
}

/// Every suite.
pub const SOURCES: &[Source] = &[
    Source { name: "splitsign", about: "our own vectors, conformance/vectors: one fault each", load: vectors::load },
    Source {
        name: "mutations",
        about: "what is accepted in our own vectors, with bytes changed: all implementations must say the same",
        load: mutations::load,
    },
];

/// Loads the suites of those names, or all of them if there are none.
///
/// # Errors
/// If a name is not known, or a source is not installed or not what it was.
pub fn load(places: &Places, names: &[String]) -> Result<Vec<Suite>> {
    for name in names {
        let known: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
        ensure!(known.contains(&name.as_str()), "there is no suite {name:?}; there are: {}", known.join(", "));
    }
    let chosen = SOURCES.iter().filter(|source| names.is_empty() || names.iter().any(|name| name == source.name));
    chosen.map(|source| loaded(source, places).with_context(|| format!("suite {}", source.name))).collect()
}

fn loaded(source: &Source, places: &Places) -> Result<Suite> {
    let mut suite = (source.load)(places)?;
    suite.name = source.name;
    ensure!(!suite.cases.is_empty(), "it has no cases");
    let mut ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        ensure!(pair.first() != pair.last(), "it has two cases of the id {}", pair.first().unwrap_or(&""));
    }
    for case in &suite.cases {
        let rest = case.id.strip_prefix(source.name).and_then(|rest| rest.strip_prefix('/'));
        ensure!(rest.is_some(), "{}: an id begins with the name of its suite and a slash", case.id);
    }
    Ok(suite)
}
