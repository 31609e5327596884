//! The HTTP interface: routes, extraction, problem+json. Owns the wire shapes; decides nothing about signing.

mod accept;
mod admin;
mod c2pa;
mod cose_key_set;
mod csc;
mod dialect;
mod dropins;
mod extract;
mod health;
mod key_sets;
mod keys;
mod layers;
mod metrics;
mod openapi;
mod page;
mod problem;
mod problem_code;
mod refusals;
mod server;
mod sign;
mod sign_binary;
mod transit;
mod wire;

use alloc::sync::Arc;
use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::auth::Tokens;
use crate::clock::Clock;
use crate::keys::Keys;
use crate::pipeline::{Health, Operations, Pipeline};
use crate::shutdown::Shutdown;
use crate::telemetry::metrics::Access;

use dropins::Dropins;

pub use dropins::DropinsConfig;
pub use openapi::openapi_json;
pub use problem_code::ProblemCode;
pub use server::serve;

/// The section `[server]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port. Default `127.0.0.1:8700`; port 0 takes a free one. The actual address is printed on standard
    /// output. Prevents an interface that is open to a network without anybody having decided it: there is no TLS
    /// here, put a proxy before it.
    pub listen: SocketAddr,
    /// A file that the actual address is written to, as `http://ADDRESS:PORT`. Default: none. Prevents scripts that guess a
    /// port or parse a log.
    pub address_file: Option<PathBuf>,
    /// Bytes: the largest request body. Default 65536, in which a TBS of 32 KiB has its place. Prevents payloads that are
    /// sent where a digest belongs.
    pub max_body_bytes: usize,
    /// Milliseconds: how long a connection may take to send the whole header of its next request, also the first byte of
    /// it. Default 10000. Prevents clients that open connections, say little, and keep them.
    pub header_timeout_ms: u64,
    /// Connections at once; more wait until one ends. Default 4096. Prevents a service without file descriptors.
    pub max_connections: usize,
    /// Milliseconds: how long a request may take from its headers to its reply. Default 30000. Prevents connections that
    /// wait for ever; a signature that comes later is recorded and can be had with the same idempotency key.
    pub request_timeout_ms: u64,
    /// Milliseconds: how long a stop waits for requests under way. Default 10000. Prevents a stop that never ends; what
    /// is not done by then shows as unresolved at the next start.
    pub drain_timeout_ms: u64,
    /// Requests under way at once; more are refused with 503 at once. Default 2048, which takes some 300 MiB when all
    /// wait. Prevents a queue in which every request times out. Health requests are not counted.
    pub max_in_flight: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8700)),
            address_file: None,
            max_body_bytes: 64 * 1024,
            header_timeout_ms: 10_000,
            max_connections: 4096,
            request_timeout_ms: 30_000,
            drain_timeout_ms: 10_000,
            max_in_flight: 2048,
        }
    }
}

impl Config {
    fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How long a stop waits.
    #[must_use]
    pub const fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms)
    }
}

/// What handlers have of it: every request has some clones, and each is one count.
type Shared = Arc<Api>;

/// What handlers work with.
#[derive(Debug)]
pub struct Api {
    tokens: Tokens,
    keys: Keys,
    pipeline: Pipeline,
    health: Health,
    operations: Operations,
    /// Who may read the metrics.
    metrics: Access,
    /// The key set, as it was last written.
    key_sets: key_sets::KeySets,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    config: Arc<Config>,
    dropins: Arc<Dropins>,
    in_flight: Arc<Semaphore>,
}

impl Api {
    /// An interface to these parts.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "it has these parts, and app.rs is the one that knows them")]
    pub fn new(
        tokens: Tokens,
        keys: Keys,
        pipeline: Pipeline,
        health: Health,
        operations: Operations,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        config: Config,
    ) -> Self {
        let in_flight = Arc::new(Semaphore::new(config.max_in_flight.min(Semaphore::MAX_PERMITS)));
        Self {
            tokens,
            keys,
            pipeline,
            health,
            operations,
            metrics: Access::Admin,
            key_sets: key_sets::KeySets::default(),
            clock,
            shutdown,
            config: Arc::new(config),
            dropins: Arc::default(),
            in_flight,
        }
    }

    /// The same with metrics for others than admins, or for nobody.
    #[must_use]
    pub const fn with_metrics(mut self, access: Access) -> Self {
        self.metrics = access;
        self
    }

    /// The same with drop-ins for clients of other services.
    #[must_use]
    pub fn with_dropins(mut self, config: DropinsConfig) -> Self {
        self.dropins = Arc::new(Dropins::new(config));
        self
    }

    /// The routes.
    pub fn router(self) -> Router {
        let shared: Shared = Arc::new(self);
        Router::new()
            .route("/v1/sign", post(sign::sign))
            .route("/v1/sign/batch", post(sign::sign_batch))
            .route("/v1/sign/{tenant}/{name}", post(sign_binary::sign))
            .route("/v1/keys", get(keys::list))
            .route("/v1/keys/{*id}", get(keys::descriptor))
            .route("/.well-known/jwks.json", get(keys::jwks))
            .route("/.well-known/cose-keys", get(keys::cose_keys))
            .route("/openapi.json", get(openapi::serve))
            .route("/api/admin/kms/validate", post(admin::validate))
            .route("/api/admin/kms/status", get(admin::status))
            .merge(dropins::routes(&shared.dropins))
            .layer(from_fn_with_state(Arc::clone(&shared), layers::limit))
            .route("/health/live", get(health::live))
            .route("/health/ready", get(health::ready))
            .route("/health/kms", get(health::kms))
            .route("/metrics", get(metrics::serve))
            .fallback(layers::no_route)
            .method_not_allowed_fallback(layers::no_method)
            .layer(from_fn_with_state(Arc::clone(&shared), layers::frame))
            .with_state(shared)
    }
}
