//! Policies as JSON: in the database, in the audit trail, in files that people write.

use alloc::collections::BTreeSet;
use core::fmt::Display;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;
use crate::keys::policy::{Policy, TBS_BYTES_DEFAULT, TBS_BYTES_MAX, Window};

/// A policy that cannot be meant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyError {
    /// A list without members would refuse everything, which `disable` says better.
    #[error("{0} is an empty list, which nothing is in; leave it out to allow all")]
    Empty(&'static str),
    /// A value that is none.
    #[error("{field}: {problem}")]
    Value {
        /// The member.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The end is before the beginning.
    #[error("notAfter is before notBefore: the key would never sign")]
    NeverValid,
    /// A size that cannot be.
    #[error("maxTbsBytes is {0}: write from 1 to {TBS_BYTES_MAX}")]
    Size(u32),
}

/// The members of a policy, not yet checked. Unknown ones are refused: a rule that is misspelt must not be no rule.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/guides/policies.md says what each member means")]
pub struct PolicyDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest_algorithms: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tbs_bytes: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    pub require_tbs: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub require_pinned_version: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<String>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl TryFrom<PolicyDocument> for Policy {
    type Error = PolicyError;

    fn try_from(document: PolicyDocument) -> Result<Self, PolicyError> {
        let max_tbs_bytes = document.max_tbs_bytes.unwrap_or(TBS_BYTES_DEFAULT);
        if !(1..=TBS_BYTES_MAX).contains(&max_tbs_bytes) {
            return Err(PolicyError::Size(max_tbs_bytes));
        }
        let not_before = document.not_before.map(|text| value("notBefore", &text)).transpose()?;
        let not_after: Option<UnixMillis> = document.not_after.map(|text| value("notAfter", &text)).transpose()?;
        if not_after.is_some_and(|end| not_before.is_some_and(|start| end < start)) {
            return Err(PolicyError::NeverValid);
        }
        let hours: Option<BTreeSet<Window>> = set("hours", document.hours)?;
        Ok(Self {
            profiles: set("profiles", document.profiles)?,
            tenants: set("tenants", document.tenants)?,
            digest_algorithms: set("digestAlgorithms", document.digest_algorithms)?,
            max_tbs_bytes,
            require_tbs: document.require_tbs,
            require_pinned_version: document.require_pinned_version,
            not_before,
            not_after,
            hours: hours.map(|windows| windows.into_iter().collect()),
        })
    }
}

impl From<Policy> for PolicyDocument {
    fn from(policy: Policy) -> Self {
        Self {
            profiles: policy.profiles.map(texts),
            tenants: policy.tenants.map(texts),
            digest_algorithms: policy.digest_algorithms.map(texts),
            max_tbs_bytes: Some(policy.max_tbs_bytes),
            require_tbs: policy.require_tbs,
            require_pinned_version: policy.require_pinned_version,
            not_before: policy.not_before.map(|time| time.to_string()),
            not_after: policy.not_after.map(|time| time.to_string()),
            hours: policy.hours.map(texts),
        }
    }
}

fn texts<T: Display>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn value<T: FromStr<Err: Display>>(field: &'static str, text: &str) -> Result<T, PolicyError> {
    text.parse().map_err(|error: T::Err| PolicyError::Value { field, problem: error.to_string() })
}

fn set<T: FromStr<Err: Display> + Ord>(
    field: &'static str,
    texts: Option<Vec<String>>,
) -> Result<Option<BTreeSet<T>>, PolicyError> {
    let Some(texts) = texts else { return Ok(None) };
    if texts.is_empty() {
        return Err(PolicyError::Empty(field));
    }
    texts.iter().map(|text| value(field, text)).collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::{Policy, PolicyDocument};

    #[test]
    fn a_policy_goes_there_and_back() {
        let text = r#"{"profiles":["cose-sign1","jws"],"tenants":["acme","partner"],"digestAlgorithms":["sha-256"],
            "maxTbsBytes":1024,"requireTbs":true,"requirePinnedVersion":true,"notBefore":"2026-01-01T00:00:00Z",
            "notAfter":"2026-12-31T23:59:59.999Z","hours":["mon-fri 08:00-18:00","sat 10:00-24:00"]}"#;
        let policy: Policy = serde_json::from_str(text).unwrap();
        let written = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&written).unwrap(), policy);
        assert!(written.contains(r#""notAfter":"2026-12-31T23:59:59.999Z""#), "{written}");
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
        assert_eq!(serde_json::to_string(&Policy::default()).unwrap(), r#"{"maxTbsBytes":32768}"#);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_member_at_fault() {
        for (text, named) in [
            (r#"{"profile":["jws"]}"#, "profile"),
            (r#"{"profiles":[]}"#, "profiles"),
            (r#"{"profiles":["jwt"]}"#, "jwt"),
            (r#"{"tenants":[]}"#, "tenants"),
            (r#"{"tenants":["Acme"]}"#, "Acme"),
            (r#"{"digestAlgorithms":["sha-1"]}"#, "sha-1"),
            (r#"{"maxTbsBytes":0}"#, "maxTbsBytes"),
            (r#"{"maxTbsBytes":16777217}"#, "maxTbsBytes"),
            (r#"{"notBefore":"2026-01-01"}"#, "notBefore"),
            (r#"{"notBefore":"2026-01-02T00:00:00Z","notAfter":"2026-01-01T00:00:00Z"}"#, "notAfter"),
            (r#"{"hours":[]}"#, "hours"),
            (r#"{"hours":["mon 9-17"]}"#, "hours"),
        ] {
            let error = serde_json::from_str::<Policy>(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
        let same = r#"{"notBefore":"2026-01-01T00:00:00Z","notAfter":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Policy>(same).is_ok(), "one millisecond is a time");
        assert!(PolicyDocument::default().hours.is_none());
    }
}
