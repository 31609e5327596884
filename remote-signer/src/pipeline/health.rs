//! Whether signing would work now.

use alloc::sync::Arc;
use core::time::Duration;

use tokio::sync::Mutex;

use crate::audit::{Running, Trail};
use crate::clock::Clock;
use crate::keys::ProviderSet;
use crate::providers::ErrorClass;

/// How long an answer about storage is used again: a probe costs a flush to disk.
const READINESS_AGE: Duration = Duration::from_secs(1);

/// How long an answer about providers is used again: a probe counts against the provider's quota.
const PROVIDER_AGE: Duration = Duration::from_secs(5);

/// How long a provider may take to say that it is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether requests can be taken.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// Whether a record was just made durable.
    pub storage_writable: bool,
    /// How many intents have no known outcome; `None` if that cannot be read.
    pub unresolved_intents: Option<usize>,
}

/// Whether a provider answers.
#[derive(Clone, Debug)]
pub struct ProviderHealth {
    /// Its name in the configuration.
    pub name: String,
    /// The class of its failure, if it fails.
    pub failure: Option<ErrorClass>,
}

/// The last answer, and when it was given.
type Last<T> = Arc<Mutex<Option<(Duration, T)>>>;

/// Probes, with answers that are used again for a while. Clones share them.
#[derive(Clone, Debug)]
pub struct Health {
    trail: Trail,
    running: Running,
    providers: ProviderSet,
    clock: Arc<dyn Clock>,
    readiness: Last<Readiness>,
    provider_health: Last<Vec<ProviderHealth>>,
}

impl Health {
    /// The health of what the pipeline needs.
    #[must_use]
    pub fn new(trail: Trail, running: Running, providers: ProviderSet, clock: Arc<dyn Clock>) -> Self {
        Self { trail, running, providers, clock, readiness: Arc::default(), provider_health: Arc::default() }
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

    /// Whether the providers answer, as of five seconds ago at most.
    pub async fn providers(&self) -> Vec<ProviderHealth> {
        let mut last = self.provider_health.lock().await;
        if let Some((at, health)) = &*last
            && self.clock.elapsed().saturating_sub(*at) < PROVIDER_AGE
        {
            return health.clone();
        }
        let mut health = Vec::new();
        for (name, provider) in self.providers.iter() {
            let failure = match tokio::time::timeout(PROBE_TIMEOUT, provider.probe()).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => {
                    tracing::warn!(
                        provider = name,
                        error = &error as &dyn core::error::Error,
                        "a provider does not answer"
                    );
                    Some(error.class())
                }
                Err(_) => Some(ErrorClass::Timeout),
            };
            health.push(ProviderHealth { name: name.to_owned(), failure });
        }
        *last = Some((self.clock.elapsed(), health.clone()));
        health
    }
}
