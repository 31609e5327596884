//! The pipeline.

use alloc::sync::Arc;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::audit::{Begun, Event, IdempotencyClaim, Intent, Running, RunningGuard, SignedRecord, Trail};
use crate::clock::{Clock, UnixMillis};
use crate::identity::{Caller, DigestAlgorithm, KeyId, KeyVersion, RequestId};
use crate::keys::{KeyEntry, Keys, ProviderSet, Resolution};
use crate::pipeline::policy::{self, Refusal};
use crate::pipeline::probe;
use crate::pipeline::refusals::Refusals;
use crate::pipeline::verifiers::Verifiers;
use crate::pipeline::{Config, IdempotencyConfig, IdempotencyKey, Place, SignError, SignRequest, Wanted};
use crate::providers::{ErrorClass, Provider, ProviderError};
use crate::storage::StorageError;
use crate::telemetry::metrics::{self, Origin};

/// Signs. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Behind one count: every request has some clones of this.
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    keys: Keys,
    providers: ProviderSet,
    trail: Trail,
    running: Running,
    clock: Arc<dyn Clock>,
    verifiers: Verifiers,
    refusals: Refusals,
    config: Config,
    idempotency: IdempotencyConfig,
}

/// A verified, recorded signature and the key version that made it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What was recorded.
    pub record: SignedRecord,
    /// The key version, with its certificates.
    pub key: Arc<KeyEntry>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    pub replayed: bool,
}

/// A request that may go on.
struct Admitted {
    intent: Intent,
    key: Arc<KeyEntry>,
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
        let refusals = Refusals::default();
        let parts = Parts { keys, providers, trail, running, clock, verifiers, refusals, config, idempotency };
        Self { parts: Arc::new(parts) }
    }

    /// The signings that are under way.
    #[must_use]
    pub fn running(&self) -> &Running {
        &self.parts.running
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.parts.keys
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.parts.clock.now()
    }

    pub(super) fn provider(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.parts.providers.get(name)
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
        let request_id = request.request_id.clone();
        let admitted = match self.admit(caller, request).await {
            Err(SignError::PolicyRefused { key, refusal }) => {
                self.record_refusal(caller, &request_id, &key, &refusal).await;
                return Err(SignError::PolicyRefused { key, refusal });
            }
            admitted => admitted?,
        };
        self.carry_out_to_its_end(admitted, place).await
    }

    /// Signs a digest that means nothing, to find out whether `key` does: recorded and checked as any other.
    pub(super) async fn sign_probe(
        &self,
        key: &KeyEntry,
        by: &str,
        digest: Sha256Digest,
        place: Place,
    ) -> Result<Signed, SignError> {
        let (started, now) = (self.parts.clock.elapsed(), self.parts.clock.now());
        // As it is now, after waiting for a place: a probe signs with nothing that a caller could not sign with.
        let key = self.ready(&key.id, Some(key.version), now).await?;
        let Some(provider) = self.parts.providers.get(&key.provider) else {
            return Err(SignError::ProviderNotConfigured { key: key.id.clone(), provider: key.provider.clone() });
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
        let running = self.parts.running.enter(admitted.intent.request_id.clone());
        // A task of its own: a caller who hangs up does not leave an intent without an outcome.
        tokio::spawn(self.clone().carry_out(admitted, running, place)).await.map_err(SignError::Internal)?
    }

    /// All that comes before the intent is recorded, and the key version that would sign. Nothing is written: a dry run
    /// is no signing, and whoever may ask for one must not be able to fill the audit trail.
    ///
    /// # Errors
    /// [`SignError`], as [`sign`](Self::sign) would refuse.
    pub async fn dry_run(&self, caller: &Caller, request: SignRequest) -> Result<Arc<KeyEntry>, SignError> {
        self.admit(caller, SignRequest { idempotency: None, ..request }).await.map(|admitted| admitted.key)
    }

    /// Once an hour for each token, key and rule; see [`Refusals`]. A record that fails changes no answer.
    async fn record_refusal(&self, caller: &Caller, request_id: &RequestId, key: &KeyId, refusal: &Refusal) {
        if !self.parts.refusals.is_news(&caller.token_id, key, refusal.rule, self.parts.clock.elapsed()) {
            return;
        }
        let event = Event::PolicyRefused {
            request_id: request_id.to_string(),
            tenant: caller.tenant.to_string(),
            token_id: caller.token_id.clone(),
            key_id: key.to_string(),
            rule: refusal.rule.name(),
        };
        if let Err(error) = self.parts.trail.record(self.parts.clock.now(), event).await {
            let error = &error as &dyn core::error::Error;
            tracing::error!(%request_id, error, "a refusal by policy could not be recorded");
        }
    }

    async fn carry_out(self, admitted: Admitted, _running: RunningGuard, _place: Place) -> Result<Signed, SignError> {
        if let Some(signed) = self.record_intent(&admitted).await? {
            return Ok(signed);
        }
        let result = match self.call_provider(&admitted).await {
            Ok(signature) => check(&self.parts.verifiers, &admitted, signature),
            Err(error) => Err(error),
        };
        self.record_outcome(admitted, result).await
    }

    /// The answer to an earlier request with the same idempotency key: before anything else, as the key may have been
    /// superseded since.
    async fn replay(&self, caller: &Caller, request: &SignRequest) -> Result<Option<Signed>, SignError> {
        let Some(claim) = self.claim(request) else { return Ok(None) };
        if !self.parts.keys.may_use(caller, &request.key).await? {
            return Err(SignError::KeyNotFound(request.key.clone()));
        }
        match self.parts.trail.replay(&caller.tenant, &claim, self.parts.clock.now()).await? {
            Some(record) => self.replayed(record, &request.key, &request.digest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether this caller may have this now. Rate limits, quotas, budgets, breakers and flags belong here, after the
    /// key is known and before anything is written.
    async fn admit(&self, caller: &Caller, request: SignRequest) -> Result<Admitted, SignError> {
        let (started, now) = (self.parts.clock.elapsed(), self.parts.clock.now());
        if !self.parts.keys.may_use(caller, &request.key).await? {
            return Err(SignError::KeyNotFound(request.key));
        }
        let key = self.ready(&request.key, request.pinned, now).await?;
        self.check_policy(caller, &request, now).await?;
        if request.timestamp == Wanted::Required {
            return Err(SignError::TimestampUnavailable);
        }
        if request.receipt == Wanted::Required {
            return Err(SignError::ReceiptUnavailable);
        }
        let Some(provider) = self.parts.providers.get(&key.provider) else {
            return Err(SignError::ProviderNotConfigured { key: key.id.clone(), provider: key.provider.clone() });
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

    /// The version that may sign now: the pinned one, or the active one.
    async fn ready(&self, id: &KeyId, pinned: Option<KeyVersion>, now: UnixMillis) -> Result<Arc<KeyEntry>, SignError> {
        let key = id.clone();
        Err(match self.parts.keys.resolve(id, pinned, now).await? {
            Resolution::Ready(entry) => return Ok(entry),
            Resolution::Superseded { active } => SignError::VersionSuperseded(active),
            Resolution::Disabled => SignError::KeyDisabled(key),
            Resolution::NotYetActive { activatable_at } => SignError::NotYetActive { key, activatable_at },
            Resolution::Certificate(fault) => SignError::Certificate { key, fault },
            Resolution::NoSuchVersion => SignError::VersionNotFound(key),
            Resolution::NoSuchKey => SignError::KeyNotFound(key),
        })
    }

    /// Behind the state of the key: who asks for a key that there is not is told so, whatever else is wrong.
    async fn check_policy(&self, caller: &Caller, request: &SignRequest, now: UnixMillis) -> Result<(), SignError> {
        let policy = self.parts.keys.policy(&request.key).await?.unwrap_or_default();
        let asked = policy::Request {
            key: &request.key,
            tenant: &caller.tenant,
            profile: request.profile,
            digest_algorithm: DigestAlgorithm::Sha256,
            tbs_bytes: request.tbs_bytes,
            is_pinned: request.pinned.is_some(),
        };
        let refused = |refusal| SignError::PolicyRefused { key: request.key.clone(), refusal };
        policy::evaluate(&policy, &asked, now).map_err(refused)
    }

    fn claim(&self, request: &SignRequest) -> Option<IdempotencyClaim> {
        request.idempotency.as_ref().map(|idempotency| IdempotencyClaim {
            key: idempotency.key.as_str().to_owned(),
            item: idempotency.item,
            request_sha256: idempotency.batch_sha256.unwrap_or_else(|| request.fingerprint()),
            retention: self.parts.idempotency.retention(),
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
            retention: self.parts.idempotency.retention(),
        };
        match self.parts.trail.conflicts(&caller.tenant, &claim, self.parts.clock.now()).await? {
            true => Err(SignError::IdempotencyConflict),
            false => Ok(()),
        }
    }

    /// Durable before the provider is called. `Some` if the work was done before.
    async fn record_intent(&self, admitted: &Admitted) -> Result<Option<Signed>, SignError> {
        let began = self.parts.clock.elapsed();
        match self.parts.trail.begin(admitted.intent.clone(), self.parts.running.clone()).await? {
            Begun::Recorded => {
                metrics::record_took("intent", self.parts.clock.elapsed().saturating_sub(began));
                Ok(None)
            }
            Begun::Replay(record) => {
                let intent = &admitted.intent;
                self.replayed(*record, &intent.key_id, &intent.digest).await.map(Some)
            }
            Begun::InProgress => Err(SignError::IdempotencyInProgress),
            Begun::Conflict => Err(SignError::IdempotencyConflict),
            Begun::Stopped => {
                let Intent { key_id, key_version, .. } = &admitted.intent;
                let why = self.ready(key_id, Some(*key_version), self.parts.clock.now()).await;
                Err(why.err().unwrap_or_else(|| SignError::KeyDisabled(key_id.clone())))
            }
        }
    }

    /// What is stored is checked again before it leaves: whoever can write to the database must not be able to make
    /// this service vouch for a signature.
    async fn replayed(&self, record: SignedRecord, wanted: &KeyId, digest: &Sha256Digest) -> Result<Signed, SignError> {
        let key = self.parts.keys.version(&record.key_id, record.key_version).await?;
        let key = key.ok_or_else(|| StorageError::corrupt(format!("signing {} has no key", record.request_id)))?;
        let verified = self.parts.verifiers.verify(&key.public_key, digest, &record.signature);
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
        let began = self.parts.clock.elapsed();
        let call = admitted.provider.sign_digest(&admitted.key.reference, &admitted.intent.digest);
        let signature = match tokio::time::timeout(self.parts.config.provider_timeout(), call).await {
            Ok(result) => result,
            Err(_) => Err(ProviderError::new(
                ErrorClass::Timeout,
                format!(
                    "no signature with {} within signing.provider_timeout_ms = {}, and {provider} may have made one: look \
                     at the network and at its health; see docs/guides/{provider}.md",
                    admitted.key.reference.as_str(),
                    self.parts.config.provider_timeout_ms,
                    provider = admitted.key.provider,
                ),
            )),
        };
        let signature = signature.map_err(SignError::Provider)?;
        Ok((signature, self.parts.clock.elapsed().saturating_sub(began)))
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
            total: self.parts.clock.elapsed().saturating_sub(started),
        });
        let outcome = result.as_ref().map(SignedRecord::clone).map_err(SignError::failure);
        let origin = if intent.profile == probe::PROFILE { Origin::Probe } else { Origin::Request };
        metrics::signing(&key.provider, outcome.as_ref().map_or_else(|failure| *failure, |_| "signed"), origin);
        if let Ok(signed) = &outcome {
            metrics::signing_took(&key.provider, signed.kms, signed.total);
        }
        let began = self.parts.clock.elapsed();
        self.parts.trail.finish(intent.request_id, self.parts.clock.now(), outcome).await?;
        metrics::record_took("outcome", self.parts.clock.elapsed().saturating_sub(began));
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
