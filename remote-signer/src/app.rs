//! The only wiring point: from a configuration to a service that runs.

use alloc::sync::Arc;
use core::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::api::{Api, serve};
use crate::audit::{Broken, Event, Running, Trail, VerifyError};
use crate::auth::Tokens;
use crate::clock::Clock;
use crate::config::{Config, redacted};
use crate::keys::{Keys, ProviderSet, Scheduler};
use crate::pipeline::{Health, Operations, Pipeline, Validator};
use crate::providers::{Provider, ProviderError};
use crate::shutdown::Shutdown;
use crate::storage::{ServeLock, Storage, StorageError};
use crate::telemetry::metrics;

/// How often idempotency keys that are too old are removed.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);

/// How often measurements are put into their buckets.
const COUNTING_INTERVAL: Duration = Duration::from_secs(5);

/// Keys that are validated at once, so that a list of keys does not take a provider's quota.
const VALIDATIONS: usize = 8;

/// All providers that there are, each under the name of its feature, and whether this program was built with it.
pub const PROVIDERS: &[(&str, bool)] = &[
    ("aws-kms", cfg!(feature = "aws-kms")),
    ("azure-kv", cfg!(feature = "azure-kv")),
    ("env", cfg!(feature = "env")),
    ("file", cfg!(feature = "file")),
    ("gcp-kms", cfg!(feature = "gcp-kms")),
    ("pkcs11", cfg!(feature = "pkcs11")),
    ("vault", cfg!(feature = "vault")),
];

/// The providers that this program was built with, for messages.
fn built() -> String {
    PROVIDERS.iter().filter(|(_, is_built)| *is_built).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration names a provider that there is not.
    #[error("there is no provider `{}`; this program has: {}; see docs/guides/providers.md", .name.escape_debug(), built())]
    UnknownProvider {
        /// What it names.
        name: String,
    },
    /// The configuration names a provider that this program was built without.
    #[error(
        "the provider `{name}` is not in this program: build it with `cargo build --release -p splitsign-signer --features \
         {name}`; this program has: {}; see docs/guides/providers.md",
        built()
    )]
    UnbuiltProvider {
        /// What it names, which is the name of the feature too.
        name: &'static str,
    },
    /// The section of a provider is not valid.
    #[error("[providers.{name}] is not valid: {problem}")]
    ProviderConfig {
        /// The provider.
        name: String,
        /// Why, without values: they may be secrets.
        problem: String,
    },
    /// A provider cannot be used.
    #[error("provider {name} cannot be used")]
    Provider {
        /// The provider.
        name: String,
        /// Why.
        #[source]
        source: ProviderError,
    },
    /// The audit trail was changed, or the disk lost something.
    #[error(
        "the audit trail cannot be believed; `splitsign audit verify` computes all of it: keep a copy, find out why"
    )]
    ChainBroken(#[source] Broken),
    /// Storage cannot be used.
    #[error("storage cannot be used")]
    Storage(#[from] StorageError),
}

/// Builds the provider of this name, with its section of the configuration.
///
/// # Errors
/// [`StartError`] for a provider that there is not, or that cannot be used.
pub async fn build_provider(config: &Config, name: &str) -> Result<Arc<dyn Provider>, StartError> {
    let section = config.providers.section(name);
    let directory = &config.storage.directory;
    let built = match name {
        #[cfg(feature = "aws-kms")]
        "aws-kms" => crate::providers::aws_kms::build(&read(name, section)?, directory).await,
        #[cfg(feature = "azure-kv")]
        "azure-kv" => crate::providers::azure_kv::build(&read(name, section)?, directory).await,
        #[cfg(feature = "env")]
        "env" => crate::providers::env::build(&read(name, section)?, directory).await,
        #[cfg(feature = "file")]
        "file" => crate::providers::file::build(&read(name, section)?, directory).await,
        #[cfg(feature = "gcp-kms")]
        "gcp-kms" => crate::providers::gcp_kms::build(&read(name, section)?, directory).await,
        #[cfg(feature = "pkcs11")]
        "pkcs11" => crate::providers::pkcs11::build(&read(name, section)?, directory).await,
        #[cfg(feature = "vault")]
        "vault" => crate::providers::vault::build(&read(name, section)?, directory).await,
        _ => {
            return Err(match PROVIDERS.iter().find(|(known, _)| *known == name) {
                Some((name, _)) => StartError::UnbuiltProvider { name },
                None => StartError::UnknownProvider { name: name.to_owned() },
            });
        }
    };
    built.map_err(|source| StartError::Provider { name: name.to_owned(), source })
}

fn read<T: serde::de::DeserializeOwned>(name: &str, section: toml::Value) -> Result<T, StartError> {
    section.try_into().map_err(|error| StartError::ProviderConfig { name: name.to_owned(), problem: redacted(&error) })
}

impl Config {
    /// Builds the service with the providers that the configuration names.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn build(self, clock: Arc<dyn Clock>) -> Result<App, StartError> {
        // Storage makes its directory, which providers may put theirs into.
        let storage = Storage::open(&self.storage, &*clock).await?;
        let mut providers = Vec::new();
        for name in self.providers.names() {
            providers.push((name.to_owned(), build_provider(&self, name).await?));
        }
        App::assemble(self, storage, providers.into_iter().collect(), clock).await
    }
}

/// A service that is ready to run. It holds the right to serve its directory.
#[derive(Debug)]
pub struct App {
    router: Router,
    storage: Storage,
    trail: Trail,
    running: Running,
    scheduler: Scheduler,
    health: Health,
    clock: Arc<dyn Clock>,
    config: Config,
    shutdown: Shutdown,
    _lock: ServeLock,
}

impl App {
    /// Puts the parts together, with any providers, and settles what an earlier process left.
    ///
    /// # Errors
    /// [`StartError::Storage`], also if another process serves the directory.
    pub async fn assemble(
        config: Config,
        storage: Storage,
        providers: ProviderSet,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let lock = storage.lock_for_serving()?;
        let trail = Trail::new(storage.clone());
        let keys = Keys::new(storage.clone(), config.keys.clone());
        check_chain(&trail).await?;
        report_unresolved(&trail, &*clock).await?;
        report_missing_providers(&keys, &providers).await?;
        metrics::install();
        purge(&trail, &*clock, &config).await;
        keys.promise_max_age(clock.now()).await?;
        trail.record(clock.now(), Event::ServiceStarted { version: env!("CARGO_PKG_VERSION") }).await?;
        let pipeline = Pipeline::new(
            keys.clone(),
            providers.clone(),
            trail.clone(),
            Arc::clone(&clock),
            config.signing.clone(),
            config.idempotency.clone(),
        );
        let (running, shutdown) = (pipeline.running().clone(), Shutdown::default());
        let scheduler = Scheduler::new(keys.clone(), providers.clone(), Arc::clone(&clock));
        let health = Health::new(
            trail.clone(),
            keys.clone(),
            providers,
            pipeline.clone(),
            Arc::clone(&clock),
            config.health.clone(),
        );
        let (tokens, server) = (Tokens::new(storage.clone()), config.server.clone());
        let validator = Validator::new(pipeline.clone(), VALIDATIONS, config.health.probe_timeout());
        let operations = Operations::new(trail.clone(), validator, health.clone(), Arc::clone(&clock));
        let api =
            Api::new(tokens, keys, pipeline, health.clone(), operations, Arc::clone(&clock), shutdown.clone(), server);
        let api = api.with_metrics(config.telemetry.metrics);
        let api = api.with_dropins(config.dropins.clone());
        Ok(Self {
            router: api.router(),
            storage,
            trail,
            running,
            scheduler,
            health,
            clock,
            config,
            shutdown,
            _lock: lock,
        })
    }

    /// Stops the service when it is triggered.
    #[must_use]
    pub const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Where things are stored.
    #[must_use]
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Serves until the shutdown is triggered, then finishes what is under way, and records that it stopped.
    ///
    /// # Errors
    /// [`StartError::Storage`].
    pub async fn run(self, listener: TcpListener) -> Result<(), StartError> {
        let mut scheduling = tokio::spawn(self.scheduler.keep_running(self.shutdown.clone()));
        let purging = tokio::spawn(keep_purging(self.trail.clone(), Arc::clone(&self.clock), self.config.clone()));
        let probing = tokio::spawn(self.health.clone().keep_probing());
        let counting = tokio::spawn(keep_counting());
        {
            let serving = async {
                serve(listener, self.router, &self.config.server, &self.shutdown).await;
                // Callers who hung up left work behind.
                self.running.idle().await;
                // A key that is being made is recorded. A scheduler that panicked has nothing to be waited for.
                drop((&mut scheduling).await);
            };
            let time_is_up = async {
                self.shutdown.wait().await;
                tokio::time::sleep(self.config.server.drain_timeout()).await;
            };
            tokio::select! {
                () = serving => {}
                () = time_is_up => {
                    tracing::warn!("requests were still under way when the time for draining was up");
                }
            }
        }
        for task in [purging, scheduling, probing, counting] {
            task.abort();
        }
        let recorded = self.trail.record(self.clock.now(), Event::ServiceStopped {}).await;
        self.storage.close().await;
        tracing::info!("stopped");
        Ok(recorded?)
    }
}

/// Nothing is signed on top of a chain that is broken: an operator must see it as it is.
async fn check_chain(trail: &Trail) -> Result<(), StartError> {
    match trail.verify_end().await {
        Ok(_) => Ok(()),
        Err(VerifyError::Storage(error)) => Err(error.into()),
        Err(VerifyError::Broken(broken)) => {
            tracing::error!(alarm = "audit_chain_broken", error = &broken as &dyn core::error::Error, "not started");
            Err(StartError::ChainBroken(broken))
        }
    }
}

/// An intent without outcome means that a process was killed at the worst moment: an operator must know.
async fn report_unresolved(trail: &Trail, clock: &dyn Clock) -> Result<(), StorageError> {
    for intent in trail.recover(clock.now()).await? {
        tracing::warn!(
            request_id = %intent.request_id,
            key = intent.key_id,
            version = intent.key_version,
            intent_at = %intent.at,
            "an intent has no outcome: the provider may have signed, and nobody was given the signature"
        );
    }
    Ok(())
}

async fn report_missing_providers(keys: &Keys, providers: &ProviderSet) -> Result<(), StorageError> {
    for usage in keys.providers_in_use().await? {
        if providers.get(&usage.provider).is_none() {
            tracing::error!(
                provider = usage.provider,
                versions = usage.versions,
                example = usage.example,
                "this provider is not configured: its keys will not sign"
            );
        }
    }
    Ok(())
}

/// Forgets idempotency keys that nobody is promised any more.
async fn purge(trail: &Trail, clock: &dyn Clock, config: &Config) {
    match trail.purge_idempotency(clock.now(), config.idempotency.retention()).await {
        Ok(0) => {}
        Ok(removed) => tracing::debug!(removed, "old idempotency keys removed"),
        Err(error) => tracing::warn!(error = &error as &dyn core::error::Error, "old idempotency keys stay"),
    }
}

/// Moves measurements along, also where nobody reads them.
async fn keep_counting() {
    let mut ticks = tokio::time::interval(COUNTING_INTERVAL);
    loop {
        ticks.tick().await;
        metrics::run_upkeep();
    }
}

async fn keep_purging(trail: Trail, clock: Arc<dyn Clock>, config: Config) {
    // The start has purged already.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PURGE_INTERVAL, PURGE_INTERVAL);
    loop {
        ticks.tick().await;
        purge(&trail, &*clock, &config).await;
    }
}
