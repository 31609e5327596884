//! Keys on a token behind PKCS#11: hardware modules, smart cards, SoftHSM. `CKM_ECDSA` on the digest, P-256.
//!
//! The module of the vendor is loaded when the service starts and runs in this process with all that the process may
//! do: it is trusted. Its answers are checked all the same; the pipeline verifies each signature before it leaves.
//! Keys never leave the token: what is made here is sensitive and cannot be extracted.
//!
//! This process never forks. A program that it starts inherits nothing of the module; a module that was finalised by
//! somebody else answers so, and is initialised again by the next call.

mod client;
mod connection;
mod error;
mod module;
mod reference;
#[cfg(test)]
mod tests;
mod token_key;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::TokenClient;
use connection::Pin;
use module::Module;
use reference::{KeyName, TokenName};

/// More threads than this wait for one token.
const SESSIONS_MAX: usize = 256;

/// Configuration of the provider `pkcs11`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The module of the vendor, an absolute path. There is no default. Prevents: code that is loaded from wherever a
    /// library of this name is found first.
    pub module: PathBuf,
    /// The label of the token; this, `serial` or both. Default: any. Prevents: keys that are made on whatever is in the
    /// first slot, as the numbers of slots change.
    #[serde(default)]
    pub token: Option<String>,
    /// The serial number of the token. Default: any. Prevents: two tokens of one label that are taken for each other.
    #[serde(default)]
    pub serial: Option<String>,
    /// The user PIN: a reference, `{ file = "…" }` or `{ env = "…" }`. There is no default. Prevents: a PIN in a
    /// configuration file that gets committed.
    pub pin: SecretReference,
    /// How many sessions are open at once, and so how many calls are under way; default 8, at most 256. More calls
    /// wait. Prevents: a token that runs out of sessions, which others need too.
    #[serde(default = "default_sessions")]
    pub sessions: usize,
    /// How long one call may take, in milliseconds, with the wait for a session; default 30000. Prevents: requests
    /// that pile up behind a token that does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

const fn default_sessions() -> usize {
    8
}

const fn default_timeout_ms() -> u64 {
    30_000
}

/// Makes the provider: loads the module and reads the PIN. The token is looked for by the first call, and the login is
/// made then: a service that is started again and again over a wrong PIN would lock the token.
///
/// # Errors
/// `invalid` for a value that cannot work or a module that cannot be loaded, `denied` if the PIN cannot be read,
/// `unavailable` if the module does not start, `timeout` if it does not do so in time.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    check(config)?;
    let wanted = TokenName { label: config.token.clone(), serial: config.serial.clone(), ..TokenName::default() };
    let (path, pin) = (config.module.clone(), config.pin.clone());
    // Both block, and some modules look for devices first.
    let load = move || Ok::<_, ProviderError>((Module::load(&path)?, Pin::new(&pin.read()?)));
    let timeout = Duration::from_millis(config.timeout_ms);
    let loaded = tokio::time::timeout(timeout, tokio::task::spawn_blocking(load)).await.map_err(|_| {
        let message = format!(
            "the module {} does not start within providers.pkcs11.timeout_ms: look at its own configuration and log",
            config.module.display()
        );
        error::failure(ErrorClass::Timeout, &message)
    })?;
    let (module, pin) = loaded
        .map_err(|e| error::failure(ErrorClass::Unavailable, "loading the module was interrupted").with_source(e))??;
    let client = TokenClient::new(module, wanted, pin, config.sessions, timeout);
    Ok(Arc::new(Pkcs11Provider { client }))
}

fn check(config: &Config) -> Result<(), ProviderError> {
    let problem = if !config.module.is_absolute() {
        "providers.pkcs11.module is not an absolute path: write it from / on"
    } else if config.token.is_none() && config.serial.is_none() {
        "neither providers.pkcs11.token nor providers.pkcs11.serial is there: write the label of the token"
    } else if !(1..=SESSIONS_MAX).contains(&config.sessions) {
        "providers.pkcs11.sessions must be 1 to 256"
    } else if config.timeout_ms == 0 {
        "providers.pkcs11.timeout_ms is 0, so every call would time out: leave it out"
    } else {
        return Ok(());
    };
    Err(error::failure(ErrorClass::Invalid, problem))
}

/// Keys on a token.
#[derive(Debug)]
struct Pkcs11Provider {
    client: TokenClient,
}

#[async_trait]
impl Provider for Pkcs11Provider {
    fn kind(&self) -> &'static str {
        "pkcs11"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let name = self.client.create_key(new).await?;
        let shown = name.to_string();
        let (reference, public_key) = self.client.describe(name).await.map_err(|error| {
            let message =
                format!("the key {shown} was made, and cannot be used yet: adopt it when it can, or delete it");
            ProviderError::new(error.class(), message).with_source(error)
        })?;
        Ok(KeyDescription { reference, public_key, certificate_chain: Vec::new() })
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        let (reference, public_key) = self.client.describe(KeyName::parse(reference)?).await?;
        Ok(KeyDescription { reference, public_key, certificate_chain: Vec::new() })
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(KeyName::parse(reference)?, digest).await
    }
}
