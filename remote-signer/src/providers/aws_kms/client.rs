//! Talking to KMS, and not believing what it says.

use core::fmt;
use core::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::get_public_key::GetPublicKeyOutput;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec, Tag};
use aws_smithy_http_client::tls;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::providers::aws_kms::Config;
use crate::providers::aws_kms::error::{self, Operation};
use crate::providers::aws_kms::reference::KeyName;
use crate::providers::{ErrorClass, NewKey, ProviderError};

/// How long a connection may take to come about. What is later than this was never sent, so nothing was signed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client for one account and region.
pub(super) struct KmsClient {
    client: Client,
    region: String,
    timeout: Duration,
}

impl fmt::Debug for KmsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsClient").field("region", &self.region).finish_non_exhaustive()
    }
}

impl KmsClient {
    /// Makes the client; credentials come from `credentials` or, without these, from the usual chain.
    pub(super) async fn connect(
        config: &Config,
        credentials: Option<SharedCredentialsProvider>,
    ) -> Result<Self, ProviderError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let timeout = Duration::from_millis(config.timeout_ms);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            // The whole call has a timeout (`in_time`), so slow bytes need no other.
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT.min(timeout)).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(region) = &config.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &config.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &config.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(credentials) = credentials {
            loader = loader.credentials_provider(credentials);
        }
        let shared = loader.load().await;
        let region = shared.region().map(ToString::to_string).ok_or_else(|| {
            let message = "no AWS region: set providers.aws-kms.region, or AWS_REGION in the environment";
            ProviderError::new(ErrorClass::Invalid, message)
        })?;
        Ok(Self { client: Client::new(&shared), region, timeout })
    }

    /// The ARN and the public key behind any name of a key that can sign ES256 now.
    pub(super) async fn describe(&self, name: KeyName<'_>) -> Result<(String, PublicKey), ProviderError> {
        self.check_region(name)?;
        self.in_time(Operation::GetPublicKey, name.as_str(), async {
            let (arn, public_key) = self.public_key(name).await?;
            self.check_state(&arn).await?;
            Ok((arn, public_key))
        })
        .await
    }

    async fn public_key(&self, name: KeyName<'_>) -> Result<(String, PublicKey), ProviderError> {
        let operation = Operation::GetPublicKey;
        let nonsense = |what: &str| error::nonsense(operation, name.as_str(), what);
        let answer = self.client.get_public_key().key_id(name.as_str()).send().await;
        let answer = answer.map_err(|e| error::classify(operation, name.as_str(), e))?;
        let arn = answer.key_id().unwrap_or_default();
        if !name.is_answered_by(arn) {
            return Err(nonsense(&format!("with another key, `{}`", arn.escape_debug())));
        }
        check_use(arn, &answer)?;
        let spki = answer.public_key().ok_or_else(|| nonsense("without a public key"))?;
        let public_key = PublicKey::from_spki(spki.as_ref())
            .map_err(|e| nonsense("with a public key that cannot be read").with_source(e))?;
        Ok((arn.to_owned(), public_key))
    }

    /// Whether the key is enabled. Without the permission to ask, the first signature will tell.
    async fn check_state(&self, arn: &str) -> Result<(), ProviderError> {
        let operation = Operation::DescribeKey;
        let answer = match self.client.describe_key().key_id(arn).send().await {
            Ok(answer) => answer,
            Err(error) if error::is_access_denied(&error) => return Ok(()),
            Err(error) => return Err(error::classify(operation, arn, error)),
        };
        let metadata = answer.key_metadata().ok_or_else(|| error::nonsense(operation, arn, "without the key"))?;
        if metadata.arn() != Some(arn) {
            return Err(error::nonsense(operation, arn, "with another key"));
        }
        let state =
            metadata.key_state().ok_or_else(|| error::nonsense(operation, arn, "without the state of the key"))?;
        error::key_state(arn, state)
    }

    /// A signature over exactly these 32 bytes.
    pub(super) async fn sign(&self, name: KeyName<'_>, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.check_region(name)?;
        let operation = Operation::Sign;
        let nonsense = |what: &str| error::nonsense(operation, name.as_str(), what);
        let request = self
            .client
            .sign()
            .key_id(name.as_str())
            // RAW would hash the digest once more, and nobody could verify the result.
            .message_type(MessageType::Digest)
            .message(Blob::new(digest.as_bytes()))
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let answer = self.in_time(operation, name.as_str(), async {
            request.send().await.map_err(|e| error::classify(operation, name.as_str(), e))
        });
        let answer = answer.await?;
        let arn = answer.key_id().unwrap_or_default();
        if !name.is_answered_by(arn) {
            return Err(nonsense(&format!("with a signature of another key, `{}`", arn.escape_debug())));
        }
        if answer.signing_algorithm() != Some(&SigningAlgorithmSpec::EcdsaSha256) {
            return Err(nonsense("with a signature of another algorithm"));
        }
        let der = answer.signature().ok_or_else(|| nonsense("without a signature"))?;
        Signature::from_der(der.as_ref())
            .map_err(|e| nonsense("with a signature that is not strict DER").with_source(e))
    }

    /// The ARN of a new key, which may exist even if this fails.
    pub(super) async fn create_key(&self, new: &NewKey) -> Result<String, ProviderError> {
        let operation = Operation::CreateKey;
        let what = format!("{} version {}", new.key_id, new.version);
        let tag = |key: &str, value: &str| {
            let tag = Tag::builder().tag_key(key).tag_value(value).build();
            tag.expect("a tag has what it needs: its key and its value are set")
        };
        let request = self
            .client
            .create_key()
            .key_spec(KeySpec::EccNistP256)
            .key_usage(KeyUsageType::SignVerify)
            .description(format!("splitsign {what}"))
            .tags(tag("splitsign:key", &new.key_id))
            .tags(tag("splitsign:version", &new.version.to_string()));
        let answer = self.in_time(operation, &what, async {
            request.send().await.map_err(|e| error::classify(operation, &what, e))
        });
        let answer = answer.await?;
        let arn = answer.key_metadata().and_then(|metadata| metadata.arn()).and_then(KeyName::key_arn);
        let arn = arn.ok_or_else(|| error::nonsense(operation, &what, "without the ARN of the new key"))?;
        Ok(arn.as_str().to_owned())
    }

    /// KMS would only say that there is no such key, and leave the region to be guessed.
    fn check_region(&self, name: KeyName<'_>) -> Result<(), ProviderError> {
        match name.region() {
            Some(region) if region != self.region => Err(ProviderError::new(
                ErrorClass::NotFound,
                format!(
                    "the key {name} is in the region {region}, and this provider asks in {}: set \
                     providers.aws-kms.region",
                    self.region
                ),
            )
            .see(error::GUIDE)),
            Some(_) | None => Ok(()),
        }
    }

    /// All of a call: credentials, connection, answer.
    async fn in_time<T>(
        &self,
        operation: Operation,
        key: &str,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        tokio::time::timeout(self.timeout, call).await.unwrap_or_else(|_| Err(error::timeout(operation, key)))
    }
}

/// Whether the key is one for ES256.
fn check_use(arn: &str, answer: &GetPublicKeyOutput) -> Result<(), ProviderError> {
    let what = if answer.key_spec() != Some(&KeySpec::EccNistP256) {
        format!("is of spec {}", answer.key_spec().map_or("unknown", KeySpec::as_str))
    } else if answer.key_usage() != Some(&KeyUsageType::SignVerify) {
        format!("is for {}", answer.key_usage().map_or("an unknown use", KeyUsageType::as_str))
    } else if !answer.signing_algorithms().contains(&SigningAlgorithmSpec::EcdsaSha256) {
        "does not offer ECDSA_SHA_256".to_owned()
    } else {
        return Ok(());
    };
    let remedy = "create a key with KeySpec ECC_NIST_P256 and KeyUsage SIGN_VERIFY";
    Err(ProviderError::new(ErrorClass::Invalid, format!("the KMS key {arn} {what}: {remedy}")).see(error::GUIDE))
}
