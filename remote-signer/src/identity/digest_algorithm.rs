//! What makes a digest.

use core::fmt;
use core::str::FromStr;

/// The hash functions that policies may name. The service signs SHA-256 only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DigestAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

/// A name that is none of a hash function.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a digest algorithm: there are sha-256, sha-384, sha-512")]
pub struct DigestAlgorithmError(String);

impl DigestAlgorithm {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in the API and in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DigestAlgorithm {
    type Err = DigestAlgorithmError;

    fn from_str(text: &str) -> Result<Self, DigestAlgorithmError> {
        let named = Self::ALL.into_iter().find(|algorithm| algorithm.name() == text);
        named.ok_or_else(|| DigestAlgorithmError(text.to_owned()))
    }
}
