//! The text of a token.
//!
//! ```abnf
//! token  = kind id "_" secret
//! kind   = "sst_" / "ssc_"           ; api / c2pa-url: what it opens, for people and for filters of logs
//! id     = 16HEXDIG-LOWER            ; names the row, is logged
//! secret = 43base64url               ; 32 random bytes
//! ```

use core::fmt;

use splitsign_core::digest::{Sha256, Sha256Digest};
use zeroize::Zeroizing;

use crate::encoding::{base64url, from_base64url, hex};
use crate::identity::random_bytes;

const SECRET_BYTES: usize = 32;

/// What a token opens. Each kind has its own doors: none is a smaller one of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// The API, in a header.
    Api,
    /// Signing claims of C2PA, in a URL. Whoever reads a URL has it, so it is good for nothing else.
    C2paUrl,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Api, Self::C2paUrl];

    /// The name, as the database, the audit trail and the command line have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::C2paUrl => "c2pa-url",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "sst_",
            Self::C2paUrl => "ssc_",
        }
    }
}

/// The public part of a token.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TokenId(String);

impl TokenId {
    /// Takes the text as it is: one that does not exist is not found.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token with its secret, which is wiped from memory and never shown by `Debug`.
pub struct BearerToken {
    kind: TokenKind,
    id: TokenId,
    secret: Zeroizing<Vec<u8>>,
}

impl BearerToken {
    /// A new one of this kind.
    ///
    /// # Panics
    /// If the operating system has no randomness.
    #[must_use]
    pub fn generate(kind: TokenKind) -> Self {
        let secret = Zeroizing::new(random_bytes::<SECRET_BYTES>());
        Self { kind, id: TokenId(hex(&random_bytes::<8>())), secret: Zeroizing::new(secret.to_vec()) }
    }

    /// Reads the text; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) =
            TokenKind::ALL.into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))?;
        let (id, secret) = rest.split_once('_')?;
        let secret = Zeroizing::new(from_base64url(secret).ok()?);
        (secret.len() == SECRET_BYTES).then(|| Self { kind, id: TokenId::new(id), secret })
    }

    /// The text with the secret, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}_{}", self.kind.prefix(), self.id, base64url(&self.secret)))
    }

    /// What it opens.
    #[must_use]
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The public part.
    #[must_use]
    pub const fn id(&self) -> &TokenId {
        &self.id
    }

    /// What is stored of the secret. It is random, so that a plain hash is enough.
    #[must_use]
    pub fn secret_sha256(&self) -> Sha256Digest {
        Sha256::digest(&self.secret)
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BearerToken({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::{BearerToken, TokenKind};

    #[test]
    fn text_goes_there_and_back_and_debug_keeps_the_secret() {
        for kind in TokenKind::ALL {
            let token = BearerToken::generate(kind);
            let text = token.reveal();
            let again = BearerToken::parse(&text).unwrap();
            assert_eq!((again.kind(), again.id(), again.secret_sha256()), (kind, token.id(), token.secret_sha256()));
            assert_eq!(format!("{token:?}"), format!("BearerToken({})", token.id()));
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in ["", "sst_", "sst_a", "sst_a_", "sst_a_AAAA", "xst_a_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(BearerToken::parse(text).is_none(), "{text}");
        }
    }
}
