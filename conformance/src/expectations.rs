//! `expectations/<driver>.toml`: cases that a driver is known not to pass, each with the reason. They still run.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::answer::Answer;
use crate::places::Places;

/// Cases that a driver is known not to pass.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    #[serde(default)]
    divergence: Vec<Divergence>,
}

/// Some cases, and what they come to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Ids of cases; `*` stands for any characters.
    pub cases: Vec<String>,
    /// What they come to: `bytes`, `accepted`, `refused`, `failed`, `timed_out`, `ended` or `garbled`.
    pub answer: String,
    /// Why that is so, and why it stays.
    pub reason: String,
}

const KINDS: [&str; 7] = ["bytes", "accepted", "refused", "failed", "timed_out", "ended", "garbled"];

impl Expectations {
    /// Reads those of a driver; a driver without a file has none.
    ///
    /// # Errors
    /// If the file has what is not known, or a divergence without a reason.
    pub fn read(places: &Places, driver: &str) -> Result<Self> {
        let path = places.conformance().join("expectations").join(format!("{driver}.toml"));
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let all: Self = toml::from_str(text)?;
        for divergence in &all.divergence {
            let name = divergence.cases.join(", ");
            ensure!(!divergence.cases.is_empty(), "a divergence has no cases");
            ensure!(divergence.reason.len() >= 20, "{name}: give a reason that a stranger understands");
            ensure!(
                KINDS.contains(&divergence.answer.as_str()),
                "{name}: answer is {:?}, and not one of {}",
                divergence.answer,
                KINDS.join(", ")
            );
        }
        Ok(all)
    }

    /// The divergence that covers a case, if there is one.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Divergence> {
        self.divergence.iter().find(|divergence| divergence.cases.iter().any(|pattern| matches(pattern, id)))
    }

    /// Patterns that cover none of these cases, of the suites that were run: they have outlived what they were for.
    #[must_use]
    pub fn stale(&self, suites: &[&str], ids: &[&str]) -> Vec<String> {
        let patterns = self.divergence.iter().flat_map(|divergence| &divergence.cases);
        let of_these = patterns.filter(|pattern| {
            pattern.split_once('/').is_none_or(|(suite, _)| suites.iter().any(|name| matches(suite, name)))
        });
        of_these.filter(|pattern| !ids.iter().any(|id| matches(pattern, id))).cloned().collect()
    }
}

impl Divergence {
    /// Whether the answer is the one that is known.
    #[must_use]
    pub fn covers(&self, answer: &Answer) -> bool {
        self.answer == answer.kind()
    }
}

/// Whether a pattern, in which `*` stands for any characters, is that of a text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(between) = last.replace(part) {
            let Some((_, behind)) = rest.split_once(between) else { return false };
            rest = behind;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::{Expectations, matches};
    use crate::answer::Answer;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/bc", true),
            ("a/*", "b/bc", false),
            ("*", "", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("a*ab", "ab", false),
            ("*b*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_divergence_needs_a_reason_and_a_known_answer() {
        let text = |answer: &str, reason: &str| {
            format!("[[divergence]]\ncases = [\"cose/*\"]\nanswer = \"{answer}\"\nreason = \"{reason}\"\n")
        };
        let long = "this library reads BER where the standard has DER";
        assert!(Expectations::parse(&text("accepted", long)).is_ok());
        assert!(Expectations::parse(&text("accepted", "")).is_err());
        assert!(Expectations::parse(&text("passes", long)).is_err());
        let all = Expectations::parse(&text("accepted", long)).unwrap();
        let found = all.of("cose/one").unwrap();
        assert!(found.covers(&Answer::Accepted(serde_json::Map::new())));
        assert!(!found.covers(&Answer::Failed(String::new())));
        assert!(all.of("jose/one").is_none());
    }

    #[test]
    fn a_pattern_for_no_case_is_stale_if_its_suite_was_run() {
        let text =
            "[[divergence]]\ncases = [\"cose/gone\"]\nanswer = \"refused\"\nreason = \"it was so in the last version\"";
        let all = Expectations::parse(text).unwrap();
        assert_eq!(all.stale(&["cose"], &["cose/one"]), ["cose/gone"]);
        assert!(all.stale(&["jose"], &["jose/one"]).is_empty());
    }
}
