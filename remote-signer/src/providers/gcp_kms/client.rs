//! Talking to Cloud KMS, and not believing what it says.

use core::fmt;
use core::time::Duration;

use reqwest::{Client, Method};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

use crate::providers::derived_name::derived_name;
use crate::providers::gcp_kms::credentials::Credentials;
use crate::providers::gcp_kms::error::{self, Operation};
use crate::providers::gcp_kms::reference::{VersionName, is_key_ring};
use crate::providers::gcp_kms::{Config, ProtectionLevel};
use crate::providers::rest::{self, Answer};
use crate::providers::{ErrorClass, KeyDescription, NewKey, ProviderError};

const ENDPOINT: &str = "https://cloudkms.googleapis.com";
const ALGORITHM: &str = "EC_SIGN_P256_SHA256";

/// Characters: the longest id of a CryptoKey.
const KEY_ID_CHARACTERS_MAX: usize = 63;

/// How long to wait before asking once more whether a new version is ready. HSMs take a second or two.
const GENERATION_INTERVAL: Duration = Duration::from_millis(250);

/// A client for every project that the credentials reach.
pub(super) struct KmsClient {
    http: Client,
    /// Without the slash at its end.
    endpoint: String,
    credentials: Credentials,
    key_ring: Option<String>,
    protection_level: ProtectionLevel,
    timeout: Duration,
}

impl fmt::Debug for KmsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsClient").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl KmsClient {
    pub(super) fn new(config: &Config, credentials: Credentials) -> Result<Self, ProviderError> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let endpoint = config.endpoint.as_deref().unwrap_or(ENDPOINT);
        if config.key_ring.as_deref().is_some_and(|ring| !is_key_ring(ring)) {
            let message = "providers.gcp-kms.key_ring is no key ring: write projects/P/locations/L/keyRings/R";
            return Err(ProviderError::new(ErrorClass::Invalid, message));
        }
        Ok(Self {
            http: rest::client(timeout)?,
            endpoint: rest::base_url("providers.gcp-kms.endpoint", endpoint)?,
            credentials,
            key_ring: config.key_ring.clone(),
            protection_level: config.protection_level,
            timeout,
        })
    }

    /// A version that can sign ES256 now, and its public key.
    pub(super) async fn describe(&self, name: VersionName<'_>) -> Result<KeyDescription, ProviderError> {
        self.in_time(Operation::GetPublicKey, name.as_str(), async {
            self.check_version(name).await?;
            Ok(KeyDescription {
                reference: name.reference(),
                public_key: self.public_key(name).await?,
                certificate_chain: Vec::new(),
            })
        })
        .await
    }

    /// Whether the version is enabled and of the right kind. Without the permission to ask, its public key will tell.
    async fn check_version(&self, name: VersionName<'_>) -> Result<(), ProviderError> {
        let operation = Operation::GetVersion;
        let answer = self.send(operation, name.as_str(), Method::GET, name.as_str(), None).await?;
        if error::is_permission_denied(&answer) {
            return Ok(());
        }
        let version = success(operation, name.as_str(), answer)?;
        check_name(operation, name.as_str(), &version)?;
        check_algorithm(operation, name.as_str(), &version)?;
        let state = version["state"].as_str();
        let state = state.ok_or_else(|| error::nonsense(operation, name.as_str(), "without a state"))?;
        error::check_state(operation, name.as_str(), state)
    }

    async fn public_key(&self, name: VersionName<'_>) -> Result<PublicKey, ProviderError> {
        let operation = Operation::GetPublicKey;
        let nonsense = |what: &str| error::nonsense(operation, name.as_str(), what);
        let path = format!("{name}/publicKey");
        let answer = self.call(operation, name.as_str(), Method::GET, &path, None).await?;
        check_name(operation, name.as_str(), &answer)?;
        check_algorithm(operation, name.as_str(), &answer)?;
        let pem = answer["pem"].as_str().ok_or_else(|| nonsense("without a public key"))?;
        if checksum(&answer["pemCrc32c"]) != Some(crc32c::crc32c(pem.as_bytes())) {
            return Err(nonsense("with a public key that does not have its checksum"));
        }
        let spki = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|e| nonsense("with a public key that is not PEM").with_source(e))?;
        PublicKey::from_spki(spki.as_ref())
            .map_err(|e| nonsense("with a public key that cannot be read").with_source(e))
    }

    /// A signature over exactly these 32 bytes.
    pub(super) async fn sign(&self, name: VersionName<'_>, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let operation = Operation::Sign;
        let nonsense = |what: &str| error::nonsense(operation, name.as_str(), what);
        let mut text = [0; 44];
        let text = base64_encode(digest.as_bytes(), Alphabet::Standard, &mut text)
            .expect("44 characters hold 32 bytes of base64");
        let body = json!({
            "digest": { "sha256": text },
            // 64-bit numbers are strings in the JSON of Google.
            "digestCrc32c": crc32c::crc32c(digest.as_bytes()).to_string(),
        });
        let path = format!("{name}:asymmetricSign");
        let call = self.call(operation, name.as_str(), Method::POST, &path, Some(&body));
        let answer = self.in_time(operation, name.as_str(), call).await?;
        check_name(operation, name.as_str(), &answer)?;
        if answer["verifiedDigestCrc32c"] != true {
            return Err(nonsense("that it did not check the digest that it received"));
        }
        let text = answer["signature"].as_str().ok_or_else(|| nonsense("without a signature"))?;
        let mut der = vec![0; text.len()];
        let der = base64_decode(text.as_bytes(), Alphabet::Standard, &mut der)
            .map_err(|e| nonsense("with a signature that is not base64").with_source(e))?;
        if checksum(&answer["signatureCrc32c"]) != Some(crc32c::crc32c(der)) {
            return Err(nonsense("with a signature that does not have its checksum"));
        }
        Signature::from_der(der).map_err(|e| nonsense("with a signature that is not strict DER").with_source(e))
    }

    /// A new CryptoKey, or a further version of the one that was made for version 1.
    pub(super) async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let what = format!("{} version {}", new.key_id, new.version);
        let ring = self.key_ring.as_deref().ok_or_else(|| {
            let message = format!(
                "no place to make {what}: set providers.gcp-kms.key_ring, or make the key yourself and adopt it by its \
                 reference"
            );
            ProviderError::new(ErrorClass::Invalid, message).see(error::GUIDE)
        })?;
        let key = format!("{ring}/cryptoKeys/{}", derived_name(&new.key_id, KEY_ID_CHARACTERS_MAX));
        let operation = if new.version == 1 { Operation::CreateKey } else { Operation::CreateVersion };
        self.in_time(operation, &key, async {
            let made = if new.version == 1 {
                self.create_crypto_key(ring, &key).await?
            } else {
                self.create_version(&key).await?
            };
            let name = VersionName::from_text(&made).ok_or_else(|| error::nonsense(operation, &key, "without a name"))?;
            self.when_ready(name).await.map_err(|error| {
                let message = format!(
                    "{name} was made for {what}, and cannot be used yet: adopt it by its reference when it can, or destroy \
                     it"
                );
                ProviderError::new(error.class(), message).see(error::GUIDE).with_source(error)
            })
        })
        .await
    }

    /// The name of the first version of a new key.
    async fn create_crypto_key(&self, ring: &str, key: &str) -> Result<String, ProviderError> {
        let operation = Operation::CreateKey;
        let id = key.rsplit('/').next().unwrap_or_default();
        let body = json!({
            "purpose": "ASYMMETRIC_SIGN",
            "versionTemplate": {
                "algorithm": ALGORITHM,
                "protectionLevel": match self.protection_level {
                    ProtectionLevel::Software => "SOFTWARE",
                    ProtectionLevel::Hsm => "HSM",
                },
            },
            "labels": { "made-by": "splitsign" },
        });
        let path = format!("{ring}/cryptoKeys?cryptoKeyId={id}");
        let answer = self.call(operation, key, Method::POST, &path, Some(&body)).await?;
        check_name(operation, key, &answer)?;
        // The versions of a key are numbered from 1, and the first one comes with the key.
        Ok(format!("{key}/cryptoKeyVersions/1"))
    }

    /// The name of one version more.
    async fn create_version(&self, key: &str) -> Result<String, ProviderError> {
        let operation = Operation::CreateVersion;
        let path = format!("{key}/cryptoKeyVersions");
        let answer = self.call(operation, key, Method::POST, &path, Some(&json!({}))).await?;
        let name = answer["name"].as_str().unwrap_or_default();
        if !name.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/')) {
            return Err(error::nonsense(
                operation,
                key,
                &format!("with a version of another key, {}", rest::quoted(name)),
            ));
        }
        Ok(name.to_owned())
    }

    /// Keys are made in the background: waits until this one can sign.
    async fn when_ready(&self, name: VersionName<'_>) -> Result<KeyDescription, ProviderError> {
        let operation = Operation::GetVersion;
        let wait = async {
            loop {
                let version = self.call(operation, name.as_str(), Method::GET, name.as_str(), None).await?;
                if version["state"] != "PENDING_GENERATION" {
                    return self.describe(name).await;
                }
                tokio::time::sleep(GENERATION_INTERVAL).await;
            }
        };
        // Ends before the whole call does, so that the name of what was made is not lost.
        let most = self.timeout.saturating_sub(self.timeout / 10);
        tokio::time::timeout(most, wait).await.unwrap_or_else(|_| Err(error::timeout(operation, name.as_str())))
    }

    /// An answer that says that it was done.
    async fn call(
        &self,
        operation: Operation,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ProviderError> {
        success(operation, key, self.send(operation, key, method, path, body).await?)
    }

    async fn send(
        &self,
        operation: Operation,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ProviderError> {
        let headers = self.credentials.headers().await.map_err(|e| error::no_credentials(operation, key, e))?;
        let request = self.http.request(method, format!("{}/v1/{path}", self.endpoint)).headers(headers);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        rest::send(request).await.map_err(|lost| error::lost(operation, key, lost))
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

fn success(operation: Operation, key: &str, answer: Answer) -> Result<Value, ProviderError> {
    if !answer.is_success() {
        return Err(error::refused(operation, key, &answer));
    }
    let body = answer.body.filter(Value::is_object);
    body.ok_or_else(|| error::nonsense(operation, key, "with what is not JSON"))
}

/// Whether it is about what was asked.
fn check_name(operation: Operation, asked: &str, answer: &Value) -> Result<(), ProviderError> {
    match answer["name"].as_str() {
        Some(name) if name == asked => Ok(()),
        Some(name) => Err(error::nonsense(operation, asked, &format!("for another key, {}", rest::quoted(name)))),
        None => Err(error::nonsense(operation, asked, "without the name of the key")),
    }
}

fn check_algorithm(operation: Operation, key: &str, answer: &Value) -> Result<(), ProviderError> {
    match answer["algorithm"].as_str() {
        Some(ALGORITHM) => Ok(()),
        Some(other) => Err(error::wrong_key(operation, key, other)),
        None => Err(error::nonsense(operation, key, "without an algorithm")),
    }
}

/// CRC32C as Google writes it: a 64-bit number, so a string.
fn checksum(value: &Value) -> Option<u32> {
    value.as_str()?.parse().ok()
}
