//! From an authenticated request to a verified signature, in one readable sentence: see `Pipeline::sign`.
//!
//! # What always holds
//! - The provider is called only when the intent is durable; a signature leaves only when its outcome is.
//! - A signature is recorded and leaves only if it verifies under the public key on record.
//! - Once the intent is recorded, the work is done to its end whether or not somebody still waits for it.
//! - There is no retry and no other provider: the class of the failure goes to the caller.

mod error;
mod health;
mod operations;
pub mod policy;
mod probe;
mod refusals;
mod request;
mod sign;
mod tbs;
mod validation;
mod verifiers;

use alloc::sync::Arc;
use core::time::Duration;

use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;

pub use error::SignError;
pub use health::{Health, HealthConfig, ProviderHealth, ProviderStatus, Readiness};
pub use operations::Operations;
pub use request::{Idempotency, IdempotencyKey, SignRequest, Wanted};
pub use sign::{Pipeline, Signed};
pub use tbs::{TbsError, digest_of};
pub use validation::{Validation, Validator, Verdict};

/// What a digest is of.
pub use crate::identity::Profile;

/// A place among the requests under way. The work holds it to its end: callers who hang up make no room for more calls
/// of a provider that hangs.
pub type Place = Arc<OwnedSemaphorePermit>;

/// The class of a provider's failure: all that those above the pipeline know of providers.
pub use crate::providers::ErrorClass as ProviderFailure;

/// Storage failed: all that those above the pipeline know of it.
pub use crate::storage::StorageError as StorageFailure;

/// The section `[signing]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Milliseconds: how long a provider may take for one signature, whatever its own timeout is. Default 25000, less
    /// than `server.request_timeout_ms`. Prevents callers that learn only that time was up, and not whose.
    pub provider_timeout_ms: u64,
    /// Keys: how many public keys keep a table of 44 KiB each, with which checking a signature takes a quarter of the
    /// time. Default 256, which is 11 MiB. Prevents checks that cost more than they need; zero turns it off.
    pub prepared_keys: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { provider_timeout_ms: 25_000, prepared_keys: 256 }
    }
}

impl Config {
    fn provider_timeout(&self) -> Duration {
        Duration::from_millis(self.provider_timeout_ms)
    }
}

/// The section `[idempotency]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct IdempotencyConfig {
    /// Hours: how long an `Idempotency-Key` gives the stored signature back. Default 24. Prevents a client that retries
    /// after a long outage from signing twice.
    pub retention_hours: u32,
}

impl Default for IdempotencyConfig {
    fn default() -> Self {
        Self { retention_hours: 24 }
    }
}

impl IdempotencyConfig {
    /// The same as a duration.
    #[must_use]
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_hours) * 3600)
    }
}
