//! A version of a key, as it is on record.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use splitsign_core::ecdsa::PublicKey;

use crate::clock::UnixMillis;
use crate::encoding::base64_standard;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{CertificateFault, KeyState, Leaf, Stage};
use crate::providers::KeyReference;
use crate::storage::StorageError;

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
    /// The same in base64, as every reply has it.
    pub certificate_chain_base64: Vec<String>,
    /// What signing needs to know of the first certificate; `None` without certificates.
    pub leaf: Option<Leaf>,
    pub created_at: UnixMillis,
    /// When it came into its state.
    pub state_since: UnixMillis,
    /// When it last became active.
    pub activated_at: Option<UnixMillis>,
    /// Where it was before it was disabled.
    pub disabled_from: Option<Stage>,
}

impl KeyEntry {
    /// All but the certificates.
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, StorageError> {
        let id: &str = row.try_get("key_id")?;
        let corrupt = |what: &str| StorageError::corrupt(format!("a version of key {id} has an invalid {what}"));
        let time = |column: &str| -> Result<Option<UnixMillis>, sqlx::Error> {
            Ok(row.try_get::<Option<i64>, _>(column)?.map(UnixMillis::new))
        };
        let stage = |column: &str| -> Result<Option<Stage>, StorageError> {
            let name = row.try_get::<Option<&str>, _>(column)?;
            name.map(|name| Stage::named(name).ok_or_else(|| corrupt(column))).transpose()
        };
        let state = match stage("state")?.ok_or_else(|| corrupt("state"))? {
            Stage::Announced => KeyState::Announced {
                activatable_at: time("activatable_at_ms")?.ok_or_else(|| corrupt("announcement"))?,
            },
            Stage::Active => KeyState::Active,
            Stage::Draining => {
                KeyState::Draining { until: time("draining_until_ms")?.ok_or_else(|| corrupt("end of draining"))? }
            }
            Stage::VerifyOnly => KeyState::VerifyOnly,
            Stage::Retired => KeyState::Retired,
            Stage::Disabled => KeyState::Disabled,
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
            certificate_chain_base64: Vec::new(),
            leaf: None,
            created_at: UnixMillis::new(row.try_get("created_at_ms")?),
            state_since: time("state_since_ms")?.ok_or_else(|| corrupt("time of its state"))?,
            activated_at: time("activated_at_ms")?,
            disabled_from: stage("disabled_from")?,
        })
    }

    /// Adds the certificates, leaf first.
    pub(super) fn with_certificates(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.leaf = chain.first().map(|leaf| Leaf::read(leaf, &self.public_key));
        self.certificate_chain_base64 = chain.iter().map(|der| base64_standard(der)).collect();
        self.certificate_chain = chain;
        self
    }

    /// Whether the certificate, if there is one, lets the key sign at this moment. Only for a version that was loaded
    /// with its certificates.
    ///
    /// # Errors
    /// [`CertificateFault`].
    pub fn check_certificate(&self, now: UnixMillis) -> Result<(), CertificateFault> {
        self.leaf.map_or(Ok(()), |leaf| leaf.check(now))
    }
}
