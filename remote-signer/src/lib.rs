//! The remote signer: it holds every key behind a provider, signs 32-byte digests, and keeps a durable audit trail.
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
//! other. A test enforces the table.
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(not(any(
    feature = "aws-kms",
    feature = "env",
    feature = "file",
    feature = "gcp-kms",
    feature = "pkcs11",
    feature = "vault"
)))]
compile_error!(
    "a signer without a provider has no keys: build with at least one of the features aws-kms, env, file, gcp-kms, pkcs11, vault"
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
