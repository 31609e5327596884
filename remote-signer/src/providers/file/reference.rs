//! The grammar of `file:` references. Every part becomes a name in the file system, so nothing passes that could
//! leave the directory, or be two names on one system and one on another.
//!
//! ```abnf
//! reference = "file:" tenant "/" name "/" version
//! tenant    = label                    ; but not "development-ca." and what follows, which are files of ours
//! name      = label
//! label     = ( %x61-7A / DIGIT ) *63( %x61-7A / DIGIT / "." / "_" / "-" )
//! version   = %x31-39 *DIGIT           ; at most 4294967295
//! ```

use std::path::{Path, PathBuf};

use crate::providers::{ErrorClass, KeyReference, ProviderError};

/// The longest label in characters: what a certificate's common name takes (RFC 5280, ub-common-name).
const LABEL_CHARACTERS_MAX: usize = 64;

/// Files of the development CA begin with this, beside the folders of the tenants.
pub(super) const DEVELOPMENT_CA: &str = "development-ca";

/// Which key version.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Location {
    tenant: String,
    name: String,
    version: u32,
}

impl Location {
    /// From a key id, `tenant/name`, and a version.
    pub(super) fn new(key_id: &str, version: u32) -> Result<Self, ProviderError> {
        match key_id.split_once('/') {
            Some((tenant, name)) if is_tenant(tenant) && is_label(name) && version > 0 => {
                Ok(Self { tenant: tenant.to_owned(), name: name.to_owned(), version })
            }
            _ => Err(ProviderError::new(
                ErrorClass::Invalid,
                format!(
                    "`{}` version {version} is no name for a key file: write tenant/name, each of 1 to 64 \
                     characters a-z 0-9 . _ - that start with a letter or digit, and a version from 1",
                    key_id.escape_debug()
                ),
            )),
        }
    }

    /// From `file:tenant/name/version`.
    pub(super) fn parse(reference: &KeyReference) -> Result<Self, ProviderError> {
        let parsed = reference.as_str().strip_prefix("file:").and_then(|path| {
            let (key_id, version) = path.rsplit_once('/')?;
            // `parse` takes `+1` and `01` too, which would be second names of the same key.
            let number = version.parse().ok().filter(|number: &u32| number.to_string() == version)?;
            Self::new(key_id, number).ok()
        });
        parsed.ok_or_else(|| {
            ProviderError::new(
                ErrorClass::Invalid,
                format!(
                    "`{}` is no reference of the provider file: write file:tenant/name/version",
                    reference.as_str().escape_debug()
                ),
            )
        })
    }

    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(self.to_string())
    }

    /// The common name of its certificate: the key id, cut where X.509 ends a name.
    pub(super) fn common_name(&self) -> String {
        format!("{}/{}", self.tenant, self.name).chars().take(LABEL_CHARACTERS_MAX).collect()
    }

    /// The file of this version that has this extension.
    pub(super) fn file(&self, directory: &Path, extension: &str) -> PathBuf {
        directory.join(&self.tenant).join(&self.name).join(format!("{}.{extension}", self.version))
    }
}

impl core::fmt::Display for Location {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "file:{}/{}/{}", self.tenant, self.name, self.version)
    }
}

fn is_tenant(text: &str) -> bool {
    is_label(text) && text.strip_prefix(DEVELOPMENT_CA).is_none_or(|rest| !rest.starts_with('.'))
}

fn is_label(text: &str) -> bool {
    let is_alphanumeric = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=LABEL_CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|c| is_alphanumeric(c) || matches!(c, b'.' | b'_' | b'-'))
        && text.bytes().next().is_some_and(is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Location;
    use crate::providers::{ErrorClass, KeyReference};

    #[test]
    fn references_come_back_unchanged() {
        for uri in
            ["file:acme/c2pa/1", "file:a/b/4294967295", "file:acme.example/key_2-x/12", "file:development-ca/a/1"]
        {
            let location = Location::parse(&KeyReference::new(uri)).unwrap();
            assert_eq!(location.reference().as_str(), uri);
        }
        let location = Location::parse(&KeyReference::new("file:acme/c2pa/3")).unwrap();
        assert_eq!(location.file(Path::new("/keys"), "age"), Path::new("/keys/acme/c2pa/3.age"));
    }

    #[test]
    fn nothing_else_is_a_reference() {
        let long = "a".repeat(65);
        for uri in [
            "",
            "file:",
            "acme/c2pa/1",
            "FILE:acme/c2pa/1",
            "file:acme/c2pa",
            "file:acme/c2pa/0",
            "file:acme/c2pa/01",
            "file:acme/c2pa/+1",
            "file:acme/c2pa/4294967296",
            "file:acme/c2pa/1/",
            "file:acme/c2pa/1.age",
            "file:acme/c2pa/x/1",
            "file:/acme/c2pa/1",
            "file:///acme/c2pa/1",
            "file:../c2pa/1",
            "file:acme/../1",
            "file:acme/./1",
            "file:acme/.c2pa/1",
            "file:acme//1",
            "file:acme\\x/c2pa/1",
            "file:acme/c2pa\0/1",
            "file:acme/c2pa\n/1",
            "file:Acme/c2pa/1",
            "file:acmé/c2pa/1",
            "file:acme%2f/c2pa/1",
            "file:development-ca.age/c2pa/1",
            &format!("file:{long}/c2pa/1"),
        ] {
            let error = Location::parse(&KeyReference::new(uri)).expect_err(uri);
            assert_eq!(error.class(), ErrorClass::Invalid, "{uri:?}");
            assert!(!error.message().contains(['\0', '\n']), "{uri:?}");
        }
    }

    #[test]
    fn common_names_end_where_x509_ends_them() {
        let location = Location::new(&format!("{}/b", "a".repeat(64)), 1).unwrap();
        assert_eq!(location.common_name(), "a".repeat(64));
    }
}
