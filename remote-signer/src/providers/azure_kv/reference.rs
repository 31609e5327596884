//! The grammar of what names a key in Azure Key Vault: a key identifier with another scheme.
//!
//! ```abnf
//! reference = "azurekms://" host [ ":" 1*5DIGIT ] "/keys/" name "/" version
//! host      = 1*253( ALPHA / DIGIT / "-" / "." )
//! name      = 1*127( ALPHA / DIGIT / "-" )
//! version   = 32HEXDIG
//! ```

use core::fmt;

use crate::providers::{ErrorClass, KeyReference, ProviderError};

const SCHEME: &str = "azurekms://";

/// One version of a key, by its identifier; it never names another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeyName<'a> {
    /// The identifier without its scheme.
    text: &'a str,
    vault: &'a str,
    /// From `/keys/` on.
    path: &'a str,
}

impl<'a> KeyName<'a> {
    /// Reads a reference.
    pub(super) fn parse(reference: &'a KeyReference) -> Result<Self, ProviderError> {
        reference.as_str().strip_prefix(SCHEME).and_then(Self::from_text).ok_or_else(|| {
            ProviderError::new(
                ErrorClass::Invalid,
                format!(
                    "`{}` is no name of a version of a key in Key Vault: give {SCHEME}VAULT.vault.azure.net/keys/NAME/VERSION, \
                     which is the key identifier with another scheme; the version is part of it, as the newest one may \
                     change",
                    reference.as_str().escape_debug()
                ),
            )
        })
    }

    /// A key identifier, as Key Vault answers with it.
    pub(super) fn from_kid(kid: &'a str) -> Option<Self> {
        Self::from_text(kid.strip_prefix("https://").or_else(|| kid.strip_prefix("http://"))?)
    }

    fn from_text(text: &'a str) -> Option<Self> {
        let (vault, _) = text.split_once('/')?;
        let path = text.get(vault.len()..)?;
        let (name, version) = path.strip_prefix("/keys/")?.split_once('/')?;
        let (host, port) = vault.split_once(':').map_or((vault, None), |(host, port)| (host, Some(port)));
        let is_host = (1..=253).contains(&host.len())
            && host.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'));
        let is_port = port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|c| c.is_ascii_digit()));
        let is_name = (1..=127).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        let is_version = version.len() == 32 && version.bytes().all(|c| c.is_ascii_hexdigit());
        (is_host && is_port && is_name && is_version).then_some(Self { text, vault, path })
    }

    /// The identifier without its scheme, for messages.
    pub(super) fn as_str(&self) -> &'a str {
        self.text
    }

    /// Host and port of the vault.
    pub(super) fn vault(&self) -> &'a str {
        self.vault
    }

    /// `/keys/NAME/VERSION`
    pub(super) fn path(&self) -> &'a str {
        self.path
    }

    /// Whether an answer from the key `kid` is one to a question to this name. Names in Azure have no case.
    pub(super) fn is_answered_by(&self, kid: &str) -> bool {
        KeyName::from_kid(kid).is_some_and(|answered| answered.text.eq_ignore_ascii_case(self.text))
    }

    /// The reference that is stored.
    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(format!("{SCHEME}{}", self.text))
    }
}

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyName;
    use crate::providers::{ErrorClass, KeyReference};

    const NAME: &str = "acme.vault.azure.net/keys/c2pa/78deebed173b48e48f55abf87ed4cf71";

    #[test]
    fn a_name_is_a_key_identifier_with_another_scheme() {
        for name in [NAME.to_owned(), NAME.replace("acme.vault.azure.net", "127.0.0.1:8443")] {
            let reference = KeyReference::new(format!("azurekms://{name}"));
            let parsed = KeyName::parse(&reference).unwrap();
            assert_eq!(parsed.as_str(), name);
            assert_eq!(parsed.reference(), reference);
            assert_eq!(format!("{}{}", parsed.vault(), parsed.path()), name);
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        for bad in [
            "",
            "azurekms://",
            NAME,
            &format!("https://{NAME}"),
            &format!("azurekms:///{NAME}"),
            &format!("azurekms://{NAME}/"),
            &format!("azurekms://{NAME}/sign"),
            &format!("azurekms://{NAME}?x=y"),
            &format!("azurekms://user@{NAME}"),
            "azurekms://acme.vault.azure.net/keys/c2pa",
            "azurekms://acme.vault.azure.net/keys/c2pa/latest",
            "azurekms://acme.vault.azure.net/keys//78deebed173b48e48f55abf87ed4cf71",
            "azurekms://acme.vault.azure.net/keys/../78deebed173b48e48f55abf87ed4cf71",
            "azurekms://acme.vault.azure.net/secrets/c2pa/78deebed173b48e48f55abf87ed4cf71",
            "azurekms://acme.vault.azure.net:443x/keys/c2pa/78deebed173b48e48f55abf87ed4cf71",
            "gcpkms://projects/acme",
        ] {
            let reference = KeyReference::new(bad);
            assert_eq!(KeyName::parse(&reference).expect_err(bad).class(), ErrorClass::Invalid, "{bad:?}");
        }
    }

    #[test]
    fn only_the_version_that_was_asked_may_answer() {
        let reference = KeyReference::new(format!("azurekms://{NAME}"));
        let asked = KeyName::parse(&reference).unwrap();
        assert!(asked.is_answered_by(&format!("https://{NAME}")));
        assert!(asked.is_answered_by(&format!("https://{}", NAME.replace("acme", "ACME"))));
        for other in [
            NAME.to_owned(),
            format!("https://{}", NAME.replace("cf71", "cf72")),
            format!("https://{}", NAME.replace("acme", "other")),
            format!("https://{}", NAME.replace("c2pa", "jws")),
            "https://acme.vault.azure.net/keys/c2pa".to_owned(),
            String::new(),
        ] {
            assert!(!asked.is_answered_by(&other), "{other}");
        }
    }
}
