//! Talking to KMS, and not believing what it says.

use core::fmt;
use core::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec, Tag};
use aws_smithy_http_client::tls;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::providers::aws_kms::error::{self, Operation};
use crate::providers::{ErrorClass, ProviderError};

/// A client for one account and region.
pub(super) struct KmsClient {
    client: Client,
}

impl fmt::Debug for KmsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsClient").field("region", &self.client.config().region()).finish_non_exhaustive()
    }
}

impl KmsClient {
    pub(super) async fn connect(
        region: Option<String>,
        endpoint_url: Option<&str>,
        timeout: Duration,
    ) -> Result<Self, ProviderError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder().operation_timeout(timeout).operation_attempt_timeout(timeout).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(url) = endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            let message = "no AWS region: set providers.aws-kms.region, or AWS_REGION in the environment";
            return Err(ProviderError::new(ErrorClass::Invalid, message));
        }
        Ok(Self { client: Client::new(&config) })
    }

    /// The ARN and the public key behind any name of a key that can sign ES256 now.
    pub(super) async fn public_key(&self, name: &str) -> Result<(String, PublicKey), ProviderError> {
        let operation = Operation::GetPublicKey;
        let answer = self.client.get_public_key().key_id(name).send().await;
        let answer = answer.map_err(|e| error::classify(operation, name, e))?;
        let arn = answer.key_id().filter(|arn| arn.starts_with("arn:"));
        let arn = arn.ok_or_else(|| error::nonsense(operation, name, "without the ARN of the key"))?.to_owned();
        let unfit = |what: String| {
            let remedy = "create a key with KeySpec ECC_NIST_P256 and KeyUsage SIGN_VERIFY";
            Err(ProviderError::new(ErrorClass::Invalid, format!("the KMS key {arn} {what}: {remedy}")))
        };
        if answer.key_spec() != Some(&KeySpec::EccNistP256) {
            return unfit(format!("is of spec {}", answer.key_spec().map_or("unknown", KeySpec::as_str)));
        }
        if answer.key_usage() != Some(&KeyUsageType::SignVerify) {
            return unfit(format!("is for {}", answer.key_usage().map_or("an unknown use", KeyUsageType::as_str)));
        }
        if !answer.signing_algorithms().contains(&SigningAlgorithmSpec::EcdsaSha256) {
            return unfit("does not offer ECDSA_SHA_256".to_owned());
        }
        let spki = answer.public_key().ok_or_else(|| error::nonsense(operation, name, "without a public key"))?;
        let public_key = PublicKey::from_spki(spki.as_ref())
            .map_err(|e| error::nonsense(operation, name, "with a public key that cannot be read").with_source(e))?;
        Ok((arn, public_key))
    }

    /// A signature over exactly these 32 bytes.
    pub(super) async fn sign(&self, name: &str, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let operation = Operation::Sign;
        let request = self
            .client
            .sign()
            .key_id(name)
            // RAW would hash the digest once more, and nobody could verify the result.
            .message_type(MessageType::Digest)
            .message(Blob::new(digest.as_bytes()))
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let answer = request.send().await.map_err(|e| error::classify(operation, name, e))?;
        if name.starts_with("arn:") && name.contains(":key/") && answer.key_id() != Some(name) {
            let what = format!("for another key, {}", answer.key_id().unwrap_or("which it does not name"));
            return Err(error::nonsense(operation, name, &what));
        }
        let der = answer.signature().ok_or_else(|| error::nonsense(operation, name, "without a signature"))?;
        Signature::from_der(der.as_ref())
            .map_err(|e| error::nonsense(operation, name, "with a signature that is not DER").with_source(e))
    }

    /// A new key, which may exist even if this fails.
    pub(super) async fn create_key(&self, key_id: &str, version: u32) -> Result<String, ProviderError> {
        let operation = Operation::CreateKey;
        let tag = |key: &str, value: String| {
            Tag::builder()
                .tag_key(key)
                .tag_value(value)
                .build()
                .map_err(|e| error::nonsense(operation, key_id, "no tag").with_source(e))
        };
        let request = self
            .client
            .create_key()
            .key_spec(KeySpec::EccNistP256)
            .key_usage(KeyUsageType::SignVerify)
            .description(format!("splitsign {key_id} version {version}"))
            .tags(tag("splitsign:key", key_id.to_owned())?)
            .tags(tag("splitsign:version", version.to_string())?);
        let answer = request.send().await.map_err(|e| error::classify(operation, key_id, e))?;
        let arn = answer.key_metadata().and_then(|metadata| metadata.arn());
        arn.map(str::to_owned).ok_or_else(|| error::nonsense(operation, key_id, "without the ARN of the new key"))
    }

    /// One cheap call that needs no key. That it is not permitted is an answer too.
    pub(super) async fn probe(&self) -> Result<(), ProviderError> {
        match self.client.list_keys().limit(1).send().await {
            Ok(_) => Ok(()),
            Err(e) => {
                let error = error::classify(Operation::ListKeys, "any key", e);
                if error::is_access_denied(&error) { Ok(()) } else { Err(error) }
            }
        }
    }
}
