//! Interfaces of other services, for clients that exist. They are another way to ask, and no other way to sign: each
//! request goes through the pipeline with its audit trail, and each failure has a status that is not 2xx.
//!
//! Their routes are not in the OpenAPI document: others define them, and most installations do not have them.

use axum::Router;
use serde::Deserialize;

use crate::api::csc::Activations;
use crate::api::{Shared, c2pa, csc, transit};

/// The section `[dropins]`.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DropinsConfig {
    /// `POST /c2pa/v1/{key}/sign`, which takes a token in its URL. Default false. Prevents tokens in URLs where nobody
    /// needs them.
    pub c2pa: bool,
    /// `/v1/transit/…`, as the Transit engine of Vault has it. Default false. Prevents a second way to the same keys
    /// that nobody watches.
    pub transit: bool,
    /// `/csc/v2/…`, of the Cloud Signature Consortium. Default false. Prevents signatures on documents that nobody
    /// meant to offer.
    pub csc: bool,
}

/// What is switched on, and what it remembers.
#[derive(Default, Debug)]
pub(super) struct Dropins {
    pub(super) config: DropinsConfig,
    /// Of CSC: what was authorized and not yet signed.
    pub(super) activations: Activations,
}

impl Dropins {
    pub(super) fn new(config: DropinsConfig) -> Self {
        Self { config, activations: Activations::default() }
    }
}

/// The routes of what is switched on. What is not has none.
pub(super) fn routes(dropins: &Dropins) -> Router<Shared> {
    let mut router = Router::new();
    if dropins.config.c2pa {
        router = router.merge(c2pa::routes());
    }
    if dropins.config.transit {
        router = router.merge(transit::routes());
    }
    if dropins.config.csc {
        router = router.merge(csc::routes());
    }
    router
}
