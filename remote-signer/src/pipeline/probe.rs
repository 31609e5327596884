//! Finding out whether keys sign, by signing: a digest that is nothing else, checked and recorded as any signature.
//!
//! The digest is `SHA-256("splitsign kms probe v1" ‖ 0x00 ‖ 32 random bytes)`. No format that is signed here starts
//! with these words, so that a probe's signature can never be taken for one of something else.

use alloc::sync::Arc;
use core::time::Duration;

use splitsign_core::digest::{Sha256, Sha256Digest};
use tokio::sync::Semaphore;

use crate::identity::random_bytes;
use crate::keys::KeyEntry;
use crate::pipeline::{Pipeline, Place, SignError};

/// What every probe's digest starts with; the zero byte ends it.
const LABEL: &[u8] = b"splitsign kms probe v1\0";

/// The profile of probes in the audit trail.
pub(super) const PROFILE: &str = "kms-probe";

/// A digest for one probe.
fn digest() -> Sha256Digest {
    let mut hash = Sha256::new();
    hash.update(LABEL);
    hash.update(&random_bytes::<32>());
    hash.finish()
}

/// Why a probe has no verdict of its own, or which one.
#[derive(Debug)]
pub(super) enum ProbeError {
    /// Time was up, or the probe before it has not ended.
    Timeout,
    /// It was tried, and failed.
    Sign(SignError),
}

impl ProbeError {
    /// The class.
    pub(super) const fn class(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Sign(SignError::ProviderNotConfigured { .. }) => "not_configured",
            Self::Sign(SignError::Storage(_)) => "storage",
            Self::Sign(SignError::Certificate { .. }) => "certificate",
            Self::Sign(
                SignError::KeyDisabled(_)
                | SignError::KeyNotFound(_)
                | SignError::NotYetActive { .. }
                | SignError::VersionNotFound(_)
                | SignError::VersionSuperseded(_),
            ) => "inactive",
            Self::Sign(error) => error.failure(),
        }
    }

    /// What the operator is told: words of the provider name the key, the operation and the remedy, and no secret.
    pub(super) fn words(&self, timeout: Duration) -> String {
        match self {
            Self::Timeout => format!(
                "no signature within {} ms, and the provider may have made one: look at the network and at its health; \
                 its page is in docs/guides",
                timeout.as_millis()
            ),
            Self::Sign(SignError::Provider(error)) => error.message().to_owned(),
            Self::Sign(error) => error.to_string(),
        }
    }
}

/// Signs a probe with `key`, on behalf of `by`. `places` bounds how many are under way: what hangs is not added to.
pub(super) async fn sign(
    pipeline: &Pipeline,
    key: Arc<KeyEntry>,
    by: &str,
    places: &Arc<Semaphore>,
    timeout: Duration,
) -> Result<(), ProbeError> {
    let work = async {
        // Fails if the semaphore is closed, which nobody does.
        let place: Place = Arc::new(Arc::clone(places).acquire_owned().await.map_err(|_| ProbeError::Timeout)?);
        let signed = pipeline.sign_probe(&key, by, digest(), place).await;
        signed.map(drop).map_err(ProbeError::Sign)
    };
    tokio::time::timeout(timeout, work).await.unwrap_or(Err(ProbeError::Timeout))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn no_two_probes_sign_the_same() {
        assert_ne!(digest(), digest());
    }
}
