//! A version of a key, as it is on record.

use core::fmt;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use splitsign_core::ecdsa::PublicKey;

use crate::clock::UnixMillis;
use crate::identity::{KeyId, KeyVersion};
use crate::providers::KeyReference;
use crate::storage::StorageError;

/// What a version may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// It signs.
    Active,
    /// It signs for those who pin it, until the moment given.
    Draining {
        /// The first moment at which it does not.
        until: UnixMillis,
    },
    /// It does not sign.
    Disabled,
}

impl KeyState {
    /// The name, as the database, the API and the command line have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining { .. } => "draining",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A version of a key. The public key is the one that every signature is checked against.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct KeyEntry {
    pub id: KeyId,
    pub version: KeyVersion,
    pub state: KeyState,
    /// The name of the provider in the configuration.
    pub provider: String,
    pub reference: KeyReference,
    pub public_key: PublicKey,
    /// RFC 7638 thumbprint, base64url.
    pub kid: String,
    /// DER, leaf first; may be empty.
    pub certificate_chain: Vec<Vec<u8>>,
    pub created_at: UnixMillis,
}

impl KeyEntry {
    /// All but the certificates.
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, StorageError> {
        let id: &str = row.try_get("key_id")?;
        let corrupt = |what: &str| StorageError::corrupt(format!("a version of key {id} has an invalid {what}"));
        let state = match (row.try_get("state")?, row.try_get::<Option<i64>, _>("draining_until_ms")?) {
            ("active", None) => KeyState::Active,
            ("draining", Some(until)) => KeyState::Draining { until: UnixMillis::new(until) },
            ("disabled", None) => KeyState::Disabled,
            _ => return Err(corrupt("state")),
        };
        Ok(Self {
            id: id.parse().map_err(|_| corrupt("id"))?,
            version: KeyVersion::try_from(row.try_get::<i64, _>("version")?).map_err(|_| corrupt("version"))?,
            state,
            provider: row.try_get("provider")?,
            reference: KeyReference::new(row.try_get::<String, _>("reference")?),
            public_key: PublicKey::from_spki(row.try_get("spki")?).map_err(|_| corrupt("public key"))?,
            kid: row.try_get("kid")?,
            certificate_chain: Vec::new(),
            created_at: UnixMillis::new(row.try_get("created_at_ms")?),
        })
    }
}
