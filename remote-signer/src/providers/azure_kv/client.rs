//! Talking to a vault, and not believing what it says.

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

use crate::providers::azure_kv::credentials::Credentials;
use crate::providers::azure_kv::error::{self, Operation, Unusable};
use crate::providers::azure_kv::reference::KeyName;
use crate::providers::azure_kv::{Config, ProtectionLevel};
use crate::providers::derived_name::derived_name;
use crate::providers::rest::{self, Answer};
use crate::providers::{KeyDescription, NewKey, ProviderError};

const API_VERSION: &str = "7.4";

/// Characters: the longest name of a key.
const NAME_CHARACTERS_MAX: usize = 127;

/// A client for one vault.
pub(super) struct VaultClient {
    http: Client,
    /// Without the slash at its end.
    vault_url: String,
    /// Host and port, as references have them.
    vault: String,
    credentials: Credentials,
    protection_level: ProtectionLevel,
    timeout: Duration,
    now: fn() -> SystemTime,
}

impl fmt::Debug for VaultClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultClient").field("vault", &self.vault).finish_non_exhaustive()
    }
}

impl VaultClient {
    pub(super) fn new(
        config: &Config,
        credentials: Credentials,
        now: fn() -> SystemTime,
    ) -> Result<Self, ProviderError> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let vault_url = rest::base_url("providers.azure-kv.vault_url", &config.vault_url)?;
        let (_, vault) = vault_url.split_once("://").expect("a base URL has a scheme");
        Ok(Self {
            http: rest::client(timeout)?,
            vault: vault.to_owned(),
            vault_url,
            credentials,
            protection_level: config.protection_level,
            timeout,
            now,
        })
    }

    /// A version that can sign ES256 now, and its public key.
    pub(super) async fn describe(&self, name: KeyName<'_>) -> Result<KeyDescription, ProviderError> {
        let operation = Operation::Get;
        self.check_vault(operation, name)?;
        let call = self.call(operation, name.as_str(), Method::GET, name.path(), None);
        let answer = self.in_time(operation, name.as_str(), call).await?;
        check_kid(operation, name, &answer["key"]["kid"])?;
        self.described(operation, name, &answer)
    }

    /// What a bundle of a key says of it.
    fn described(
        &self,
        operation: Operation,
        name: KeyName<'_>,
        bundle: &Value,
    ) -> Result<KeyDescription, ProviderError> {
        check_use(operation, name, &bundle["key"])?;
        self.check_attributes(operation, name, &bundle["attributes"])?;
        let public_key = public_key(operation, name, &bundle["key"])?;
        Ok(KeyDescription { reference: name.reference(), public_key, certificate_chain: Vec::new() })
    }

    /// Whether the version is enabled and valid at this time.
    fn check_attributes(
        &self,
        operation: Operation,
        name: KeyName<'_>,
        attributes: &Value,
    ) -> Result<(), ProviderError> {
        let unusable = |why| Err(error::unusable(operation, name.as_str(), why));
        match attributes["enabled"].as_bool() {
            Some(true) => {}
            Some(false) => return unusable(Unusable::Disabled),
            None => return Err(error::nonsense(operation, name.as_str(), "without saying whether it is enabled")),
        }
        let since_epoch = (self.now)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        // Seconds since 1970; what is not there does not limit.
        if attributes["nbf"].as_u64().is_some_and(|not_before| since_epoch < not_before) {
            return unusable(Unusable::NotYetValid);
        }
        if attributes["exp"].as_u64().is_some_and(|expires| since_epoch >= expires) {
            return unusable(Unusable::Expired);
        }
        Ok(())
    }

    /// A signature over exactly these 32 bytes.
    pub(super) async fn sign(&self, name: KeyName<'_>, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let operation = Operation::Sign;
        self.check_vault(operation, name)?;
        let nonsense = |what: &str| error::nonsense(operation, name.as_str(), what);
        let mut text = [0; 44];
        let text = base64_encode(digest.as_bytes(), Alphabet::UrlSafe, &mut text)
            .expect("44 characters hold 32 bytes of base64");
        let body = json!({ "alg": "ES256", "value": text });
        let path = format!("{}/sign", name.path());
        let call = self.call(operation, name.as_str(), Method::POST, &path, Some(&body));
        let answer = self.in_time(operation, name.as_str(), call).await?;
        check_kid(operation, name, &answer["kid"])?;
        let text = answer["value"].as_str().ok_or_else(|| nonsense("without a signature"))?;
        let mut raw = vec![0; text.len()];
        let raw = base64_decode(text.as_bytes(), Alphabet::UrlSafe, &mut raw)
            .map_err(|e| nonsense("with a signature that is not base64url").with_source(e))?;
        Signature::from_raw(raw).map_err(|e| nonsense("with a signature that is not one of P-256").with_source(e))
    }

    /// A new key, or a further version of the one that has its name.
    pub(super) async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let operation = Operation::Create;
        let path = format!("/keys/{}/create", derived_name(&new.key_id, NAME_CHARACTERS_MAX));
        let what = format!("{} version {}", new.key_id, new.version);
        let body = json!({
            "kty": match self.protection_level {
                ProtectionLevel::Software => "EC",
                ProtectionLevel::Hsm => "EC-HSM",
            },
            "crv": "P-256",
            "key_ops": ["sign", "verify"],
            "attributes": { "enabled": true },
            "tags": { "splitsign:key": new.key_id, "splitsign:version": new.version.to_string() },
        });
        let call = self.call(operation, &what, Method::POST, &path, Some(&body));
        let bundle = self.in_time(operation, &what, call).await?;
        let kid = bundle["key"]["kid"].as_str().unwrap_or_default();
        let name = KeyName::from_kid(kid).filter(|name| {
            let key = path.trim_end_matches("create");
            // The key may be another one only in its version.
            self.is_ours(*name) && name.path().get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key))
        });
        let name = name.ok_or_else(|| error::nonsense(operation, &what, "without the identifier of the new key"))?;
        self.described(operation, name, &bundle)
    }

    fn is_ours(&self, name: KeyName<'_>) -> bool {
        name.vault().eq_ignore_ascii_case(&self.vault)
    }

    /// A reference never decides who gets our token.
    fn check_vault(&self, operation: Operation, name: KeyName<'_>) -> Result<(), ProviderError> {
        if self.is_ours(name) { Ok(()) } else { Err(error::another_vault(operation, name.as_str(), &self.vault)) }
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
        let authorization =
            self.credentials.authorization().await.map_err(|e| error::no_credentials(operation, key, e))?;
        let url = format!("{}{path}?api-version={API_VERSION}", self.vault_url);
        let request = self.http.request(method, url).header(AUTHORIZATION, authorization);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = rest::send(request).await.map_err(|lost| error::lost(operation, key, lost))?;
        success(operation, key, answer)
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
fn check_kid(operation: Operation, asked: KeyName<'_>, kid: &Value) -> Result<(), ProviderError> {
    match kid.as_str() {
        Some(kid) if asked.is_answered_by(kid) => Ok(()),
        Some(kid) => {
            let what = format!("for another key, {}", rest::quoted(kid));
            Err(error::nonsense(operation, asked.as_str(), &what))
        }
        None => Err(error::nonsense(operation, asked.as_str(), "without the identifier of the key")),
    }
}

/// Whether the key is one for ES256.
fn check_use(operation: Operation, name: KeyName<'_>, key: &Value) -> Result<(), ProviderError> {
    let (kty, curve) = (key["kty"].as_str().unwrap_or_default(), key["crv"].as_str().unwrap_or_default());
    let signs = key["key_ops"].as_array().is_some_and(|operations| operations.iter().any(|one| one == "sign"));
    let what = if !matches!(kty, "EC" | "EC-HSM") {
        format!("it is of type {}", rest::quoted(kty))
    } else if curve != "P-256" {
        format!("it is on curve {}", rest::quoted(curve))
    } else if !signs {
        "it may not sign".to_owned()
    } else {
        return Ok(());
    };
    Err(error::wrong_key(operation, name.as_str(), &what))
}

fn public_key(operation: Operation, name: KeyName<'_>, key: &Value) -> Result<PublicKey, ProviderError> {
    // Key Vault adds members of its own and says EC-HSM: only the point is read.
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": key["x"], "y": key["y"] }).to_string();
    PublicKey::from_jwk(jwk.as_bytes())
        .map_err(|e| error::nonsense(operation, name.as_str(), "with a public key that cannot be read").with_source(e))
}
