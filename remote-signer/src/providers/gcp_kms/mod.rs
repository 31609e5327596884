//! Keys in Google Cloud KMS: purpose `ASYMMETRIC_SIGN`, algorithm `EC_SIGN_P256_SHA256`.
//!
//! Google is trusted with the key and with nothing else. Its answers are checked: the version that answered must be the
//! one that was asked, the digest must have arrived with our checksum, checksums of the answer must be right, the
//! signature must be strict DER, and the pipeline verifies it before it leaves. Credentials are the Application Default
//! Credentials of the host (a service account key, workload identity federation, gcloud's file, the metadata server) and
//! never from our configuration.
//!
//! It speaks the documented REST form of the API, so that there is one HTTP client and no generated code.

mod client;
mod credentials;
mod error;
mod reference;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::KmsClient;
use credentials::Credentials;
use reference::VersionName;

/// Configuration of the provider `gcp-kms`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where new keys are made: `projects/P/locations/L/keyRings/R`. Default: none, and keys that exist are adopted by
    /// their references. Prevents: keys in a location that nobody chose.
    #[serde(default)]
    pub key_ring: Option<String>,
    /// What protects new keys, `software` or `hsm`; default `software`. Prevents: keys in software where a policy asks
    /// for an HSM.
    #[serde(default)]
    pub protection_level: ProtectionLevel,
    /// Another endpoint than `https://cloudkms.googleapis.com`: Private Service Connect, or an emulator. Default: none.
    /// Prevents: signing requests that leave the private network.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// An access token instead of the Application Default Credentials, as a reference; it is read once, at the start.
    /// Default: none. Prevents: emulators that are sent real credentials.
    #[serde(default)]
    pub token: Option<SecretReference>,
    /// How long one call may take, in milliseconds, with credentials and connection; default 30000. Prevents: requests
    /// that pile up behind a KMS that does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

/// What protects a new key.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum ProtectionLevel {
    /// Google's software.
    #[default]
    Software,
    /// Google's HSMs, FIPS 140-2 level 3.
    Hsm,
}

const fn default_timeout_ms() -> u64 {
    30_000
}

impl Default for Config {
    fn default() -> Self {
        Self {
            key_ring: None,
            protection_level: ProtectionLevel::Software,
            endpoint: None,
            token: None,
            timeout_ms: default_timeout_ms(),
        }
    }
}

/// Makes the provider. KMS is not called yet.
///
/// # Errors
/// `invalid` for a field that cannot work; `denied` for credentials that are named and cannot be read.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    let credentials = match &config.token {
        Some(reference) => Credentials::token(reference)?,
        None => Credentials::application_default()?,
    };
    build_with_credentials(config, credentials)
}

fn build_with_credentials(config: &Config, credentials: Credentials) -> Result<Arc<dyn Provider>, ProviderError> {
    if config.timeout_ms == 0 {
        let message = "providers.gcp-kms.timeout_ms is 0, so every call would time out: leave it out";
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    Ok(Arc::new(GcpKmsProvider { client: KmsClient::new(config, credentials)? }))
}

/// Keys in Cloud KMS.
#[derive(Debug)]
struct GcpKmsProvider {
    client: KmsClient,
}

#[async_trait]
impl Provider for GcpKmsProvider {
    fn kind(&self) -> &'static str {
        "gcp-kms"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        self.client.create_key(new).await
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        self.client.describe(VersionName::parse(reference)?).await
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(VersionName::parse(reference)?, digest).await
    }
}
