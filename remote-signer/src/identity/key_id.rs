//! The names of tenants and keys.
//!
//! ```abnf
//! key-id  = tenant "/" name
//! tenant  = label
//! name    = label
//! label   = ( ALPHA-LOWER / DIGIT ) *63( ALPHA-LOWER / DIGIT / "." / "_" / "-" )
//! ```

use core::fmt;
use core::str::FromStr;

/// Characters: the longest tenant or key name. A DNS label has 63, and a provider's alias must hold both and a version.
const LABEL_CHARACTERS: usize = 64;

/// A name that is not one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdError {
    /// A key id without exactly one slash.
    #[error("`{0}` is not a key id: write it as tenant/name, for instance acme/c2pa")]
    NotTwoParts(String),
    /// A tenant or a name with a character that may not be in it.
    #[error("`{0}` is not a name: 1 to 64 characters of a-z 0-9 . _ - that start with a letter or a digit")]
    InvalidLabel(String),
    /// A version that is no number.
    #[error("`{0}` is not a key version: write a number from 1")]
    NotANumber(String),
    /// Versions count from 1.
    #[error("{0} is not a key version: versions count from 1")]
    InvalidVersion(i64),
}

/// Somebody who owns keys, apart from everybody else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TenantId(String);

impl TenantId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_label(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key of a tenant, `tenant/name`; its versions come and go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId {
    text: String,
    tenant: TenantId,
}

impl KeyId {
    /// The text, `tenant/name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whose key it is.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

impl FromStr for KeyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (tenant, name) = text.split_once('/').ok_or_else(|| IdError::NotTwoParts(shortened(text)))?;
        let tenant = tenant.parse()?;
        check_label(name)?;
        Ok(Self { text: text.to_owned(), tenant })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A version of a key, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyVersion(u32);

impl KeyVersion {
    /// The version that a new key starts with.
    pub const FIRST: Self = Self(1);

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The one after it; `None` after the last one that there can be.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl FromStr for KeyVersion {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // One spelling for each number.
        let is_plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<i64> = text.parse().ok().filter(|_| is_plain || text == "0");
        number.ok_or_else(|| IdError::NotANumber(shortened(text))).and_then(Self::try_from)
    }
}

impl TryFrom<i64> for KeyVersion {
    type Error = IdError;

    fn try_from(number: i64) -> Result<Self, IdError> {
        match u32::try_from(number) {
            Ok(number @ 1..) => Ok(Self(number)),
            _ => Err(IdError::InvalidVersion(number)),
        }
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn check_label(text: &str) -> Result<(), IdError> {
    let inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let starts_well = text.as_bytes().first().is_some_and(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    if starts_well && text.len() <= LABEL_CHARACTERS && text.bytes().all(inner) {
        return Ok(());
    }
    Err(IdError::InvalidLabel(shortened(text)))
}

/// What a stranger sent is shown, but not all of it.
fn shortened(text: &str) -> String {
    text.chars().take(LABEL_CHARACTERS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{IdError, KeyId, KeyVersion};

    #[test]
    fn key_ids() {
        let id: KeyId = "acme/c2pa-1.x_y".parse().unwrap();
        assert_eq!((id.as_str(), id.tenant().as_str()), ("acme/c2pa-1.x_y", "acme"));
        for bad in ["acme", "acme/", "/x", "acme/x/y", "Acme/x", "acme/.x", "acme/x y", "../x", "acme/\u{e4}"] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
        assert!(format!("a/{}", "b".repeat(64)).parse::<KeyId>().is_ok());
        assert!(format!("a/{}", "b".repeat(65)).parse::<KeyId>().is_err());
    }

    #[test]
    fn versions_count_from_one() {
        assert_eq!(KeyVersion::try_from(1), Ok(KeyVersion::FIRST));
        assert_eq!(KeyVersion::try_from(0), Err(IdError::InvalidVersion(0)));
        assert_eq!(KeyVersion::try_from(1 << 32), Err(IdError::InvalidVersion(1 << 32)));
    }
}
