//! Private keys that are handed to the service by reference: a variable of the environment, or a file that a container
//! has mounted. For small set-ups, tests and pipelines.
//!
//! The keys are read once, when the service starts, and are in its memory until it ends; whoever can read that, the
//! environment of the process or the file has the keys. They are wiped when dropped. Nothing is made or changed here.

mod client;
mod error;
mod reference;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::HeldKeys;

/// Configuration of the provider `env`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The keys, each by the name that references have: `[providers.env.keys.NAME]` is `env:NAME`. There is no default.
    /// Prevents: a variable that becomes a signing key because of how it is called.
    #[serde(default)]
    pub keys: BTreeMap<String, KeyConfig>,
}

/// A key of the provider `env`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Where the private key is, PKCS#8 or SEC 1 in PEM: a reference, `{ file = "…" }` or `{ env = "…" }`. Prevents: a
    /// private key in a configuration file that gets committed.
    pub key: SecretReference,
}

/// Makes the provider: reads all keys.
///
/// # Errors
/// `denied` if a key cannot be read, or if everybody may read its file; `invalid` for a section without keys, a name
/// that cannot be one, and for what is no P-256 key.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    let config = config.clone();
    let keys = tokio::task::spawn_blocking(move || HeldKeys::read(&config)).await.map_err(|e| {
        ProviderError::new(ErrorClass::Unavailable, "reading the keys was interrupted").with_source(e)
    })??;
    Ok(Arc::new(EnvProvider { keys }))
}

/// Keys that were handed over.
#[derive(Debug)]
struct EnvProvider {
    keys: HeldKeys,
}

#[async_trait]
impl Provider for EnvProvider {
    fn kind(&self) -> &'static str {
        "env"
    }

    fn creates_keys(&self) -> bool {
        false
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        Err(error::not_made_here(&new.key_id))
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        let name = reference::parse(reference)?;
        let public_key = self.keys.get(name)?.public_key()?;
        Ok(KeyDescription { reference: reference::of(name), public_key, certificate_chain: Vec::new() })
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.keys.get(reference::parse(reference)?)?.sign(digest)
    }
}
