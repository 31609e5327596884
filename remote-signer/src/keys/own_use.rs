//! Signatures for the key's own life: a certificate request, the transcript of a drill. Recorded before and after, and
//! verified, as those for callers are.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::audit::{self, Event, SigningOutcome};
use crate::clock::{Clock, UnixMillis};
use crate::encoding::{base64url, hex};
use crate::keys::{KeyEntry, Keys, Stage};
use crate::providers::{Provider, ProviderError};
use crate::storage::{Command, StorageError};

/// What the key signs for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A PKCS#10 request. Also with a certificate that has expired: this is how it gets another.
    CertificateRequest,
    /// A drill.
    Drill,
}

impl Purpose {
    /// The name in the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CertificateRequest => "certificate-request",
            Self::Drill => "drill",
        }
    }
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum OwnUseError {
    /// The state does not permit it.
    #[error("version {version} of key {id} is {stage}, and signs nothing")]
    State {
        /// The key.
        id: crate::identity::KeyId,
        /// The version.
        version: crate::identity::KeyVersion,
        /// Its state.
        stage: Stage,
    },
    /// The provider failed.
    #[error("the provider did not sign")]
    Provider(#[source] ProviderError),
    /// The provider has another key than the one on record.
    #[error("the provider returned a signature that does not verify under the key on record")]
    BadSignature(#[source] splitsign_core::Error),
    /// Storage failed.
    #[error("the record could not be made durable")]
    Storage(#[from] StorageError),
}

impl Keys {
    /// Signs a digest that the service made itself.
    ///
    /// # Errors
    /// [`OwnUseError`].
    pub async fn sign_for_itself(
        &self,
        entry: &KeyEntry,
        purpose: Purpose,
        digest: &Sha256Digest,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<Signature, OwnUseError> {
        let stage = entry.state.at(clock.now()).stage();
        let permitted = match (stage, purpose) {
            (Stage::Active | Stage::Draining, _) | (Stage::Announced, Purpose::CertificateRequest) => true,
            (Stage::Announced, Purpose::Drill) | (Stage::VerifyOnly | Stage::Retired | Stage::Disabled, _) => false,
        };
        if !permitted {
            return Err(OwnUseError::State { id: entry.id.clone(), version: entry.version, stage });
        }
        let (key_id, key_version) = (entry.id.to_string(), entry.version.get());
        let (purpose, hex) = (purpose.name(), hex(digest.as_bytes()));
        let intent = Event::KeyUseIntent { key_id: key_id.clone(), key_version, purpose, digest: hex.clone() };
        self.record(clock.now(), intent).await?;
        let signed = match provider.sign_digest(&entry.reference, digest).await {
            Ok(signature) => match entry.public_key.verify_digest(digest, &signature) {
                Ok(()) => Ok(signature),
                Err(error) => Err(OwnUseError::BadSignature(error)),
            },
            Err(error) => Err(OwnUseError::Provider(error)),
        };
        let outcome = match &signed {
            Ok(signature) => SigningOutcome::Signed { signature: base64url(signature.as_bytes()) },
            Err(OwnUseError::Provider(error)) => SigningOutcome::Failed { failure: error.class().name() },
            Err(OwnUseError::BadSignature(_)) => SigningOutcome::Failed { failure: "bad_signature" },
            Err(OwnUseError::State { .. } | OwnUseError::Storage(_)) => SigningOutcome::Failed { failure: "internal" },
        };
        let outcome = Event::KeyUseOutcome { key_id, key_version, purpose, digest: hex, outcome };
        self.record(clock.now(), outcome).await?;
        signed
    }

    pub(super) async fn record(&self, at: UnixMillis, event: Event) -> Result<(), StorageError> {
        self.storage().write(Record { at, event }).await
    }
}

struct Record {
    at: UnixMillis,
    event: Event,
}

#[async_trait]
impl Command for Record {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        audit::append(connection, self.at, &self.event).await
    }
}
