//! The remote signer: it holds every key behind a provider, signs 32-byte digests, and keeps a durable audit trail.
//!
//! Most people want the program: `splitsign serve` and the other commands of its command line ([`cli`]). The library is
//! the same service in parts, for programs that start it themselves and for tests. It has no stable interface of its own:
//! what is stable is the HTTP API (`docs/openapi.json`), the command line, the configuration
//! (`config.example.toml`) and the audit trail (`docs/audit.md`).
//!
//! ```
//! use splitsign_signer::config::{Config, Environment};
//!
//! // What the file and the environment say, as `splitsign serve` reads it.
//! let variable = ("SPLITSIGN__SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned());
//! let environment = Environment::from_iter([variable]);
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
//! let config = Config::load(Some(file.as_ref()), &environment)?;
//! assert_eq!(config.server.listen.port(), 0);
//! assert_eq!(config.providers.names().collect::<Vec<_>>(), ["file"]);
//! # Ok::<(), splitsign_signer::config::ConfigError>(())
//! ```
//!
//! # Modules
//!
//! | module | what | may import |
//! |---|---|---|
//! | [`api`] | routes, extraction, problem+json; owns the wire shapes | `auth`, `pipeline`, `keys` |
//! | [`pipeline`] | authenticated → admit → record intent → sign → check → record outcome → reply | `keys`, `providers`, `audit` |
//! | [`auth`] | who is calling | `audit`, `storage` |
//! | [`keys`] | ids, versions, states, certificates | `audit`, `providers`, `storage` |
//! | [`audit`] | what was meant and what came of it, hash-chained | `storage` |
//! | [`providers`] | where private keys live | nothing of ours |
//! | [`storage`] | SQLite with group commit | nothing of ours |
//! | [`config`] | composes the modules' own `Config` types | used by `app` and `cli` only |
//! | [`app`] | the only wiring point | everything but `cli` |
//! | [`cli`] | the command line | everything |
//!
//! [`clock`], [`encoding`], [`identity`], [`shutdown`] and [`telemetry`] may be imported by all and import none but each
//! other. `cargo xtask check` enforces the table.
//!
//! # Features
//!
//! One for each provider, all on by default: `aws-kms`, `azure-kv`, `env`, `file`, `gcp-kms`, `pkcs11`, `vault`. A build
//! needs at least one. A provider that is left out is not linked, and a configuration that names it stops the start.
//!
//! # What it does not do
//!
//! It never sees more of a payload than its digest, unless a caller asks it to hash. It speaks plain HTTP: terminate TLS in
//! front of it. It carries certificate chains and validates them only as far as `keys import-chain` says.
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(not(any(
    feature = "aws-kms",
    feature = "azure-kv",
    feature = "env",
    feature = "file",
    feature = "gcp-kms",
    feature = "pkcs11",
    feature = "vault"
)))]
compile_error!(
    "a signer without a provider has no keys: build with at least one of the features aws-kms, azure-kv, env, file, gcp-kms, pkcs11, vault"
);

pub mod clock;
pub mod encoding;
pub mod identity;
pub mod shutdown;
pub mod telemetry;

pub mod audit;
pub mod storage;

pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod keys;
pub mod pipeline;
pub mod providers;
