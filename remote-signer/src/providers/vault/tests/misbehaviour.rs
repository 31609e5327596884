//! Answers that OpenBao cannot be made to give: each one becomes the right class, with words that help.

use core::time::Duration;

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::Signature;

use super::{any_token, config, provider, vault};
use crate::providers::contract::{Answer, ContractServer};
use crate::providers::secret::SecretReference;
use crate::providers::vault::{Approle, Auth, Config};
use crate::providers::{ErrorClass, KeyReference, NewKey, ProviderError};

const SIGN: &str = "transit/sign/acme";
const KEYS: &str = "transit/keys/acme";
/// SEQUENCE { INTEGER 1, INTEGER 2 }.
const SIGNATURE: &str = "vault:v2:MAYCAQECAQI=";
/// SubjectPublicKeyInfo of the generator of P-256, the key of the scalar 1.
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n";

fn reference() -> KeyReference {
    KeyReference::new("hashivault://acme/versions/2")
}

fn errors(status: u16, words: &str) -> Answer {
    Answer::json(status, json!({ "errors": [words] }))
}

fn signed(data: Value) -> Answer {
    Answer::json(200, json!({ "data": data }))
}

/// Signs where the key answers so; nothing is tried twice.
async fn sign(answer: Answer) -> Result<Signature, ProviderError> {
    let server = vault(&[(SIGN, answer)]).await;
    let result = provider(&config(&server.url, any_token())).await.sign_digest(&reference(), &digest()).await;
    let asked = server.requests().iter().filter(|request| request.target.contains("/sign/")).count();
    assert_eq!(asked, 1, "no call is retried");
    result
}

fn digest() -> splitsign_core::digest::Sha256Digest {
    Sha256::digest(b"digest")
}

async fn describe(key: Value) -> Result<KeyReference, ProviderError> {
    let server = vault(&[(KEYS, Answer::json(200, json!({ "data": key })))]).await;
    let described = provider(&config(&server.url, any_token())).await.describe_key(&reference()).await?;
    Ok(described.reference)
}

fn good_key() -> Value {
    json!({
        "name": "acme", "type": "ecdsa-p256", "latest_version": 3, "min_decryption_version": 1,
        "min_encryption_version": 0, "keys": { "2": { "public_key": PEM }, "3": { "public_key": PEM } },
    })
}

fn key_with(member: &str, value: Value) -> Value {
    let mut key = good_key();
    key[member] = value;
    key
}

#[tokio::test]
async fn the_digest_goes_out_as_a_digest_for_one_version() {
    let server = vault(&[(SIGN, signed(json!({ "signature": SIGNATURE, "key_version": 2 })))]).await;
    let config = Config { namespace: Some("team/a".to_owned()), ..config(&server.url, any_token()) };
    let signature = provider(&config).await.sign_digest(&reference(), &digest()).await.unwrap();
    assert_eq!(signature, Signature::from_scalars(&[1], &[2]).unwrap());
    let request = server.requests().pop().unwrap();
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["input"].as_str().unwrap().len(), 44, "32 bytes in base64");
    let settings = json!({
        "input": body["input"], "prehashed": true, "hash_algorithm": "sha2-256", "marshaling_algorithm": "asn1",
        "key_version": 2,
    });
    assert_eq!(body, settings);
    assert_eq!(request.header("x-vault-namespace"), Some("team/a"));
    assert_eq!(request.header("x-vault-request"), Some("true"));
}

#[tokio::test]
async fn errors_of_vault_have_their_class_and_a_remedy() {
    use ErrorClass::{Denied, Invalid, NotFound, Throttled, Unavailable};
    for (status, words, class, remedy) in [
        (400, "key type aes256-gcm96 does not support signing", Invalid, "ecdsa-p256"),
        (400, "something new", Invalid, "something new"),
        (405, "unsupported operation", Invalid, "unsupported operation"),
        (404, "namespace not found", NotFound, "providers.vault.namespace"),
        (404, "no handler for route \"transit/sign/acme\"", NotFound, "providers.vault.mount"),
        (500, "requested version for signing is higher than the latest key version", NotFound, "no such version"),
        (500, "* no such key version", Denied, "min_decryption_version"),
        (500, "ciphertext or signature version is disallowed by policy (too old)", Denied, "min_decryption_version"),
        (403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n", Denied, "transit/sign/acme"),
        (412, "required index state not present", Unavailable, "vault status"),
        (429, "quota exceeded", Throttled, "sys/quotas"),
        (472, "", Unavailable, "vault status"),
        (500, "internal error", Unavailable, "vault status"),
        (502, "", Unavailable, "vault status"),
        (503, "Vault is sealed", Unavailable, "unseal it"),
    ] {
        let error = sign(errors(status, words)).await.unwrap_err();
        assert_eq!(error.class(), class, "{status} {words}: {error}");
        assert!(error.message().contains(remedy), "{status} {words}: {error}");
    }
    let long = sign(errors(400, &"\u{1b}[31m".repeat(1000))).await.unwrap_err();
    assert!(long.message().len() < 2500 && !long.message().contains('\u{1b}'), "{long}");
}

#[tokio::test]
async fn the_pause_asked_for_is_handed_on() {
    let error = sign(Answer::Reply(429, "retry-after: 7\r\n", "{\"errors\":[]}".to_owned())).await.unwrap_err();
    assert_eq!((error.class(), error.retry_after()), (ErrorClass::Throttled, Some(Duration::from_secs(7))));
    assert_eq!(sign(errors(429, "")).await.unwrap_err().retry_after(), None);
}

#[tokio::test]
async fn what_is_not_the_protocol_is_a_bad_response() {
    let html = "<!doctype html><title>Sign in to the network</title>".to_owned();
    for (what, answer) in [
        ("a page with 403", Answer::Reply(403, "", html.clone())),
        ("a page with 404", Answer::Reply(404, "", html.clone())),
        ("nothing", Answer::Reply(200, "", String::new())),
        ("nothing with 204", Answer::Reply(204, "", String::new())),
        ("no members", Answer::json(200, "{}")),
        ("a redirect", Answer::Reply(302, "location: https://elsewhere/\r\n", String::new())),
        ("no HTTP", Answer::Bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned())),
        ("no answer at all", Answer::Bytes(String::new())),
        ("a head that is cut off", Answer::Bytes("HTTP/1.1 200 OK\r\nconten".to_owned())),
        ("two megabytes", Answer::json(200, json!({ "data": "x".repeat(2 << 20) }))),
    ] {
        let error = sign(answer).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error} {:?}", core::error::Error::source(&error));
    }
    for status in [500, 502, 503, 504] {
        let error = sign(Answer::Reply(status, "", html.clone())).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{status}: {error}");
    }
    assert_eq!(sign(Answer::Reply(429, "", html)).await.unwrap_err().class(), ErrorClass::Throttled);
}

#[tokio::test]
async fn a_node_on_standby_is_named_and_not_followed() {
    let answer = Answer::Reply(307, "location: http://127.0.0.1:1/v1/transit/sign/acme\r\n", String::new());
    let error = sign(answer).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable);
    assert!(error.message().contains("standby"), "{error}");
}

#[tokio::test]
async fn signatures_of_another_version_or_form_are_not_used() {
    for (what, data) in [
        ("another version", json!({ "signature": "vault:v1:MAYCAQECAQI=", "key_version": 1 })),
        ("two versions", json!({ "signature": SIGNATURE, "key_version": 3 })),
        ("a version with zeros", json!({ "signature": "vault:v02:MAYCAQECAQI=", "key_version": 2 })),
        ("no prefix", json!({ "signature": "MAYCAQECAQI=", "key_version": 2 })),
        ("no signature", json!({ "signature": "vault:v2:", "key_version": 2 })),
        ("another prefix", json!({ "signature": "bao:v2:MAYCAQECAQI=", "key_version": 2 })),
        ("no base64", json!({ "signature": "vault:v2:!", "key_version": 2 })),
        ("base64url", json!({ "signature": "vault:v2:MAYCAQECAQI", "key_version": 2 })),
        ("zeros", json!({ "signature": "vault:v2:MAYCAQACAQA=", "key_version": 2 })),
        ("bytes behind", json!({ "signature": "vault:v2:MAYCAQECAQIA", "key_version": 2 })),
        ("no text", json!({ "signature": 7, "key_version": 2 })),
    ] {
        let error = sign(signed(data)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error}");
    }
    sign(signed(json!({ "signature": SIGNATURE }))).await.expect("the prefix has the version");
}

#[tokio::test]
async fn keys_are_described_only_if_they_can_sign() {
    use ErrorClass::{BadResponse, Denied, Invalid, NotFound};
    assert_eq!(describe(good_key()).await.unwrap(), reference());
    for (key, class, remedy) in [
        (key_with("type", json!("ecdsa-p384")), Invalid, "ecdsa-p256"),
        (key_with("soft_deleted", json!(true)), Denied, "soft-delete-restore"),
        (key_with("latest_version", json!(1)), NotFound, "no such version"),
        (key_with("min_decryption_version", json!(3)), Denied, "min_decryption_version"),
        (key_with("min_encryption_version", json!(3)), Denied, "min_encryption_version"),
        (key_with("name", json!("other")), BadResponse, "other"),
        (key_with("keys", json!({})), BadResponse, "public key"),
        (key_with("keys", json!({ "2": { "public_key": "" } })), BadResponse, "public key"),
        (key_with("keys", json!({ "2": { "public_key": PEM.replace("MFkw", "MFow") } })), BadResponse, "public key"),
        (json!({}), BadResponse, "not that of Vault"),
    ] {
        let error = describe(key).await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert!(error.message().contains(remedy), "{error}");
    }
}

/// Servers before OpenBao and Vault 1.12 answer nothing to a rotation.
#[tokio::test]
async fn a_change_without_an_answer_is_read_again() {
    let name = "splitsign-acme_c2pa";
    let mut key = good_key();
    key["name"] = name.into();
    let answer = Answer::json(200, json!({ "data": key }));
    let server = vault(&[
        ("transit/keys/splitsign-acme_c2pa", answer),
        ("transit/keys/splitsign-acme_c2pa/rotate", Answer::Reply(204, "", String::new())),
    ])
    .await;
    let new = NewKey { key_id: "acme/c2pa".to_owned(), version: 3 };
    let made = provider(&config(&server.url, any_token())).await.create_key(&new).await.unwrap();
    assert_eq!(made.reference.as_str(), "hashivault://splitsign-acme_c2pa/versions/3");
}

fn approle() -> Auth {
    let secret_id = SecretReference::Env("CARGO_PKG_NAME".to_owned());
    Auth::Approle(Approle { role_id: "role".to_owned(), secret_id, mount: "approle".to_owned() })
}

#[tokio::test]
async fn logins_that_fail_say_so_and_name_the_key() {
    use ErrorClass::{BadResponse, Denied, Throttled, Unavailable};
    let html = Answer::html();
    for (answer, class) in [
        (errors(400, "invalid role or secret ID"), Denied),
        (errors(403, "permission denied"), Denied),
        (errors(404, "no handler for route"), Denied),
        (errors(429, "quota"), Throttled),
        (errors(503, "Vault is sealed"), Unavailable),
        (html, BadResponse),
        (Answer::json(200, json!({ "auth": null })), BadResponse),
    ] {
        let server = vault(&[("auth/approle/login", answer)]).await;
        let error =
            provider(&config(&server.url, approle())).await.sign_digest(&reference(), &digest()).await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        let message = error.message();
        assert!(message.contains("hashivault://acme/versions/2") && message.contains("auth/approle/login"), "{error}");
        assert_eq!(server.requests().len(), 1, "nothing is signed without a login, and no login is retried");
    }
    let missing = Auth::Token(SecretReference::File("/nonexistent/token".into()));
    let config = config("http://127.0.0.1:1", missing);
    let error = provider(&config).await.sign_digest(&reference(), &digest()).await.unwrap_err();
    assert_eq!(error.class(), Denied);
    assert!(error.message().contains("/nonexistent/token") && error.message().contains("hashivault://acme"), "{error}");
}

#[tokio::test]
async fn a_hundred_calls_at_once_log_in_once() {
    let login = json!({ "auth": { "client_token": "s.t", "lease_duration": 3600, "renewable": true } });
    let server = vault(&[
        ("auth/approle/login", Answer::json(200, login)),
        (SIGN, signed(json!({ "signature": SIGNATURE, "key_version": 2 }))),
    ])
    .await;
    let provider = provider(&config(&server.url, approle())).await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let provider = std::sync::Arc::clone(&provider);
            tokio::spawn(async move { provider.sign_digest(&reference(), &digest()).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let logins =
        |server: &ContractServer| server.requests().iter().filter(|request| request.target.ends_with("/login")).count();
    assert_eq!(logins(&server), 1);
    assert_eq!(server.requests().len(), 101);
}
