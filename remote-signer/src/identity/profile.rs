//! What a digest is of.

use core::fmt;
use core::str::FromStr;

/// What the digest is of. All are signed alike; policies tell them apart, and the audit trail does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Profile {
    /// A COSE `Sig_structure`.
    CoseSign1,
    /// A JWS signing input.
    Jws,
    /// A DSSE pre-authentication encoding.
    Dsse,
    /// Anything.
    Raw,
}

/// A name that is none of a profile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a profile: there are cose-sign1, jws, dsse, raw")]
pub struct ProfileError(String);

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::CoseSign1, Self::Jws, Self::Dsse, Self::Raw];

    /// The name in the API, in policies and in the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CoseSign1 => "cose-sign1",
            Self::Jws => "jws",
            Self::Dsse => "dsse",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let named = Self::ALL.into_iter().find(|profile| profile.name() == text);
        named.ok_or_else(|| ProfileError(text.to_owned()))
    }
}
