//! The pipeline.

use alloc::sync::Arc;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::audit::{Begun, IdempotencyClaim, Intent, Running, RunningGuard, SignedRecord, Trail};
use crate::clock::Clock;
use crate::identity::{Caller, KeyId, RequestId};
use crate::keys::{KeyEntry, Keys, ProviderSet, Resolution};
use crate::pipeline::probe;
use crate::pipeline::verifiers::Verifiers;
use crate::pipeline::{Config, IdempotencyConfig, IdempotencyKey, Place, SignError, SignRequest, Wanted};
use crate::providers::{ErrorClass, Provider, ProviderError};
use crate::storage::StorageError;
use crate::telemetry::metrics::{self, Origin};

/// Signs. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pipeline {
    keys: Keys,
    providers: ProviderSet,
    trail: Trail,
    running: Running,
    clock: Arc<dyn Clock>,
    verifiers: Verifiers,
    config: Config,
    idempotency: IdempotencyConfig,
}

/// A verified, recorded signature and the key version that made it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What was recorded.
    pub record: SignedRecord,
    /// The key version, with its certificates.
    pub key: KeyEntry,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    pub replayed: bool,
}

/// A request that may go on.
struct Admitted {
    intent: Intent,
    key: KeyEntry,
    provider: Arc<dyn Provider>,
    /// When the work began, by the clock that measures.
    started: core::time::Duration,
}

impl Pipeline {
    /// A pipeline over its stages.
    #[must_use]
    pub fn new(
        keys: Keys,
        providers: ProviderSet,
        trail: Trail,
        clock: Arc<dyn Clock>,
        config: Config,
        idempotency: IdempotencyConfig,
    ) -> Self {
        let (running, verifiers) = (Running::default(), Verifiers::new(config.prepared_keys));
        Self { keys, providers, trail, running, clock, verifiers, config, idempotency }
    }

    /// The signings that are under way.
    #[must_use]
    pub const fn running(&self) -> &Running {
        &self.running
    }

    pub(super) const fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn provider(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(name)
    }

    /// Authenticated (whoever has a [`Caller`] is) → admit → record intent → sign → check → record outcome → reply.
    ///
    /// `place` is given back when the work is done, not when the caller stops waiting.
    ///
    /// # Errors
    /// [`SignError`].
    pub async fn sign(&self, caller: &Caller, request: SignRequest, place: Place) -> Result<Signed, SignError> {
        if let Some(signed) = self.replay(caller, &request).await? {
            return Ok(signed);
        }
        let admitted = self.admit(caller, request).await?;
        self.carry_out_to_its_end(admitted, place).await
    }

    /// Signs a digest that means nothing, to find out whether `key` does: recorded and checked as any other.
    pub(super) async fn sign_probe(
        &self,
        key: KeyEntry,
        by: &str,
        digest: Sha256Digest,
        place: Place,
    ) -> Result<Signed, SignError> {
        let (started, now) = (self.clock.elapsed(), self.clock.now());
        let Some(provider) = self.providers.get(&key.provider) else {
            return Err(SignError::ProviderNotConfigured { key: key.id, provider: key.provider });
        };
        let intent = Intent {
            idempotency: None,
            request_id: RequestId::new(now),
            tenant: key.id.tenant().clone(),
            token_id: by.to_owned(),
            key_id: key.id.clone(),
            key_version: key.version,
            digest,
            profile: probe::PROFILE,
            at: now,
        };
        self.carry_out_to_its_end(Admitted { intent, provider: Arc::clone(provider), key, started }, place).await
    }

    async fn carry_out_to_its_end(&self, admitted: Admitted, place: Place) -> Result<Signed, SignError> {
        let running = self.running.enter(admitted.intent.request_id.clone());
        // A task of its own: a caller who hangs up does not leave an intent without an outcome.
        tokio::spawn(self.clone().carry_out(admitted, running, place)).await.map_err(SignError::Internal)?
    }

    async fn carry_out(self, admitted: Admitted, _running: RunningGuard, _place: Place) -> Result<Signed, SignError> {
        if let Some(signed) = self.record_intent(&admitted).await? {
            return Ok(signed);
        }
        let result = match self.call_provider(&admitted).await {
            Ok(signature) => check(&self.verifiers, &admitted, signature),
            Err(error) => Err(error),
        };
        self.record_outcome(admitted, result).await
    }

    /// The answer to an earlier request with the same idempotency key: before anything else, as the key may have been
    /// superseded since.
    async fn replay(&self, caller: &Caller, request: &SignRequest) -> Result<Option<Signed>, SignError> {
        let Some(claim) = self.claim(request) else { return Ok(None) };
        if !caller.may_use(&request.key) {
            return Err(SignError::KeyNotFound(request.key.clone()));
        }
        match self.trail.replay(&caller.tenant, &claim, self.clock.now()).await? {
            Some(record) => self.replayed(record, &request.key, &request.digest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether this caller may have this now. Rate limits, quotas, budgets, breakers and flags belong here, after the
    /// key is known and before anything is written.
    async fn admit(&self, caller: &Caller, request: SignRequest) -> Result<Admitted, SignError> {
        let (started, now) = (self.clock.elapsed(), self.clock.now());
        if !caller.may_use(&request.key) {
            return Err(SignError::KeyNotFound(request.key));
        }
        let key = match self.keys.resolve(&request.key, request.pinned, now).await? {
            Resolution::Ready(key) => *key,
            Resolution::Superseded { active } => return Err(SignError::VersionSuperseded(active)),
            Resolution::Disabled => return Err(SignError::KeyDisabled(request.key)),
            Resolution::NoSuchVersion => return Err(SignError::VersionNotFound(request.key)),
            Resolution::NoSuchKey => return Err(SignError::KeyNotFound(request.key)),
        };
        if request.timestamp == Wanted::Required {
            return Err(SignError::TimestampUnavailable);
        }
        if request.receipt == Wanted::Required {
            return Err(SignError::ReceiptUnavailable);
        }
        let Some(provider) = self.providers.get(&key.provider) else {
            return Err(SignError::ProviderNotConfigured { key: key.id, provider: key.provider });
        };
        let intent = Intent {
            idempotency: self.claim(&request),
            request_id: request.request_id,
            tenant: caller.tenant.clone(),
            token_id: caller.token_id.clone(),
            key_id: key.id.clone(),
            key_version: key.version,
            digest: request.digest,
            profile: request.profile.name(),
            at: now,
        };
        Ok(Admitted { intent, provider: Arc::clone(provider), key, started })
    }

    fn claim(&self, request: &SignRequest) -> Option<IdempotencyClaim> {
        request.idempotency.as_ref().map(|idempotency| IdempotencyClaim {
            key: idempotency.key.as_str().to_owned(),
            item: idempotency.item,
            request_sha256: idempotency.batch_sha256.unwrap_or_else(|| request.fingerprint()),
            retention: self.idempotency.retention(),
        })
    }

    /// Whether `key` was used for something else than the batch with this fingerprint: a batch is refused as a whole.
    /// Each of its requests is held to the same when its intent is recorded.
    ///
    /// # Errors
    /// [`SignError::IdempotencyConflict`], [`SignError::Storage`].
    pub async fn check_batch(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        batch_sha256: Sha256Digest,
    ) -> Result<(), SignError> {
        let claim = IdempotencyClaim {
            key: key.as_str().to_owned(),
            item: 0,
            request_sha256: batch_sha256,
            retention: self.idempotency.retention(),
        };
        match self.trail.conflicts(&caller.tenant, &claim, self.clock.now()).await? {
            true => Err(SignError::IdempotencyConflict),
            false => Ok(()),
        }
    }

    /// Durable before the provider is called. `Some` if the work was done before.
    async fn record_intent(&self, admitted: &Admitted) -> Result<Option<Signed>, SignError> {
        let began = self.clock.elapsed();
        match self.trail.begin(admitted.intent.clone(), self.running.clone()).await? {
            Begun::Recorded => {
                metrics::record_took("intent", self.clock.elapsed().saturating_sub(began));
                Ok(None)
            }
            Begun::Replay(record) => {
                let intent = &admitted.intent;
                self.replayed(*record, &intent.key_id, &intent.digest).await.map(Some)
            }
            Begun::InProgress => Err(SignError::IdempotencyInProgress),
            Begun::Conflict => Err(SignError::IdempotencyConflict),
        }
    }

    /// What is stored is checked again before it leaves: whoever can write to the database must not be able to make
    /// this service vouch for a signature.
    async fn replayed(&self, record: SignedRecord, wanted: &KeyId, digest: &Sha256Digest) -> Result<Signed, SignError> {
        let key = self.keys.version(&record.key_id, record.key_version).await?;
        let key = key.ok_or_else(|| StorageError::corrupt(format!("signing {} has no key", record.request_id)))?;
        let verified = self.verifiers.verify(&key.public_key, digest, &record.signature);
        if verified.is_ok() && record.key_id == *wanted {
            metrics::replay();
            return Ok(Signed { record, key, replayed: true });
        }
        tracing::error!(
            alarm = "stored_bad_signature",
            request_id = %record.request_id,
            key = %record.key_id,
            version = %record.key_version,
            wanted = %wanted,
            "a stored signature is not one of this request by the key on record; the database may have been changed"
        );
        Err(SignError::StoredBadSignature(record.request_id))
    }

    async fn call_provider(&self, admitted: &Admitted) -> Result<(Signature, core::time::Duration), SignError> {
        let began = self.clock.elapsed();
        let call = admitted.provider.sign_digest(&admitted.key.reference, &admitted.intent.digest);
        let signature = match tokio::time::timeout(self.config.provider_timeout(), call).await {
            Ok(result) => result,
            Err(_) => Err(ProviderError::new(
                ErrorClass::Timeout,
                format!(
                    "no signature within signing.provider_timeout_ms = {}; the provider may have signed",
                    self.config.provider_timeout_ms
                ),
            )),
        };
        let signature = signature.map_err(SignError::Provider)?;
        Ok((signature, self.clock.elapsed().saturating_sub(began)))
    }

    /// Durable before the reply.
    async fn record_outcome(
        &self,
        admitted: Admitted,
        result: Result<(Signature, core::time::Duration), SignError>,
    ) -> Result<Signed, SignError> {
        let Admitted { intent, key, started, .. } = admitted;
        let result = result.map(|(signature, kms)| SignedRecord {
            request_id: intent.request_id.clone(),
            key_id: intent.key_id.clone(),
            key_version: intent.key_version,
            signature,
            kms,
            total: self.clock.elapsed().saturating_sub(started),
        });
        let outcome = result.as_ref().map(SignedRecord::clone).map_err(SignError::failure);
        let origin = if intent.profile == probe::PROFILE { Origin::Probe } else { Origin::Request };
        metrics::signing(&key.provider, outcome.as_ref().map_or_else(|failure| *failure, |_| "signed"), origin);
        if let Ok(signed) = &outcome {
            metrics::signing_took(&key.provider, signed.kms, signed.total);
        }
        let began = self.clock.elapsed();
        self.trail.finish(intent.request_id, self.clock.now(), outcome).await?;
        metrics::record_took("outcome", self.clock.elapsed().saturating_sub(began));
        Ok(Signed { record: result?, key, replayed: false })
    }
}

/// Whether the signature is one of this digest by the key on record. If not, something is badly wrong: an alarm.
fn check(
    verifiers: &Verifiers,
    admitted: &Admitted,
    (signature, kms): (Signature, core::time::Duration),
) -> Result<(Signature, core::time::Duration), SignError> {
    match verifiers.verify(&admitted.key.public_key, &admitted.intent.digest, &signature) {
        Ok(()) => Ok((signature, kms)),
        Err(error) => {
            tracing::error!(
                alarm = "provider_bad_signature",
                request_id = %admitted.intent.request_id,
                key = %admitted.key.id,
                version = %admitted.key.version,
                provider = admitted.key.provider,
                reference = admitted.key.reference.as_str(),
                "the provider returned a signature that does not verify; the key there may have been exchanged"
            );
            Err(SignError::BadSignature(error))
        }
    }
}
