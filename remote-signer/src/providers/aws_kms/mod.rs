//! Keys in AWS KMS: `ECC_NIST_P256`, `SIGN_VERIFY`, signed with `MessageType=DIGEST`.
//!
//! AWS is trusted with the key and with nothing else. Its answers are checked: the key that answered must be the key
//! that was asked, the signature must be strict DER, and the pipeline verifies it before it leaves. Credentials come
//! from the usual chain (environment, profile, web identity, container, instance) and never from our configuration.
//!
//! The SDK's own retries are switched off: what happens after an error is decided from its class, in one place.

mod client;
mod error;

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::KmsClient;

/// Configuration of the provider `aws-kms`.
#[derive(Clone, Debug, Deserialize)]
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
        Self { region: None, endpoint_url: None, timeout_ms: default_timeout_ms() }
    }
}

/// Makes the provider. AWS is not called yet.
///
/// # Errors
/// `invalid` for a timeout of zero, or when no region is to be found.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    if config.timeout_ms == 0 {
        let message = "providers.aws-kms.timeout_ms is 0: every call would time out; leave it out for 30 seconds";
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    let client = KmsClient::connect(
        config.region.clone(),
        config.endpoint_url.as_deref(),
        Duration::from_millis(config.timeout_ms),
    );
    Ok(Arc::new(AwsKmsProvider { client: client.await? }))
}

/// Keys in AWS KMS.
#[derive(Debug)]
struct AwsKmsProvider {
    client: KmsClient,
}

const SCHEME: &str = "awskms:///";

/// What the KMS API calls a key: an id, an ARN, `alias/name` or the ARN of an alias.
fn kms_name(reference: &KeyReference) -> Result<&str, ProviderError> {
    let name = reference.as_str().strip_prefix(SCHEME).unwrap_or(reference.as_str());
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-');
    if name.is_empty() || name.len() > 2048 || !name.chars().all(allowed) {
        let message = format!(
            "`{}` is no name of a KMS key: give its id, its ARN, alias/NAME or the ARN of an alias, with or without {SCHEME} before it",
            reference.as_str()
        );
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    Ok(name)
}

#[async_trait]
impl Provider for AwsKmsProvider {
    fn kind(&self) -> &'static str {
        "aws-kms"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let arn = self.client.create_key(&new.key_id, new.version).await?;
        self.describe_key(&KeyReference::new(format!("{SCHEME}{arn}"))).await
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        let (arn, public_key) = self.client.public_key(kms_name(reference)?).await?;
        Ok(KeyDescription {
            reference: KeyReference::new(format!("{SCHEME}{arn}")),
            public_key,
            certificate_chain: Vec::new(),
        })
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(kms_name(reference)?, digest).await
    }

    async fn probe(&self) -> Result<(), ProviderError> {
        self.client.probe().await
    }
}

#[cfg(test)]
mod tests {
    use super::kms_name;
    use crate::providers::KeyReference;

    #[test]
    fn names_come_with_and_without_the_scheme() {
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        for name in ["1234abcd-12ab-34cd-56ef-1234567890ab", "alias/acme", arn] {
            assert_eq!(kms_name(&KeyReference::new(name)).unwrap(), name);
            assert_eq!(kms_name(&KeyReference::new(format!("awskms:///{name}"))).unwrap(), name);
        }
        for bad in ["", "awskms:///", "alias/a b", "file:a/b/1\n"] {
            assert!(kms_name(&KeyReference::new(bad)).is_err(), "{bad:?}");
        }
    }
}
