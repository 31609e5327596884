//! Keys in Azure Key Vault: `EC` or `EC-HSM`, curve `P-256`, signed with `ES256` over a digest.
//!
//! Azure is trusted with the key and with nothing else. Its answers are checked: the version that answered must be the
//! one that was asked, the signature must be 64 bytes that can be one, and the pipeline verifies it before it leaves. A
//! token goes to the configured vault and to nobody else, whatever a reference names. Credentials are those of Entra ID
//! that the host has (a client secret or a federated token in the environment, a managed identity) and never from our
//! configuration.

mod client;
mod credentials;
mod error;
mod reference;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::VaultClient;
use credentials::Credentials;
use reference::KeyName;

/// Configuration of the provider `azure-kv`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The vault, as `https://acme.vault.azure.net`. No default. Prevents: tokens that go to whatever host a reference
    /// names.
    pub vault_url: String,
    /// What protects new keys, `software` or `hsm` (which needs a vault of the tier Premium); default `software`.
    /// Prevents: keys in software where a policy asks for an HSM.
    #[serde(default)]
    pub protection_level: ProtectionLevel,
    /// An access token instead of the credentials of the host, as a reference; it is read once, at the start. Default:
    /// none. Prevents: emulators that are sent real credentials.
    #[serde(default)]
    pub token: Option<SecretReference>,
    /// How long one call may take, in milliseconds, with credentials and connection; default 30000. Prevents: requests
    /// that pile up behind a vault that does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

/// What protects a new key.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum ProtectionLevel {
    /// Software of Azure: `EC`.
    #[default]
    Software,
    /// HSMs of Azure: `EC-HSM`.
    Hsm,
}

const fn default_timeout_ms() -> u64 {
    30_000
}

/// Makes the provider. The vault is not called yet.
///
/// # Errors
/// `invalid` for a field that cannot work; `denied` for credentials that are named and cannot be used.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    let credentials = match &config.token {
        Some(reference) => Credentials::token(reference)?,
        None => Credentials::of_the_host(&config.vault_url)?,
    };
    build_with(config, credentials, system_time)
}

fn build_with(
    config: &Config,
    credentials: Credentials,
    now: fn() -> SystemTime,
) -> Result<Arc<dyn Provider>, ProviderError> {
    if config.timeout_ms == 0 {
        let message = "providers.azure-kv.timeout_ms is 0, so every call would time out: leave it out";
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    Ok(Arc::new(AzureKvProvider { client: VaultClient::new(config, credentials, now)? }))
}

#[expect(clippy::disallowed_methods, reason = "whether a key is valid now; providers import nothing of ours")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

/// Keys in a vault.
#[derive(Debug)]
struct AzureKvProvider {
    client: VaultClient,
}

#[async_trait]
impl Provider for AzureKvProvider {
    fn kind(&self) -> &'static str {
        "azure-kv"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        self.client.create_key(new).await
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        self.client.describe(KeyName::parse(reference)?).await
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(KeyName::parse(reference)?, digest).await
    }
}
