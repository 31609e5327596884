//! Keys in AWS KMS: `ECC_NIST_P256`, `SIGN_VERIFY`, signed with `MessageType=DIGEST`.
//!
//! AWS is trusted with the key and with nothing else. Its answers are checked: the key that answered must be the key
//! that was asked, the signature must be strict DER, and the pipeline verifies it before it leaves. Credentials come
//! from the usual chain (environment, profile, web identity, container, instance) and never from our configuration.
//!
//! The SDK's own retries are switched off: what happens after an error is decided from its class, in one place.

mod client;
mod error;
mod reference;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::KmsClient;
use reference::KeyName;

/// Configuration of the provider `aws-kms`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The region of the keys, as `eu-central-1`. Default: that of the environment or the profile. Prevents: looking
    /// for keys in the region where the service happens to run.
    #[serde(default)]
    pub region: Option<String>,
    /// Another endpoint than the region's own: a VPC endpoint, or an emulator. Default: none. Prevents: signing
    /// requests that leave the private network.
    #[serde(default)]
    pub endpoint_url: Option<String>,
    /// A profile of the AWS configuration files. Default: that of AWS_PROFILE, or `default`. Prevents: two providers on
    /// one host that share the credentials of one of them.
    #[serde(default)]
    pub profile: Option<String>,
    /// How long one call may take, in milliseconds; default 30000. Prevents: requests that pile up behind a KMS that
    /// does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

const fn default_timeout_ms() -> u64 {
    30_000
}

impl Default for Config {
    fn default() -> Self {
        Self { region: None, endpoint_url: None, profile: None, timeout_ms: default_timeout_ms() }
    }
}

/// Makes the provider. KMS is not called yet; without a configured region, the host is asked for its own.
///
/// # Errors
/// `invalid` for a timeout of zero, or when no region is to be found.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    build_with_credentials(config, None).await
}

async fn build_with_credentials(
    config: &Config,
    credentials: Option<SharedCredentialsProvider>,
) -> Result<Arc<dyn Provider>, ProviderError> {
    if config.timeout_ms == 0 {
        let message = "providers.aws-kms.timeout_ms is 0, so every call would time out: leave it out";
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    Ok(Arc::new(AwsKmsProvider { client: KmsClient::connect(config, credentials).await? }))
}

/// Keys in AWS KMS.
#[derive(Debug)]
struct AwsKmsProvider {
    client: KmsClient,
}

#[async_trait]
impl Provider for AwsKmsProvider {
    fn kind(&self) -> &'static str {
        "aws-kms"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let arn = self.client.create_key(new).await?;
        let reference = KeyReference::new(arn.as_str());
        self.describe_key(&reference).await.map_err(|error| {
            let message = format!(
                "the KMS key {arn} was created, and cannot be used yet: use it by its ARN when it can, or schedule its \
                 deletion"
            );
            ProviderError::new(error.class(), message).with_source(error)
        })
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        let (arn, public_key) = self.client.describe(KeyName::parse(reference)?).await?;
        let reference = KeyName::key_arn(&arn).map_or_else(|| KeyReference::new(arn.as_str()), |arn| arn.reference());
        Ok(KeyDescription { reference, public_key, certificate_chain: Vec::new() })
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(KeyName::parse(reference)?, digest).await
    }
}
