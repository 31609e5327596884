//! Cloud KMS on loopback, as its REST reference describes it: key rings, keys, versions with states, public keys and
//! signatures with checksums. Google's own fake is not to be had from the registries that this project builds from.
//!
//! <https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use splitsign_core::ecdsa::PublicKey;
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

use crate::providers::contract::{Answer, ContractServer, Request};

pub(super) const RING: &str = "projects/acme/locations/europe-west3/keyRings/signer";
/// How often a new version says that it is not ready.
const POLLS: u32 = 2;

/// The service; it ends when dropped.
pub(super) struct CloudKms {
    pub(super) server: ContractServer,
    versions: Arc<Mutex<Versions>>,
}

type Versions = BTreeMap<String, Version>;

struct Version {
    key: SigningKey,
    state: &'static str,
    /// Questions until it is ready.
    polls: u32,
}

impl CloudKms {
    pub(super) async fn start() -> Self {
        let versions = Arc::<Mutex<Versions>>::default();
        let state = Arc::clone(&versions);
        let server = ContractServer::start(move |request| {
            let (status, body) = match answer(request, &mut state.lock().unwrap()) {
                Ok(body) => (200, body),
                Err(error) => error,
            };
            Answer::json(status, body)
        });
        Self { server: server.await, versions }
    }

    /// What an operator does in the console.
    pub(super) fn set_state(&self, name: &str, state: &'static str) {
        self.versions.lock().unwrap().get_mut(name).unwrap().state = state;
    }

    /// What it signs with.
    pub(super) fn key(&self, reference: &str) -> SigningKey {
        self.versions.lock().unwrap()[reference.strip_prefix("gcpkms://").unwrap()].key.clone()
    }
}

type Refusal = (u16, Value);
type Reply = Result<Value, Refusal>;

fn refused(code: u16, status: &str, message: &str) -> Refusal {
    (code, json!({ "error": { "code": code, "status": status, "message": message } }))
}

fn answer(request: &Request, versions: &mut Versions) -> Reply {
    if request.header("authorization") != Some("Bearer access-token") {
        return Err(refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."));
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let path = path.strip_prefix("/v1/").unwrap();
    match (request.method.as_str(), query) {
        ("GET", "") if path == RING => Ok(json!({ "name": RING })),
        ("GET", "") => match path.strip_suffix("/publicKey") {
            Some(name) => public_key(name, versions),
            None => version(path, versions),
        },
        ("POST", "") => match path.strip_suffix(":asymmetricSign") {
            Some(name) => sign(name, &request.body, versions),
            None => create_version(path.strip_suffix("/cryptoKeyVersions").unwrap(), &request.body, versions),
        },
        ("POST", query) => {
            assert_eq!(path, format!("{RING}/cryptoKeys"));
            create_key(query.strip_prefix("cryptoKeyId=").unwrap(), &request.body, versions)
        }
        (method, _) => panic!("{method} {path}"),
    }
}

fn create_key(id: &str, body: &str, versions: &mut Versions) -> Reply {
    let name = format!("{RING}/cryptoKeys/{id}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert!((1..=63).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
    assert_eq!(body["purpose"], "ASYMMETRIC_SIGN");
    assert_eq!(body["versionTemplate"]["algorithm"], "EC_SIGN_P256_SHA256");
    let first = format!("{name}/cryptoKeyVersions/1");
    if versions.contains_key(&first) {
        return Err(refused(409, "ALREADY_EXISTS", &format!("CryptoKey {name} already exists.")));
    }
    versions.insert(first, Version::new());
    Ok(json!({ "name": name, "purpose": "ASYMMETRIC_SIGN", "versionTemplate": body["versionTemplate"] }))
}

fn create_version(key: &str, body: &str, versions: &mut Versions) -> Reply {
    assert_eq!(body, "{}");
    let count = versions.keys().filter(|name| name.starts_with(&format!("{key}/"))).count();
    if count == 0 {
        return Err(refused(404, "NOT_FOUND", &format!("CryptoKey {key} not found.")));
    }
    let name = format!("{key}/cryptoKeyVersions/{}", count + 1);
    versions.insert(name.clone(), Version::new());
    version(&name, versions)
}

impl Version {
    fn new() -> Self {
        let mut scalar = [0; 32];
        getrandom::fill(&mut scalar).unwrap();
        Self { key: SigningKey::from_slice(&scalar).unwrap(), state: "ENABLED", polls: POLLS }
    }

    fn state(&self) -> &'static str {
        if self.polls > 0 { "PENDING_GENERATION" } else { self.state }
    }
}

fn find<'v>(name: &str, versions: &'v mut Versions) -> Result<&'v mut Version, Refusal> {
    versions.get_mut(name).ok_or_else(|| refused(404, "NOT_FOUND", &format!("CryptoKeyVersion {name} not found.")))
}

fn find_enabled<'v>(name: &str, versions: &'v mut Versions) -> Result<&'v Version, Refusal> {
    let version = find(name, versions)?;
    if version.state() == "ENABLED" {
        return Ok(version);
    }
    let message = format!("{name} is not enabled, current state is: {}.", version.state());
    Err(refused(400, "FAILED_PRECONDITION", &message))
}

fn version(name: &str, versions: &mut Versions) -> Reply {
    let version = find(name, versions)?;
    let state = version.state();
    version.polls = version.polls.saturating_sub(1);
    Ok(json!({
        "name": name, "state": state, "algorithm": "EC_SIGN_P256_SHA256", "protectionLevel": "SOFTWARE",
    }))
}

fn public_key(name: &str, versions: &mut Versions) -> Reply {
    let version = find_enabled(name, versions)?;
    let point = version.key.verifying_key().to_sec1_point(false);
    let pem = pem(&PublicKey::from_sec1(point.as_bytes()).unwrap());
    let checksum = crc32c::crc32c(pem.as_bytes()).to_string();
    Ok(json!({ "name": name, "algorithm": "EC_SIGN_P256_SHA256", "pem": pem, "pemCrc32c": checksum }))
}

fn sign(name: &str, body: &str, versions: &mut Versions) -> Reply {
    let version = find_enabled(name, versions)?;
    let body: Value = serde_json::from_str(body).unwrap();
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["digest", "digestCrc32c"], "`data` would be hashed");
    let text = body["digest"]["sha256"].as_str().unwrap();
    let mut digest = [0; 64];
    let digest = base64_decode(text.as_bytes(), Alphabet::Standard, &mut digest).unwrap();
    assert_eq!(digest.len(), 32);
    let checksum = crc32c::crc32c(digest).to_string();
    if body["digestCrc32c"].as_str() != Some(&checksum) {
        return Err(refused(400, "INVALID_ARGUMENT", "invalid digest checksum"));
    }
    let signature: Signature = version.key.sign_prehash(digest).unwrap();
    let der = signature.to_der();
    Ok(json!({
        "name": name,
        "signature": base64(der.as_bytes()),
        "signatureCrc32c": crc32c::crc32c(der.as_bytes()).to_string(),
        "verifiedDigestCrc32c": true,
        "protectionLevel": "SOFTWARE",
    }))
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len().div_ceil(3) * 4];
    base64_encode(bytes, Alphabet::Standard, &mut text).unwrap().to_owned()
}

pub(super) fn pem(key: &PublicKey) -> String {
    let text = base64(&key.to_spki());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| core::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
