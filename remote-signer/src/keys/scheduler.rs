//! Carries out what [`plan`](crate::keys::plan) says, for every key, from time to time. One for a directory: it runs in
//! the process that holds the right to serve.

use alloc::sync::Arc;
use core::time::Duration;
use std::collections::HashMap;

use crate::clock::{Clock, UnixMillis};
use crate::identity::KeyId;
use crate::keys::rotation::{Step, plan};
use crate::keys::schedule::Scheduled;
use crate::keys::{Actor, Change, CreateError, Keys, NewKeyVersion, ProviderSet, Transition, TransitionError};
use crate::shutdown::Shutdown;
use crate::storage::StorageError;
use crate::telemetry::metrics;

/// How often the same warning of a key is repeated in the log; metrics have it all the time.
const SAID_AGAIN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Rotates keys.
#[derive(Debug)]
pub struct Scheduler {
    keys: Keys,
    providers: ProviderSet,
    clock: Arc<dyn Clock>,
    said: HashMap<(KeyId, &'static str), UnixMillis>,
}

/// What a run found and did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Run {
    /// Steps that were carried out.
    pub done: u32,
    /// Steps that failed.
    pub failed: u32,
    /// Keys that should have rotated.
    pub overdue: u32,
    /// Versions whose certificate ends soon, or has.
    pub expiring: u32,
}

/// Why a step was not carried out.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no next version could be made")]
    Announce(#[from] CreateError),
    #[error("the state was not changed")]
    Change(#[from] TransitionError),
    #[error("provider {0} is not configured")]
    NoProvider(String),
}

impl Scheduler {
    /// A scheduler over these keys.
    #[must_use]
    pub fn new(keys: Keys, providers: ProviderSet, clock: Arc<dyn Clock>) -> Self {
        Self { keys, providers, clock, said: HashMap::new() }
    }

    /// Runs from time to time until the shutdown is triggered; a step under way is finished.
    pub async fn keep_running(mut self, shutdown: Shutdown) {
        // Not at once: a service that starts has requests that wait for it, and what time ends has ended without this.
        let interval = self.keys.config().scheduler_interval();
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.run_once(&shutdown).await {
                tracing::error!(error = &error as &dyn core::error::Error, "keys were not looked at for rotation");
            }
        }
    }

    /// Looks at every key once.
    ///
    /// # Errors
    /// [`StorageError`]: the keys cannot be read, or a failure cannot be recorded.
    pub async fn run_once(&mut self, shutdown: &Shutdown) -> Result<Run, StorageError> {
        let mut run = Run::default();
        let mut soonest: Option<UnixMillis> = None;
        let (keys, unreadable) = self.keys.schedule(None, &self.providers).await?;
        for (key, error) in &unreadable {
            let error = error as &dyn core::error::Error;
            tracing::error!(alarm = "key_unreadable", key, error, "this key is left alone, and the others go on");
        }
        for key in keys {
            let now = self.clock.now();
            for step in plan(now, &key.versions, &key.policy, key.failed.map(|(_, next_at)| next_at)) {
                if shutdown.is_triggered() {
                    return Ok(run);
                }
                if let Step::SayExpiry { at, .. } = step {
                    soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
                }
                self.carry_out(&key, step, &mut run).await?;
            }
        }
        // What was not looked at must not look as if it was: the time of the last look gets old, which is an alarm.
        if unreadable.is_empty() {
            self.measure(&run, soonest);
        }
        Ok(run)
    }

    async fn carry_out(&mut self, key: &Scheduled, step: Step, run: &mut Run) -> Result<(), StorageError> {
        let result = match step {
            Step::Announce => self.announce(key).await,
            Step::Activate(version) => self.change(key, Change::Activate(version)).await,
            Step::EndDraining(version) => self.change(key, Change::EndDraining(version)).await,
            Step::Retire(version) => self.change(key, Change::Retire(version)).await,
            Step::SayAdoptionNeeded
            | Step::SayCertificatesNeeded(_)
            | Step::SayOverdue { .. }
            | Step::SayExpiry { .. } => {
                self.say(key, step, run);
                return Ok(());
            }
        };
        match result {
            Ok(()) => {
                run.done = run.done.saturating_add(1);
                metrics::key_step(name(step));
                tracing::info!(key = %key.id, step = name(step), "a key went on in its life");
                if matches!(step, Step::Announce | Step::Activate(_)) && key.failed.is_some() {
                    self.keys.rotation_succeeded(&key.id).await?;
                }
                Ok(())
            }
            Err(failure) => {
                run.failed = run.failed.saturating_add(1);
                self.record_failure(key, step, &failure).await
            }
        }
    }

    /// The version before goes on to sign: nothing but the record of the failure was written.
    async fn record_failure(&self, key: &Scheduled, step: Step, failure: &Failure) -> Result<(), StorageError> {
        let class = class(failure);
        if !matches!(step, Step::Announce | Step::Activate(_)) {
            // No rotation: the next run tries again.
            tracing::error!(
                key = %key.id, step = name(step), error = failure as &dyn core::error::Error, "a step was not taken"
            );
            return Ok(());
        }
        metrics::rotation_failed(class);
        let next_at = self.keys.rotation_failed(key, class, self.clock.now()).await?;
        tracing::error!(
            alarm = "rotation_failed",
            key = %key.id,
            provider = key.provider,
            step = name(step),
            next_at = %next_at,
            error = failure as &dyn core::error::Error,
            "a rotation failed; the version before goes on to sign"
        );
        Ok(())
    }

    async fn announce(&self, key: &Scheduled) -> Result<(), Failure> {
        let provider = self.providers.get(&key.provider).ok_or_else(|| Failure::NoProvider(key.provider.clone()))?;
        let new =
            NewKeyVersion { id: key.id.clone(), provider: key.provider.clone(), existing: None, next_version: true };
        self.keys.announce(new, Actor::Scheduler, &**provider, &*self.clock).await?;
        Ok(())
    }

    async fn change(&self, key: &Scheduled, change: Change) -> Result<(), Failure> {
        let key = key.id.clone();
        let transition = Transition { key, change, by: Actor::Scheduler, force: false, reason: None };
        self.keys.change(transition, self.clock.now()).await?;
        Ok(())
    }

    fn say(&mut self, key: &Scheduled, step: Step, run: &mut Run) {
        match step {
            Step::SayOverdue { .. } => run.overdue = run.overdue.saturating_add(1),
            Step::SayExpiry { .. } => run.expiring = run.expiring.saturating_add(1),
            Step::Announce
            | Step::Activate(_)
            | Step::EndDraining(_)
            | Step::Retire(_)
            | Step::SayAdoptionNeeded
            | Step::SayCertificatesNeeded(_) => {}
        }
        let now = self.clock.now();
        let last = self.said.insert((key.id.clone(), name(step)), now);
        if last.is_some_and(|last| last <= now && now < last.after(SAID_AGAIN_AFTER)) {
            self.said.insert((key.id.clone(), name(step)), last.unwrap_or(now));
            return;
        }
        let id = &key.id;
        match step {
            Step::SayOverdue { since } => {
                tracing::warn!(alarm = "rotation_overdue", key = %id, since = %since, "a key should have rotated");
            }
            Step::SayExpiry { version, at } => {
                tracing::warn!(
                    alarm = "certificate_expiry", key = %id, version = %version, not_after = %at,
                    "the certificate of a key ends; `splitsign keys csr` and `keys import-chain` replace it"
                );
            }
            Step::SayAdoptionNeeded => {
                tracing::warn!(
                    alarm = "adoption_needed", key = %id, provider = key.provider,
                    "a key is to rotate and its provider makes no keys: make one there, and `splitsign keys announce \
                     --provider-key` it"
                );
            }
            Step::SayCertificatesNeeded(version) => {
                tracing::warn!(
                    alarm = "certificates_needed", key = %id, version = %version,
                    "the announced version has no certificates, and the active one has: import them with `splitsign \
                     keys import-chain`"
                );
            }
            Step::Announce | Step::Activate(_) | Step::EndDraining(_) | Step::Retire(_) => {}
        }
    }

    fn measure(&self, run: &Run, soonest: Option<UnixMillis>) {
        let now = self.clock.now();
        let left = soonest.map(|at| at.get().saturating_sub(now.get()));
        metrics::rotation_checked(run.overdue, run.expiring, left, now.get());
        self.keys.note_rotation_check(now);
    }
}

/// The step, as metrics and logs name it.
const fn name(step: Step) -> &'static str {
    match step {
        Step::Announce => "announce",
        Step::Activate(_) => "activate",
        Step::EndDraining(_) => "end_draining",
        Step::Retire(_) => "retire",
        Step::SayAdoptionNeeded => "say_adoption_needed",
        Step::SayCertificatesNeeded(_) => "say_certificates_needed",
        Step::SayOverdue { .. } => "say_overdue",
        Step::SayExpiry { .. } => "say_expiry",
    }
}

/// The failure, as metrics and the audit trail name it.
const fn class(failure: &Failure) -> &'static str {
    match failure {
        Failure::Announce(CreateError::Provider { source, .. }) => source.class().name(),
        Failure::Announce(CreateError::Storage(_)) | Failure::Change(TransitionError::Storage(_)) => "storage",
        Failure::Announce(
            CreateError::Exists { .. }
            | CreateError::Missing { .. }
            | CreateError::Announced { .. }
            | CreateError::Raced { .. }
            | CreateError::SameKey { .. }
            | CreateError::Chain { .. }
            | CreateError::Certificate { .. },
        )
        | Failure::Change(TransitionError::Refused(_)) => "refused",
        Failure::NoProvider(_) => "provider_not_configured",
    }
}
