//! Answers that only Cloud KMS can give wrong, and credentials that come to nothing.

use core::time::Duration;
use std::path::Path;

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};

use super::cloud_kms::{RING, pem};
use super::faults::{NAME, SIGNATURE, not_enabled, refused, signed, signed_but};
use super::{Config, config, federated, provider, provider_with, secret};
use crate::providers::contract::{Answer, ContractServer};
use crate::providers::gcp_kms::build_with_credentials;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, ProviderError};

/// The generator of P-256, the key of the scalar 1, as a JWK.
const GENERATOR: &[u8] = br#"{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;

async fn sign(answer: Answer) -> Result<Signature, ProviderError> {
    let server = ContractServer::start(move |_| answer.clone()).await;
    let result = provider(&server.url).sign_digest(&KeyReference::new(NAME), &Sha256::digest(b"digest")).await;
    assert_eq!(server.requests().len(), 1, "no call is retried");
    result
}

async fn sign_error(answer: Answer) -> ProviderError {
    sign(answer).await.unwrap_err()
}

async fn describe(version: Answer, public_key: Answer) -> Result<KeyDescription, ProviderError> {
    let server = ContractServer::start(move |request| {
        if request.target.ends_with("/publicKey") { public_key.clone() } else { version.clone() }
    })
    .await;
    provider(&server.url).describe_key(&KeyReference::new(NAME)).await
}

fn enabled() -> Answer {
    Answer::json(200, json!({ "name": NAME, "state": "ENABLED", "algorithm": "EC_SIGN_P256_SHA256" }))
}

fn public_key() -> Value {
    let pem = pem(&PublicKey::from_jwk(GENERATOR).unwrap());
    let checksum = crc32c::crc32c(pem.as_bytes()).to_string();
    json!({ "name": NAME, "algorithm": "EC_SIGN_P256_SHA256", "pem": pem, "pemCrc32c": checksum })
}

#[tokio::test]
async fn the_digest_goes_out_as_a_digest_with_its_checksum() {
    let answer = Answer::json(200, signed(SIGNATURE));
    let server = ContractServer::start(move |_| answer.clone()).await;
    let digest = Sha256::digest(b"digest");
    let signature = provider(&server.url).sign_digest(&KeyReference::new(NAME), &digest).await.unwrap();
    assert_eq!(signature, Signature::from_scalars(&[1], &[2]).unwrap());
    let request = server.requests().remove(0);
    assert_eq!((request.method.as_str(), request.target), ("POST", format!("/v1/{NAME}:asymmetricSign")));
    assert_eq!(request.headers.iter().find(|(name, _)| name == "authorization").unwrap().1, "Bearer access-token");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let checksum = crc32c::crc32c(digest.as_bytes()).to_string();
    let text = super::cloud_kms::base64(digest.as_bytes());
    assert_eq!(body, json!({ "digest": { "sha256": text }, "digestCrc32c": checksum }));
}

#[test]
fn the_checksum_is_castagnoli_s() {
    // RFC 3720, B.4.
    assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
}

#[tokio::test]
async fn answers_whose_checks_were_not_made_refused() {
    for (what, answer) in [
        ("the digest was not checked", signed_but("verifiedDigestCrc32c", false.into())),
        ("nothing says that it was", signed_but("verifiedDigestCrc32c", Value::Null)),
        ("a word that says so", signed_but("verifiedDigestCrc32c", "true".into())),
        ("no checksum", signed_but("signatureCrc32c", Value::Null)),
        ("another checksum", signed_but("signatureCrc32c", "0".into())),
        ("no name", signed_but("name", Value::Null)),
        ("another version", signed_but("name", NAME.replace("/3", "/33").into())),
        ("no signature", signed_but("signature", Value::Null)),
        ("no base64", signed_but("signature", "!".into())),
        ("no bytes", signed(b"")),
        ("a byte after the DER", signed(b"\x30\x06\x02\x01\x01\x02\x01\x02\x00")),
        ("r of zero", signed(b"\x30\x06\x02\x01\x00\x02\x01\x02")),
        ("a list", json!([])),
    ] {
        let error = sign_error(Answer::json(200, answer)).await;
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error}");
        assert!(error.message().contains("nothing of it was used"), "{what}: {error}");
    }
}

#[tokio::test]
async fn errors_of_google_have_their_class_and_a_remedy() {
    use ErrorClass::{BadResponse, Denied, Invalid, NotFound, Throttled, Timeout, Unavailable};
    for (answer, class, remedy) in [
        (refused(403, "PERMISSION_DENIED"), Denied, "roles/cloudkms.signerVerifier"),
        (refused(401, "UNAUTHENTICATED"), Denied, "clock"),
        (refused(404, "NOT_FOUND"), NotFound, "location"),
        (refused(429, "RESOURCE_EXHAUSTED"), Throttled, "quota"),
        (refused(503, "UNAVAILABLE"), Unavailable, "try again"),
        (refused(500, "INTERNAL"), Unavailable, "try again"),
        (refused(504, "DEADLINE_EXCEEDED"), Timeout, "not used"),
        (refused(500, "SOMETHING_NEW"), Unavailable, "try again"),
        (refused(400, "INVALID_ARGUMENT"), Invalid, "words of Google in lines"),
        (refused(400, "FAILED_PRECONDITION"), Invalid, "EC_SIGN_P256_SHA256"),
        (not_enabled("PENDING_GENERATION"), Unavailable, "wait"),
        (not_enabled("GENERATION_FAILED"), Denied, "another version"),
        (Answer::Reply(403, "", "<html>".to_owned()), BadResponse, "proxy"),
        (Answer::Reply(502, "", "<html>".to_owned()), Unavailable, "try again"),
        (Answer::Reply(429, "", String::new()), Throttled, "too many"),
        (Answer::Reply(302, "location: http://127.0.0.1:1/\r\n", String::new()), BadResponse, "proxy"),
        (Answer::Bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned()), BadResponse, "proxy"),
        (Answer::json(200, format!("{{\"x\":\"{}\"}}", "x".repeat(70_000))), BadResponse, "proxy"),
    ] {
        let shown = format!("{answer:?}").chars().take(200).collect::<String>();
        let error = sign_error(answer).await;
        assert_eq!(error.class(), class, "{shown}: {error}");
        assert!(error.message().contains(remedy), "{shown}: {error}");
    }
}

#[tokio::test]
async fn what_is_denied_for_another_reason_than_a_role_says_so() {
    for (reason, remedy) in [
        ("SERVICE_DISABLED", "gcloud services enable cloudkms.googleapis.com"),
        ("BILLING_DISABLED", "billing"),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "scope"),
        ("IAM_PERMISSION_DENIED", "roles/cloudkms.signerVerifier"),
    ] {
        let body = json!({ "error": {
            "code": 403, "status": "PERMISSION_DENIED", "message": "no",
            "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason }],
        } });
        let error = sign_error(Answer::json(403, body)).await;
        assert_eq!(error.class(), ErrorClass::Denied);
        assert!(error.message().contains(remedy), "{reason}: {error}");
    }
}

#[tokio::test]
async fn the_pause_asked_for_is_handed_on() {
    let body = json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED" } }).to_string();
    let error = sign_error(Answer::Reply(429, "retry-after: 7\r\n", body)).await;
    assert_eq!((error.class(), error.retry_after()), (ErrorClass::Throttled, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn public_keys_are_checked() {
    let with = |member: &str, value: Value| {
        let mut key = public_key();
        key[member] = value;
        Answer::json(200, key)
    };
    let described = describe(enabled(), Answer::json(200, public_key())).await.unwrap();
    assert_eq!(described.public_key, PublicKey::from_jwk(GENERATOR).unwrap());
    assert_eq!(described.reference.as_str(), format!("gcpkms://{NAME}"));
    for (what, answer, class) in [
        ("another version", with("name", NAME.replace("/3", "/4").into()), ErrorClass::BadResponse),
        ("another checksum", with("pemCrc32c", "1".into()), ErrorClass::BadResponse),
        ("no checksum", with("pemCrc32c", Value::Null), ErrorClass::BadResponse),
        ("another curve", with("algorithm", "EC_SIGN_P384_SHA384".into()), ErrorClass::Invalid),
        ("no algorithm", with("algorithm", Value::Null), ErrorClass::BadResponse),
        ("no key", with("pem", Value::Null), ErrorClass::BadResponse),
        ("a key that is missing", refused(404, "NOT_FOUND"), ErrorClass::NotFound),
    ] {
        let error = describe(enabled(), answer).await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
    }
    let no_point = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
    for pem in ["no pem", no_point] {
        let mut key = public_key();
        key["pem"] = pem.into();
        key["pemCrc32c"] = crc32c::crc32c(pem.as_bytes()).to_string().into();
        let error = describe(enabled(), Answer::json(200, key)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{pem}: {error}");
    }
}

#[tokio::test]
async fn without_the_permission_to_see_versions_the_public_key_tells() {
    let denied = || refused(403, "PERMISSION_DENIED");
    describe(denied(), Answer::json(200, public_key())).await.unwrap();
    let error = describe(denied(), not_enabled("DISABLED")).await.unwrap_err();
    assert!(error.class() == ErrorClass::Denied && error.message().contains("DISABLED"), "{error}");
    let error = describe(denied(), denied()).await.unwrap_err();
    assert!(error.message().contains("cloudkms.cryptoKeyVersions.viewPublicKey"), "{error}");
}

#[tokio::test]
async fn a_version_that_was_made_and_cannot_be_used_is_named() {
    let key = std::sync::OnceLock::new();
    let server = ContractServer::start(move |request| {
        let name = key.get_or_init(|| request.target.trim_start_matches("/v1/").replace("?cryptoKeyId=", "/"));
        let state = json!({ "name": format!("{name}/cryptoKeyVersions/1"), "state": "PENDING_GENERATION" });
        Answer::json(200, if request.method == "POST" { json!({ "name": name }) } else { state })
    })
    .await;
    let provider = provider_with(&Config { timeout_ms: 600, ..config(&server.url) });
    let new = NewKey { key_id: "acme/c2pa".to_owned(), version: 1 };
    let error = provider.create_key(&new).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout, "{error}");
    assert!(error.message().contains(&format!("{RING}/cryptoKeys/acme-c2pa-")), "{error}");
    assert!(error.message().contains("/cryptoKeyVersions/1") && error.message().contains("destroy"), "{error}");
}

#[tokio::test]
async fn versions_of_another_key_are_not_taken_for_new_ones() {
    let server = ContractServer::start(|_| Answer::json(200, json!({ "name": NAME, "state": "ENABLED" }))).await;
    let new = NewKey { key_id: "acme/c2pa".to_owned(), version: 2 };
    let error = provider(&server.url).create_key(&new).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::BadResponse, "{error}");
}

#[tokio::test]
async fn a_workload_s_token_is_exchanged_for_google_s() {
    let (file, _reference) = secret("token-of-the-workload");
    let server = ContractServer::start(|request| match request.target.as_str() {
        "/token" if request.body.contains("subject_token=token-of-the-workload") => Answer::json(
            200,
            json!({
                "access_token": "exchanged", "expires_in": 3600, "token_type": "Bearer",
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            }),
        ),
        _ if request.header("authorization") == Some("Bearer exchanged") => Answer::json(200, signed(SIGNATURE)),
        _ => refused(401, "UNAUTHENTICATED"),
    })
    .await;
    let credentials = federated(file.path(), &format!("{}/token", server.url));
    let provider = build_with_credentials(&config(&server.url), credentials).unwrap();
    for _ in 0..2 {
        provider.sign_digest(&KeyReference::new(NAME), &Sha256::digest(b"digest")).await.unwrap();
    }
    let exchanges = server.requests().iter().filter(|request| request.target == "/token").count();
    assert_eq!(exchanges, 1, "the token is kept");
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_to_kms() {
    let server = ContractServer::start(|_| Answer::json(200, signed(SIGNATURE))).await;
    let credentials = federated(Path::new("/nonexistent/token"), &format!("{}/token", server.url));
    let provider = build_with_credentials(&config(&server.url), credentials).unwrap();
    let error = provider.sign_digest(&KeyReference::new(NAME), &Sha256::digest(b"digest")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied, "{error}");
    assert!(error.message().contains("GOOGLE_APPLICATION_CREDENTIALS") && error.message().contains(NAME), "{error}");
    assert!(server.requests().iter().all(|request| request.target == "/token"));
}

#[tokio::test]
async fn a_token_is_never_shown() {
    let provider = provider("http://127.0.0.1:1");
    let error = provider.sign_digest(&KeyReference::new(NAME), &Sha256::digest(b"digest")).await.unwrap_err();
    assert!(!format!("{provider:?}{error:?}").contains("access-token"), "{provider:?} {error:?}");
}
