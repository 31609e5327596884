//! Trying each operation that a key needs, for whoever runs the service.

use alloc::sync::Arc;
use core::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::UnixMillis;
use crate::identity::KeyId;
use crate::keys::{CertificateFault, KeyEntry, KeyState};
use crate::pipeline::probe::{self, ProbeError};
use crate::pipeline::{Pipeline, SignError};
use crate::storage::StorageError;

/// What came of one operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It worked.
    Passed,
    /// It was not tried; why.
    Skipped(&'static str),
    /// It did not work.
    Failed {
        /// The class of the failure.
        class: &'static str,
        /// What is wrong and what to do, for the operator.
        words: String,
    },
}

/// The operations, in the order in which they are tried.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Validation {
    pub key: KeyId,
    pub version: Option<u32>,
    pub provider: Option<String>,
    pub operations: Vec<(&'static str, Verdict)>,
}

impl Validation {
    /// Whether everything that a signature needs works.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.operations.iter().all(|(_, verdict)| !matches!(verdict, Verdict::Failed { .. }))
            && self.operations.iter().any(|(name, verdict)| *name == SIGN && *verdict == Verdict::Passed)
    }

    /// A key of which only this can be said.
    #[must_use]
    pub fn refused(key: KeyId, class: &'static str, words: impl Into<String>) -> Self {
        let state = (STATE, Verdict::Failed { class, words: words.into() });
        Self { key, version: None, provider: None, operations: vec![state] }
    }
}

const STATE: &str = "state";
const DESCRIBE: &str = "describe";
const CERTIFICATE: &str = "certificate";
const SIGN: &str = "sign";
const VERIFY: &str = "verify";

/// Validates keys. Clones share the bound.
#[derive(Clone, Debug)]
pub struct Validator {
    pipeline: Pipeline,
    at_once: usize,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl Validator {
    /// At most `at_once` probes are under way, and each operation may take `timeout`.
    #[must_use]
    pub fn new(pipeline: Pipeline, at_once: usize, timeout: Duration) -> Self {
        let at_once = at_once.max(1);
        Self { pipeline, at_once, places: Arc::new(Semaphore::new(at_once)), timeout }
    }

    /// How many keys are to be tried at once.
    #[must_use]
    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// Tries each operation with the version of `id` that signs now. The probe is recorded as signed by `by`.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn validate(&self, id: KeyId, by: &str) -> Result<Validation, StorageError> {
        let versions = self.pipeline.keys().versions(&id).await?;
        if versions.is_empty() {
            return Ok(Validation::refused(id, "not_found", "there is no such key; `splitsign keys list` shows all"));
        }
        let Some(key) = self.pipeline.keys().active_version(&id).await? else {
            return Ok(Validation::refused(
                id,
                "inactive",
                "no version is active, so nothing signs; `splitsign keys show` tells the states",
            ));
        };
        let mut operations = vec![(STATE, state(&key))];
        operations.push((DESCRIBE, self.describe(&key).await));
        operations.push((CERTIFICATE, certificate(&key, self.pipeline.now())));
        let (version, provider) = (Some(key.version.get()), Some(key.provider.clone()));
        let signed = probe::sign(&self.pipeline, key, by, &self.places, self.timeout).await;
        operations.extend(self.signed(signed));
        Ok(Validation { key: id, version, provider, operations })
    }

    /// Whether the provider has the key, and it is the one on record.
    async fn describe(&self, key: &KeyEntry) -> Verdict {
        let Some(provider) = self.pipeline.provider(&key.provider) else {
            let words = format!("provider {} is not configured; add [providers.{}]", key.provider, key.provider);
            return Verdict::Failed { class: "not_configured", words };
        };
        match tokio::time::timeout(self.timeout, provider.describe_key(&key.reference)).await {
            Ok(Ok(described)) if described.public_key == key.public_key => Verdict::Passed,
            Ok(Ok(_)) => Verdict::Failed {
                class: "key_mismatch",
                words: format!(
                    "{} is another key than the one on record; adopt it as a next version",
                    key.reference.as_str()
                ),
            },
            Ok(Err(error)) => Verdict::Failed { class: error.class().name(), words: error.message().to_owned() },
            Err(_) => {
                let (within, provider) = (self.timeout.as_millis(), &key.provider);
                let words = format!(
                    "no answer about {} within {within} ms: look at the network and at the health of {provider}; see \
                     docs/guides/{provider}.md",
                    key.reference.as_str()
                );
                Verdict::Failed { class: "timeout", words }
            }
        }
    }

    fn signed(&self, result: Result<(), ProbeError>) -> [(&'static str, Verdict); 2] {
        match result {
            Ok(()) => [(SIGN, Verdict::Passed), (VERIFY, Verdict::Passed)],
            Err(error @ ProbeError::Sign(SignError::BadSignature(_))) => {
                let failed = Verdict::Failed { class: error.class(), words: error.words(self.timeout) };
                [(SIGN, Verdict::Passed), (VERIFY, failed)]
            }
            Err(error) => {
                let failed = Verdict::Failed { class: error.class(), words: error.words(self.timeout) };
                [(SIGN, failed), (VERIFY, Verdict::Skipped("there is no signature"))]
            }
        }
    }
}

fn state(key: &KeyEntry) -> Verdict {
    if key.state == KeyState::Active {
        return Verdict::Passed;
    }
    Verdict::Failed { class: "inactive", words: format!("version {} is {}", key.version, key.state) }
}

/// Whether the certificate is of this key, and valid now.
fn certificate(key: &KeyEntry, now: UnixMillis) -> Verdict {
    if key.certificate_chain.is_empty() {
        return Verdict::Skipped("there is no certificate");
    }
    let class = match key.check_certificate(now) {
        Ok(()) => return Verdict::Passed,
        Err(CertificateFault::Unreadable) => "certificate_unreadable",
        Err(CertificateFault::OtherKey) => "certificate_mismatch",
        Err(CertificateFault::NotYetValid { .. }) => "certificate_not_yet_valid",
        Err(CertificateFault::Expired { .. }) => "certificate_expired",
    };
    let fault = key.check_certificate(now).err().map(|fault| fault.to_string()).unwrap_or_default();
    let words = format!("the first certificate of the chain {fault}; import a chain of this key that is valid");
    Verdict::Failed { class, words }
}
