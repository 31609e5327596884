//! The grammar of what names a key in Cloud KMS.
//!
//! ```abnf
//! reference = [ "gcpkms://" ] version
//! version   = crypto-key "/cryptoKeyVersions/" NON-ZERO-DIGIT *9DIGIT
//! crypto-key = key-ring "/cryptoKeys/" id
//! key-ring  = "projects/" project "/locations/" id "/keyRings/" id
//! project   = 1*128( ALPHA / DIGIT / "-" / "_" / "." / ":" )               ; ids of domains have both of the last
//! id        = 1*63( ALPHA / DIGIT / "-" / "_" )
//! ```

use core::fmt;

use crate::providers::{ErrorClass, KeyReference, ProviderError};

const SCHEME: &str = "gcpkms://";

/// One version of a key, by its resource name; it never names another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct VersionName<'a>(&'a str);

impl<'a> VersionName<'a> {
    /// Reads a reference, with or without the scheme.
    pub(super) fn parse(reference: &'a KeyReference) -> Result<Self, ProviderError> {
        let text = reference.as_str().strip_prefix(SCHEME).unwrap_or(reference.as_str());
        Self::from_text(text).ok_or_else(|| {
            ProviderError::new(
                ErrorClass::Invalid,
                format!(
                    "`{}` is no name of a version of a key in Cloud KMS: give \
                     projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N, with or without {SCHEME} before \
                     it; the version is part of it, as a key without one signs nothing",
                    reference.as_str().escape_debug()
                ),
            )
        })
    }

    /// A resource name, as KMS answers with it.
    pub(super) fn from_text(text: &'a str) -> Option<Self> {
        let (key, version) = text.rsplit_once("/cryptoKeyVersions/")?;
        let (ring, id) = key.rsplit_once("/cryptoKeys/")?;
        let is_number = (1..=10).contains(&version.len())
            && version.bytes().all(|c| c.is_ascii_digit())
            && !version.starts_with('0');
        (is_key_ring(ring) && is_id(id) && is_number).then_some(Self(text))
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.0
    }

    /// The reference that is stored.
    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(format!("{SCHEME}{}", self.0))
    }
}

impl fmt::Display for VersionName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether a text is the resource name of a key ring.
pub(super) fn is_key_ring(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    matches!(parts.as_slice(), ["projects", project, "locations", location, "keyRings", ring]
        if is_project(project) && is_id(location) && is_id(ring))
}

fn is_project(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b':'))
        // The parts of a path that mean another path.
        && !text.starts_with('.')
}

fn is_id(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::{VersionName, is_key_ring};
    use crate::providers::{ErrorClass, KeyReference};

    const NAME: &str = "projects/acme/locations/europe-west3/keyRings/signer/cryptoKeys/c2pa/cryptoKeyVersions/1";

    #[test]
    fn names_come_with_and_without_the_scheme() {
        let domain = NAME.replace("acme", "example.com:acme").replace("/1", "/12");
        for name in [NAME, &domain] {
            for uri in [name.to_owned(), format!("gcpkms://{name}")] {
                let reference = KeyReference::new(uri);
                let parsed = VersionName::parse(&reference).unwrap();
                assert_eq!(parsed.as_str(), name);
                assert_eq!(parsed.reference().as_str(), format!("gcpkms://{name}"));
            }
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        let key = NAME.strip_suffix("/cryptoKeyVersions/1").unwrap();
        for bad in [
            "",
            "gcpkms://",
            key,
            &format!("gcpkms:///{NAME}"),
            &format!("{NAME}/"),
            &format!("{NAME}:asymmetricSign"),
            &format!("{key}/cryptoKeyVersions/0"),
            &format!("{key}/cryptoKeyVersions/01"),
            &format!("{key}/cryptoKeyVersions/latest"),
            &format!("{key}/cryptoKeyVersions/12345678901"),
            &NAME.replace("acme", ".."),
            &NAME.replace("acme", "a/b"),
            &NAME.replace("c2pa", "c2pa?x=y"),
            &NAME.replace("c2pa", "c2pa%2f"),
            &NAME.replace("c2pa", ""),
            &NAME.replace("signer", &"x".repeat(64)),
            &NAME.replace("keyRings", "keyrings"),
            "awskms:///alias/acme",
        ] {
            let reference = KeyReference::new(bad);
            assert_eq!(VersionName::parse(&reference).expect_err(bad).class(), ErrorClass::Invalid, "{bad:?}");
        }
        assert!(is_key_ring("projects/acme/locations/global/keyRings/a"));
        assert!(!is_key_ring("projects/acme/locations/global/keyRings/a/cryptoKeys/b"));
    }
}
