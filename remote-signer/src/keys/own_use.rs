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
        let (key_id, key_version) = (entry.id.to_string(), entry.version.get());
        let (name, hex) = (purpose.name(), hex(digest.as_bytes()));
        let intent = Event::KeyUseIntent { key_id: key_id.clone(), key_version, purpose: name, digest: hex.clone() };
        let begin = Begin { entry: entry.clone(), purpose, at: clock.now(), intent };
        self.storage().write(begin).await??;
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
        let outcome = Event::KeyUseOutcome { key_id, key_version, purpose: name, digest: hex, outcome };
        self.record(clock.now(), outcome).await?;
        signed
    }

    pub(super) async fn record(&self, at: UnixMillis, event: Event) -> Result<(), StorageError> {
        self.storage().write(Record { at, event }).await
    }
}

/// Records the intent if the version may do this as the transaction finds it: what stops it is on record before, or after.
struct Begin {
    entry: KeyEntry,
    purpose: Purpose,
    at: UnixMillis,
    intent: Event,
}

#[async_trait]
impl Command for Begin {
    type Output = Result<(), OwnUseError>;
    const CHANGES_WHAT_IS_KEPT: bool = false;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError> {
        let Self { entry, purpose, at, intent } = self;
        let found = sqlx::query("SELECT * FROM key_versions WHERE key_id = ? AND version = ?")
            .bind(entry.id.as_str())
            .bind(entry.version.get())
            .fetch_one(&mut *connection);
        let stage = KeyEntry::from_row(&found.await?)?.state.at(at).stage();
        let permitted = match (stage, purpose) {
            (Stage::Active | Stage::Draining, _) | (Stage::Announced, Purpose::CertificateRequest) => true,
            (Stage::Announced, Purpose::Drill) | (Stage::VerifyOnly | Stage::Retired | Stage::Disabled, _) => false,
        };
        if !permitted {
            return Ok(Err(OwnUseError::State { id: entry.id, version: entry.version, stage }));
        }
        audit::append(connection, at, &intent).await.map(Ok)
    }
}

struct Record {
    at: UnixMillis,
    event: Event,
}

#[async_trait]
impl Command for Record {
    type Output = ();
    const CHANGES_WHAT_IS_KEPT: bool = false;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        audit::append(connection, self.at, &self.event).await
    }
}
