//! Why there is no signature.

use alloc::sync::Arc;

use crate::clock::UnixMillis;
use crate::identity::{KeyId, RequestId};
use crate::keys::{CertificateFault, KeyEntry};
use crate::pipeline::policy::Refusal;
use crate::providers::ProviderError;
use crate::storage::StorageError;

/// Why there is no signature. `Display` is for the operator's log; what callers are told is decided by the API.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key does not exist, or is not for this caller: these are not told apart.
    #[error("key {0} does not exist, or the token may not use it")]
    KeyNotFound(KeyId),
    /// The key has no such version.
    #[error("key {0} has no such version")]
    VersionNotFound(KeyId),
    /// The version that was pinned does not sign any more.
    #[error("the pinned version of key {} is superseded by version {}", .0.id, .0.version)]
    VersionSuperseded(Arc<KeyEntry>),
    /// The version does not sign.
    #[error("key {0} is disabled")]
    KeyDisabled(KeyId),
    /// The version is announced, and signs later.
    #[error("key {key} does not sign before {activatable_at}")]
    NotYetActive {
        /// The key.
        key: KeyId,
        /// From when on it may be activated.
        activatable_at: UnixMillis,
    },
    /// The certificate of the key does not let it sign.
    #[error("key {key} does not sign: its certificate {fault}; `splitsign keys import-chain` replaces it")]
    Certificate {
        /// The key.
        key: KeyId,
        /// Why.
        fault: CertificateFault,
    },
    /// The policy of the key says no.
    #[error("the policy of key {key} refuses, by its rule {}: {refusal}", refusal.rule.name())]
    PolicyRefused {
        /// The key.
        key: KeyId,
        /// What the policy says.
        refusal: Refusal,
    },
    /// A timestamp is required and there is no way to have one.
    #[error("a timestamp is required, and this service has no timestamp authority")]
    TimestampUnavailable,
    /// A receipt is required and there is no way to have one.
    #[error("a receipt is required, and this service has no transparency log")]
    ReceiptUnavailable,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyConflict,
    /// The same request is being worked on.
    #[error("a request with this idempotency key is being worked on")]
    IdempotencyInProgress,
    /// The key's provider is not configured in this process.
    #[error("key {key} is at provider {provider}, which is not configured; add [providers.{provider}]")]
    ProviderNotConfigured {
        /// The key.
        key: KeyId,
        /// The provider's name.
        provider: String,
    },
    /// The provider failed.
    #[error("the provider did not sign")]
    Provider(#[source] ProviderError),
    /// The provider returned a signature that does not verify under the public key on record.
    #[error("the provider returned a signature that does not verify under the key on record")]
    BadSignature(#[source] splitsign_core::Error),
    /// A stored signature is not one of the request by the key on record.
    #[error("the signature that is stored for request {0} does not verify; run `splitsign audit verify`")]
    StoredBadSignature(RequestId),
    /// Storage failed: nothing may be signed, or no signature may leave.
    #[error("the record could not be made durable")]
    Storage(#[from] StorageError),
    /// The work ended without an answer.
    #[error("the signing task ended badly")]
    Internal(#[source] tokio::task::JoinError),
}

impl SignError {
    /// How the audit trail names a failure after the intent.
    pub(super) const fn failure(&self) -> &'static str {
        match self {
            Self::Provider(error) => error.class().name(),
            Self::BadSignature(_) => "bad_signature",
            Self::KeyNotFound(_)
            | Self::VersionNotFound(_)
            | Self::VersionSuperseded(_)
            | Self::KeyDisabled(_)
            | Self::NotYetActive { .. }
            | Self::Certificate { .. }
            | Self::PolicyRefused { .. }
            | Self::TimestampUnavailable
            | Self::ReceiptUnavailable
            | Self::IdempotencyConflict
            | Self::IdempotencyInProgress
            | Self::ProviderNotConfigured { .. }
            | Self::StoredBadSignature(_)
            | Self::Storage(_)
            | Self::Internal(_) => "internal",
        }
    }
}
