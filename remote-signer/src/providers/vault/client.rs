//! Talking to Transit, and not believing what it says.

use core::time::Duration;
use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::encoding::{base64_standard, from_base64_standard};
use crate::providers::vault::Config;
use crate::providers::vault::connection::Connection;
use crate::providers::vault::error::{Call, GUIDE, Operation, SOFT_DELETED, WRONG_KEY, too_old};
use crate::providers::vault::reference::{KeyName, name_for};
use crate::providers::vault::session::Session;
use crate::providers::{ErrorClass, KeyReference, NewKey, ProviderError};

/// The only kind of key that signs ES256.
const KEY_TYPE: &str = "ecdsa-p256";

/// A client for one mount of Transit.
#[derive(Debug)]
pub(super) struct TransitClient {
    connection: Connection,
    session: Session,
    mount: String,
    timeout: Duration,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

/// A key, as Transit describes it.
#[derive(Deserialize)]
struct Key {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    latest_version: u32,
    min_decryption_version: u32,
    #[serde(default)]
    min_encryption_version: u32,
    #[serde(default)]
    soft_deleted: bool,
    /// By number; for symmetric keys these are no objects.
    keys: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Signed {
    signature: String,
    key_version: Option<u32>,
}

impl TransitClient {
    /// Checks the configuration; nothing is sent yet.
    pub(super) fn new(config: &Config) -> Result<Self, ProviderError> {
        Ok(Self {
            connection: Connection::new(config)?,
            session: Session::new(config.auth.clone()),
            mount: config.mount.clone(),
            timeout: Duration::from_millis(config.timeout_ms),
        })
    }

    /// The pinned reference and the public key behind a reference that can sign ES256 now.
    pub(super) async fn describe(&self, name: KeyName<'_>) -> Result<(KeyReference, PublicKey), ProviderError> {
        let (path, shown) = (self.path("keys", name.name(), ""), name.to_string());
        let call = Call { operation: Operation::ReadKey, path: &path, key: &shown };
        let key: Key = self.ask(call, None).await?;
        usable(call, name, &key)
    }

    /// A signature over exactly these 32 bytes.
    pub(super) async fn sign(&self, name: KeyName<'_>, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let (path, shown) = (self.path("sign", name.name(), ""), name.to_string());
        let call = Call { operation: Operation::Sign, path: &path, key: &shown };
        let mut body = json!({
            "input": base64_standard(digest.as_bytes()),
            // Otherwise the digest would be hashed once more, and nobody could verify the result.
            "prehashed": true,
            "hash_algorithm": "sha2-256",
            "marshaling_algorithm": "asn1",
        });
        if let Some(version) = name.version() {
            body["key_version"] = version.into();
        }
        let signed: Signed = self.ask(call, Some(&body)).await?;
        read_signature(call, name, &signed)
    }

    /// A new key or a new version of one, which may exist even if this fails.
    pub(super) async fn create_key(&self, new: &NewKey) -> Result<(KeyReference, PublicKey), ProviderError> {
        let name = name_for(&new.key_id)?;
        let shown = format!("{} version {} (Transit key {name})", new.key_id, new.version);
        let (path, rotation) = (self.path("keys", &name, ""), self.path("keys", &name, "/rotate"));
        let read = Call { operation: Operation::ReadKey, path: &path, key: &shown };
        // Creating a key that exists is a success for Transit, which then changes nothing.
        let existing = match self.ask::<Key>(read, None).await {
            Ok(key) => Some(key),
            Err(error) if error.class() == ErrorClass::NotFound => None,
            Err(error) => return Err(error),
        };
        let (call, body) = match existing {
            None => (Call { operation: Operation::CreateKey, ..read }, json!({ "type": KEY_TYPE })),
            // Not ours, perhaps: a rotation changes what it signs with for others.
            Some(_) if new.version == 1 => {
                let message = format!(
                    "Transit has a key {name} already, so {} is not made: adopt that as hashivault://{name}, or take \
                     another key id; see {GUIDE}",
                    new.key_id
                );
                return Err(ProviderError::new(ErrorClass::Invalid, message));
            }
            Some(key) => {
                usable(read, KeyName::at(&name, key.latest_version), &key)?;
                (Call { operation: Operation::RotateKey, path: &rotation, ..read }, json!({}))
            }
        };
        // Older servers answer nothing.
        let (call, key) = match self.ask::<Option<Key>>(call, Some(&body)).await? {
            Some(key) => (call, key),
            None => (read, self.ask(read, None).await?),
        };
        usable(call, KeyName::at(&name, key.latest_version), &key)
    }

    fn path(&self, what: &str, name: &str, rest: &str) -> String {
        format!("{}/{what}/{name}{rest}", self.mount)
    }

    /// All of a call, with the login that it may need, within the timeout.
    async fn ask<T: DeserializeOwned>(&self, call: Call<'_>, body: Option<&Value>) -> Result<T, ProviderError> {
        let asking = async {
            let method = || if body.is_some() { Method::POST } else { Method::GET };
            let token = self.session.token(&self.connection, call.key).await?;
            let send = |token| self.connection.send(call, Some(token), method(), body);
            let mut answer = send(token.header()).await?;
            if answer.is_forbidden()
                && let Some(another) = self.session.instead_of(&token, &self.connection, call.key).await?
            {
                answer = send(another.header()).await?;
            }
            answer.read::<Data<T>>(call).map(|Data { data }| data)
        };
        tokio::time::timeout(self.timeout, asking).await.unwrap_or_else(|_| Err(call.timeout()))
    }
}

/// The pinned reference and the public key of a key that can sign ES256 now.
fn usable(call: Call<'_>, name: KeyName<'_>, key: &Key) -> Result<(KeyReference, PublicKey), ProviderError> {
    if key.name != name.name() {
        return Err(call.nonsense(&format!("with another key, `{}`", key.name.escape_debug())));
    }
    let version = name.version().unwrap_or(key.latest_version);
    let denied = |what: &str| Err(call.unusable(ErrorClass::Denied, what));
    if key.kind != KEY_TYPE {
        return Err(call.unusable(ErrorClass::Invalid, &format!("{WRONG_KEY}, not {}", key.kind.escape_debug())));
    }
    if key.soft_deleted {
        return denied(SOFT_DELETED);
    }
    if version > key.latest_version || version == 0 {
        let what = format!("the key has no such version, but {}: check the reference", key.latest_version);
        return Err(call.unusable(ErrorClass::NotFound, &what));
    }
    if version < key.min_decryption_version {
        return denied(&too_old("min_decryption_version"));
    }
    if version < key.min_encryption_version {
        return denied(&too_old("min_encryption_version"));
    }
    let pem = key.keys.get(&version.to_string()).and_then(|described| described.get("public_key")?.as_str());
    let spki = pem.and_then(spki_of_pem).ok_or_else(|| call.nonsense("without a public key"))?;
    let public_key = PublicKey::from_spki(&spki)
        .map_err(|error| call.nonsense("with a public key that cannot be read").with_source(error))?;
    Ok((KeyName::at(&key.name, version).reference(), public_key))
}

/// `vault:vN:` and a signature in DER and base64.
fn read_signature(call: Call<'_>, name: KeyName<'_>, signed: &Signed) -> Result<Signature, ProviderError> {
    let Some((version, text)) = signed.signature.strip_prefix("vault:v").and_then(|rest| rest.split_once(':')) else {
        return Err(call.nonsense("with a signature that is not written vault:vN:…"));
    };
    let asked = name.version().map(|version| version.to_string());
    let answered = signed.key_version.map(|version| version.to_string());
    for other in [asked, answered].into_iter().flatten() {
        if other != version {
            let what = format!("with a signature of another version, {}", version.escape_debug());
            return Err(call.nonsense(&what));
        }
    }
    let der = from_base64_standard(text)
        .map_err(|error| call.nonsense("with a signature that is not base64").with_source(error))?;
    Signature::from_der(&der)
        .map_err(|error| call.nonsense("with a signature that is not strict DER for P-256").with_source(error))
}

/// The content of a PEM with one public key (RFC 7468).
fn spki_of_pem(pem: &str) -> Option<Vec<u8>> {
    let text = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let text: String = text.split_ascii_whitespace().collect();
    from_base64_standard(&text).ok()
}
