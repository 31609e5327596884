//! Key Vault on loopback, as its REST reference (7.4) describes it: keys with versions, attributes and operations. The
//! emulators that others wrote are not to be had from the registries that this project builds from.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/keys/operation-groups?view=rest-keyvault-keys-7.4>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

use crate::providers::contract::{Answer, ContractServer, Request};

/// Where clients are to find their token.
const CHALLENGE: &str = "content-type: application/json\r\nwww-authenticate: Bearer \
                         authorization=\"https://login.microsoftonline.com/tenant\", \
                         resource=\"https://vault.azure.net\"\r\n";

/// The service; it ends when dropped.
pub(super) struct KeyVault {
    pub(super) server: ContractServer,
    versions: Arc<Mutex<Versions>>,
}

/// By their paths, `/keys/NAME/VERSION`.
type Versions = BTreeMap<String, Version>;

struct Version {
    key: SigningKey,
    /// `kty`, `key_ops`, `tags`, as they were asked for.
    asked: Value,
    attributes: Value,
}

impl KeyVault {
    pub(super) async fn start() -> Self {
        let versions = Arc::<Mutex<Versions>>::default();
        let state = Arc::clone(&versions);
        let server = ContractServer::start(move |request| {
            let (status, body) = match answer(request, &mut state.lock().unwrap()) {
                Ok(body) => (200, body),
                Err(error) => error,
            };
            let headers = if status == 401 { CHALLENGE } else { "content-type: application/json\r\n" };
            Answer::Reply(status, headers, body.to_string())
        });
        Self { server: server.await, versions }
    }

    /// Host and port, as references have them.
    pub(super) fn host(&self) -> &str {
        self.server.url.strip_prefix("http://").unwrap()
    }

    /// What it signs with.
    pub(super) fn key(&self, reference: &str) -> SigningKey {
        self.versions.lock().unwrap()[self.path(reference)].key.clone()
    }

    fn path<'r>(&self, reference: &'r str) -> &'r str {
        reference.strip_prefix(&format!("azurekms://{}", self.host())).unwrap()
    }

    /// What an operator does in the portal.
    pub(super) fn set_attribute(&self, reference: &str, attribute: &str, value: Value) {
        let path = self.path(reference);
        self.versions.lock().unwrap().get_mut(path).unwrap().attributes[attribute] = value;
    }

    /// Deletes a key with all its versions, as Key Vault does it.
    pub(super) fn delete(&self, name: &str) {
        self.versions.lock().unwrap().retain(|path, _| !path.starts_with(&format!("/keys/{name}/")));
    }
}

type Refusal = (u16, Value);
type Reply = Result<Value, Refusal>;

fn refused(status: u16, code: &str, inner: Option<&str>, message: &str) -> Refusal {
    let inner = inner.map(|code| json!({ "code": code }));
    (status, json!({ "error": { "code": code, "message": message, "innererror": inner } }))
}

fn answer(request: &Request, versions: &mut Versions) -> Reply {
    if request.header("authorization") != Some("Bearer access-token") {
        return Err(refused(401, "Unauthorized", None, "AKV10000: Request is missing a Bearer or PoP token."));
    }
    let path = request.target.strip_suffix("?api-version=7.4").unwrap();
    let host = request.header("host").unwrap();
    let segments: Vec<_> = path.split('/').skip(1).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["keys"]) => Ok(json!({ "value": [], "nextLink": null })),
        ("GET", ["keys", _, _]) => Ok(find(path, versions)?.bundle(host, path)),
        ("POST", ["keys", name, "create"]) => Ok(create(host, name, &request.body, versions)),
        ("POST", ["keys", name, version, "sign"]) => {
            let path = format!("/keys/{name}/{version}");
            find(&path, versions)?.sign(host, &path, &request.body)
        }
        (method, _) => panic!("{method} {path}"),
    }
}

fn find<'v>(path: &str, versions: &'v Versions) -> Result<&'v Version, Refusal> {
    let message = format!(
        "A key with (name/id) {path} was not found in this key vault. If you recently deleted this key you may be able \
         to recover it using the correct recovery command."
    );
    versions.get(path).ok_or_else(|| refused(404, "KeyNotFound", None, &message))
}

fn create(host: &str, name: &str, body: &str, versions: &mut Versions) -> Value {
    assert!((1..=127).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'));
    let asked: Value = serde_json::from_str(body).unwrap();
    assert_eq!(asked["crv"], "P-256");
    let mut random = [0; 48];
    getrandom::fill(&mut random).unwrap();
    let version: String = random[32..].iter().map(|byte| format!("{byte:02x}")).collect();
    let key = SigningKey::from_slice(&random[..32]).unwrap();
    let made = Version { key, attributes: asked["attributes"].clone(), asked };
    let path = format!("/keys/{name}/{version}");
    let bundle = made.bundle(host, &path);
    versions.insert(path, made);
    bundle
}

impl Version {
    fn bundle(&self, host: &str, path: &str) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        json!({
            "key": {
                // As the real one: always https.
                "kid": format!("https://{host}{path}"),
                "kty": self.asked["kty"], "crv": "P-256", "key_ops": self.asked["key_ops"],
                "x": base64url(&point.as_bytes()[1..33]), "y": base64url(&point.as_bytes()[33..]),
            },
            "attributes": self.attributes,
            "tags": self.asked["tags"],
        })
    }

    fn sign(&self, host: &str, path: &str, body: &str) -> Reply {
        if self.attributes["enabled"] == false {
            let message = "Operation sign is not allowed on a disabled key.";
            return Err(refused(403, "Forbidden", Some("KeyDisabled"), message));
        }
        if self.attributes["exp"].is_u64() {
            let message = "Operation sign is not allowed on an expired key.";
            return Err(refused(403, "Forbidden", Some("KeyExpired"), message));
        }
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert_eq!(body["alg"], "ES256");
        let text = body["value"].as_str().unwrap();
        let mut digest = [0; 64];
        let digest = base64_decode(text.as_bytes(), Alphabet::UrlSafe, &mut digest).unwrap();
        assert_eq!(digest.len(), 32);
        let signature: Signature = self.key.sign_prehash(digest).unwrap();
        Ok(json!({ "kid": format!("https://{host}{path}"), "value": base64url(&signature.to_bytes()) }))
    }
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len().div_ceil(3) * 4];
    base64_encode(bytes, Alphabet::UrlSafe, &mut text).unwrap().to_owned()
}
