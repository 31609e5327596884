//! Whether signing would work now.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{Mutex as SyncMutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tokio::sync::{Mutex, Semaphore};

use crate::audit::{Running, Trail};
use crate::clock::{Clock, UnixMillis};
use crate::identity::KeyId;
use crate::keys::{KeyEntry, KeyState, Keys, ProviderSet};
use crate::pipeline::{Pipeline, probe};
use crate::storage::StorageError;
use crate::telemetry::metrics;

/// How long an answer about storage is used again: a probe costs a flush to disk.
const READINESS_AGE: Duration = Duration::from_secs(1);

/// How soon a provider that is not up is asked again, if that is sooner than the interval.
const RETRY: Duration = Duration::from_secs(5);

/// Who signs probes, in the audit trail.
const PROBER: &str = "health-probe";

/// The section `[health]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Milliseconds: how often each provider that has keys signs a probe. Default 60000, which is 1440 signatures a day
    /// for each provider, paid and recorded as any other. Zero turns it off: `/health/kms` then says `UNKNOWN`. Prevents a
    /// key that was disabled at its provider from being found by a customer.
    pub probe_interval_ms: u64,
    /// Milliseconds: how long a probe may take. Default 5000. Prevents a health that is `UP` because a provider that
    /// hangs has not failed yet.
    pub probe_timeout_ms: u64,
    /// Keys, `tenant/name`: the probe of a provider signs with the first of these that is active there, else with the
    /// version that was made the longest time ago. Default none. Prevents probes in the usage statistics of a customer's
    /// key.
    pub probe_keys: Vec<String>,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self { probe_interval_ms: 60_000, probe_timeout_ms: 5_000, probe_keys: Vec::new() }
    }
}

impl HealthConfig {
    /// How long an operation of a probe may take.
    #[must_use]
    pub const fn probe_timeout(&self) -> Duration {
        Duration::from_millis(self.probe_timeout_ms)
    }

    const fn interval(&self) -> Duration {
        Duration::from_millis(self.probe_interval_ms)
    }

    /// A verdict that is older was not renewed: nobody knows.
    fn stale_after(&self) -> Duration {
        self.interval().max(RETRY).saturating_mul(3).saturating_add(self.probe_timeout())
    }
}

/// Whether requests can be taken.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// Whether a record was just made durable.
    pub storage_writable: bool,
    /// How many intents have no known outcome; `None` if that cannot be read.
    pub unresolved_intents: Option<usize>,
}

/// Whether a provider signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderStatus {
    /// The last probe got a signature that verifies.
    Up,
    /// It did not.
    Down,
    /// There was no probe yet, or none for too long, or there is no key to sign with.
    Unknown,
}

/// What is known of a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderHealth {
    /// Its name in the configuration.
    pub name: String,
    /// Whether it signs.
    pub status: ProviderStatus,
    /// The class of the failure, or why nothing is known.
    pub reason: Option<&'static str>,
    /// Whether there is a key to sign with.
    pub in_use: bool,
    /// When the last probe ended.
    pub checked_at: Option<UnixMillis>,
}

/// What the last probe of a provider came to.
#[derive(Clone, Copy, Debug)]
struct Probed {
    failure: Option<&'static str>,
    in_use: bool,
    at: UnixMillis,
    /// The same by the clock that measures.
    elapsed: Duration,
}

/// The last answer, and when it was given.
type Last<T> = Arc<Mutex<Option<(Duration, T)>>>;

/// What is known of storage and providers. Clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    trail: Trail,
    running: Running,
    keys: Keys,
    providers: ProviderSet,
    pipeline: Pipeline,
    clock: Arc<dyn Clock>,
    config: HealthConfig,
    readiness: Last<Readiness>,
    probed: Arc<SyncMutex<BTreeMap<String, Probed>>>,
}

impl Health {
    /// The health of what `pipeline` needs.
    #[must_use]
    pub fn new(
        trail: Trail,
        keys: Keys,
        providers: ProviderSet,
        pipeline: Pipeline,
        clock: Arc<dyn Clock>,
        config: HealthConfig,
    ) -> Self {
        let running = pipeline.running().clone();
        let (readiness, probed) = (Arc::default(), Arc::default());
        Self { trail, running, keys, providers, pipeline, clock, config, readiness, probed }
    }

    /// The names of the providers that were built.
    pub fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|(name, _)| name)
    }

    /// Whether requests can be taken, as of a second ago at most.
    pub async fn readiness(&self) -> Readiness {
        // Held while probing: those who ask meanwhile get the same answer.
        let mut last = self.readiness.lock().await;
        if let Some((at, readiness)) = &*last
            && self.clock.elapsed().saturating_sub(*at) < READINESS_AGE
        {
            return readiness.clone();
        }
        let readiness = Readiness {
            storage_writable: self.trail.probe(self.clock.now()).await.is_ok(),
            unresolved_intents: self.trail.unresolved_count(&self.running).await.ok(),
        };
        *last = Some((self.clock.elapsed(), readiness.clone()));
        readiness
    }

    /// What the probes found out; nobody is asked now.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderHealth> {
        let probed = self.probed();
        self.provider_names().map(|name| self.provider(name, probed.get(name))).collect()
    }

    fn provider(&self, name: &str, probed: Option<&Probed>) -> ProviderHealth {
        let unknown = |reason| (ProviderStatus::Unknown, Some(reason));
        let stale = |last: &Probed| self.clock.elapsed().saturating_sub(last.elapsed) > self.config.stale_after();
        let (status, reason) = match probed {
            None if self.config.probe_interval_ms == 0 => unknown("probes_are_off"),
            None => unknown("not_probed_yet"),
            Some(last) if stale(last) => unknown("stale"),
            Some(Probed { in_use: false, .. }) => unknown("no_active_key"),
            Some(Probed { failure: Some(class), .. }) => (ProviderStatus::Down, Some(*class)),
            Some(Probed { failure: None, .. }) => (ProviderStatus::Up, None),
        };
        let in_use = probed.is_none_or(|last| last.in_use);
        ProviderHealth { name: name.to_owned(), status, reason, in_use, checked_at: probed.map(|last| last.at) }
    }

    /// Probes each provider from time to time, until it is dropped.
    pub async fn keep_probing(self) {
        if self.config.probe_interval_ms == 0 {
            tracing::warn!("health.probe_interval_ms is 0: /health/kms will not know whether keys sign");
            return;
        }
        let names: Vec<String> = self.provider_names().map(str::to_owned).collect();
        let mut probing = tokio::task::JoinSet::new();
        for name in names {
            probing.spawn(self.clone().keep_probing_one(name));
        }
        // They never end; if this is dropped, so are they.
        probing.join_all().await;
    }

    async fn keep_probing_one(self, name: String) {
        // One probe of a provider at a time: what hangs is not added to.
        let places = Arc::new(Semaphore::new(1));
        loop {
            self.probe(&name, &places).await;
            let up = self.provider(&name, self.probed().get(&name)).status == ProviderStatus::Up;
            let interval = self.config.interval();
            tokio::time::sleep(if up { interval } else { interval.min(RETRY) }).await;
        }
    }

    async fn probe(&self, name: &str, places: &Arc<Semaphore>) {
        let began = self.clock.elapsed();
        let timeout = self.config.probe_timeout();
        let (failure, in_use) = match self.probe_key(name).await {
            Err(error) => {
                tracing::error!(provider = name, error = &error as &dyn core::error::Error, "no key can be read");
                (Some("storage"), true)
            }
            Ok(None) => (None, false),
            Ok(Some(key)) => {
                let (id, version) = (key.id.clone(), key.version);
                match probe::sign(&self.pipeline, Arc::new(key), PROBER, places, timeout).await {
                    Ok(()) => (None, true),
                    Err(error) => {
                        let (failure, words) = (error.class(), error.words(timeout));
                        tracing::error!(
                            alarm = "provider_down", provider = name, key = %id, %version, failure, words,
                            "a health probe got no signature"
                        );
                        (Some(failure), true)
                    }
                }
            }
        };
        let (at, elapsed) = (self.clock.now(), self.clock.elapsed());
        if in_use {
            metrics::probe(name, failure.unwrap_or("signed"), elapsed.saturating_sub(began), at.get());
        }
        self.probed().insert(name.to_owned(), Probed { failure, in_use, at, elapsed });
    }

    /// The key that the probe of a provider signs with.
    async fn probe_key(&self, provider: &str) -> Result<Option<KeyEntry>, StorageError> {
        for key in &self.config.probe_keys {
            // A name that is none was refused at the start.
            let Ok(id) = key.parse::<KeyId>() else { continue };
            let versions = self.keys.versions(&id).await?;
            let active = versions.into_iter().find(|entry| entry.state == KeyState::Active);
            if let Some(entry) = active.filter(|entry| entry.provider == provider) {
                return Ok(Some(entry));
            }
        }
        self.keys.oldest_active(provider).await
    }

    fn probed(&self) -> MutexGuard<'_, BTreeMap<String, Probed>> {
        // The map is whole after every operation on it, whatever its user did.
        self.probed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
