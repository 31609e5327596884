//! The grammar of what names a key in Transit, and the names that new keys get.
//!
//! ```abnf
//! reference = "hashivault://" key-name [ "/versions/" version ]    ; without a version: the latest one
//! key-name  = word [ *( word / "-" / "." ) word ]                  ; Transit's own rule
//! word      = ALPHA / DIGIT / "_"
//! version   = %x31-39 *8DIGIT
//! ```
//!
//! The scheme is that of other tools; the version is written as cloud services write it. What is stored always has one.

use core::fmt;

use crate::providers::{ErrorClass, KeyReference, ProviderError};

use super::error::GUIDE;

const SCHEME: &str = "hashivault://";
const VERSIONS: &str = "/versions/";
/// Bytes: the longest name. Room for the longest key id, with every character of it doubled.
const NAME_BYTES_MAX: usize = 300;
/// What the names of keys that are made here start with.
const PREFIX: &str = "splitsign-";

/// A key in Transit, and one version of it or the latest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeyName<'a> {
    name: &'a str,
    version: Option<u32>,
}

impl<'a> KeyName<'a> {
    /// Reads a reference.
    pub(super) fn parse(reference: &'a KeyReference) -> Result<Self, ProviderError> {
        Self::from_text(reference.as_str()).ok_or_else(|| {
            let given = reference.as_str().escape_debug();
            let message = format!(
                "`{given}` is no name of a Transit key: write {SCHEME}NAME or {SCHEME}NAME{VERSIONS}NUMBER; see {GUIDE}"
            );
            ProviderError::new(ErrorClass::Invalid, message)
        })
    }

    fn from_text(text: &'a str) -> Option<Self> {
        let path = text.strip_prefix(SCHEME)?;
        let (name, version) = match path.split_once('/') {
            Some((name, _)) => (name, Some(version(path[name.len()..].strip_prefix(VERSIONS)?)?)),
            None => (path, None),
        };
        is_name(name).then_some(Self { name, version })
    }

    /// The same key, pinned to a version.
    pub(super) const fn at(name: &'a str, version: u32) -> Self {
        Self { name, version: Some(version) }
    }

    /// The name in Transit.
    pub(super) const fn name(&self) -> &'a str {
        self.name
    }

    /// The version that it is pinned to.
    pub(super) const fn version(&self) -> Option<u32> {
        self.version
    }

    /// The reference that is stored.
    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(self.to_string())
    }
}

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.name)?;
        self.version.map_or(Ok(()), |version| write!(f, "{VERSIONS}{version}"))
    }
}

/// The name of the key that is made for a key id: `splitsign-TENANT_NAME`, with every `_` of theirs doubled. As a name
/// never starts with `_`, no two ids have the same one.
pub(super) fn name_for(key_id: &str) -> Result<String, ProviderError> {
    let name = key_id.split_once('/').map(|(tenant, name)| {
        let doubled = |label: &str| label.replace('_', "__");
        format!("{PREFIX}{}_{}", doubled(tenant), doubled(name))
    });
    name.filter(|name| is_name(name)).ok_or_else(|| {
        let message = format!(
            "Transit cannot have a key named after {}: take a key id whose name ends in a letter, a digit or `_`; see \
             {GUIDE}",
            key_id.escape_debug()
        );
        ProviderError::new(ErrorClass::Invalid, message)
    })
}

fn version(text: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0');
    if is_number { text.parse().ok() } else { None }
}

fn is_name(name: &str) -> bool {
    let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let bytes = name.as_bytes();
    bytes.len() <= NAME_BYTES_MAX
        && bytes.first().is_some_and(|first| is_word(*first))
        && bytes.last().is_some_and(|last| is_word(*last))
        && bytes.iter().all(|c| is_word(*c) || matches!(c, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::{KeyName, name_for};
    use crate::providers::{ErrorClass, KeyReference};

    #[test]
    fn names_come_with_and_without_a_version() {
        for (uri, name, version) in [
            ("hashivault://acme", "acme", None),
            ("hashivault://a.B-c_9", "a.B-c_9", None),
            ("hashivault://acme/versions/1", "acme", Some(1)),
            ("hashivault://acme/versions/999999999", "acme", Some(999_999_999)),
        ] {
            let reference = KeyReference::new(uri);
            let parsed = KeyName::parse(&reference).unwrap();
            assert_eq!((parsed.name(), parsed.version()), (name, version), "{uri}");
            assert_eq!(parsed.reference(), reference);
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        for bad in [
            "",
            "acme",
            "hashivault:",
            "hashivault://",
            "hashivault:///acme",
            "hashivault://acme/",
            "hashivault://acme/versions",
            "hashivault://acme/versions/",
            "hashivault://acme/versions/0",
            "hashivault://acme/versions/01",
            "hashivault://acme/versions/+1",
            "hashivault://acme/versions/latest",
            "hashivault://acme/versions/1000000000",
            "hashivault://acme/versions/1/2",
            "hashivault://acme/../sys",
            "hashivault://..",
            "hashivault://-acme",
            "hashivault://acme-",
            "hashivault://acme?x=y",
            "hashivault://acme%2f",
            "hashivault://acmé",
            "hashivault://acme\n",
            "awskms:///alias/acme",
        ] {
            let reference = KeyReference::new(bad);
            let error = KeyName::parse(&reference).expect_err(bad);
            assert_eq!(error.class(), ErrorClass::Invalid, "{bad:?}");
        }
        let long = KeyReference::new(format!("hashivault://{}", "a".repeat(301)));
        assert_eq!(KeyName::parse(&long).unwrap_err().class(), ErrorClass::Invalid);
    }

    #[test]
    fn different_key_ids_have_different_names() {
        assert_eq!(name_for("acme/c2pa").unwrap(), "splitsign-acme_c2pa");
        let names = ["a_/b", "a/b", "a__b/c", "a/b__c", "a_b/c", "a/b_c"].map(|id| name_for(id).unwrap());
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
        for name in &names {
            assert_eq!(KeyName::parse(&KeyReference::new(format!("hashivault://{name}"))).unwrap().name(), name);
        }
        for refused in ["acme/c2pa-", "acme/c2pa.", "acme"] {
            assert_eq!(name_for(refused).unwrap_err().class(), ErrorClass::Invalid, "{refused}");
        }
        let longest = "_".repeat(63);
        name_for(&format!("a{longest}/a{longest}")).unwrap();
    }
}
