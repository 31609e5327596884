//! Answers that only Key Vault can give wrong.

use core::time::Duration;

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};

use super::faults::{PATH, reference, refused, signature, signed};
use super::{key_vault::base64url, provider};
use crate::providers::contract::{Answer, ContractServer, Request};
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, ProviderError};

/// The generator of P-256, the key of the scalar 1.
const X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
const Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";

async fn sign(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Result<Signature, ProviderError> {
    let server = ContractServer::start(answer).await;
    let result = provider(&server.url).sign_digest(&reference(&server), &Sha256::digest(b"digest")).await;
    assert_eq!(server.requests().len(), 1, "no call is retried");
    result
}

async fn sign_error(answer: Answer) -> ProviderError {
    sign(move |_| answer.clone()).await.unwrap_err()
}

/// Describes where the bundle of the key has other members.
async fn describe(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Result<KeyDescription, ProviderError> {
    let server = ContractServer::start(move |request| {
        let mut bundle = json!({
            "key": {
                "kid": format!("https://{}{PATH}", request.header("host").unwrap()),
                "kty": "EC", "crv": "P-256", "key_ops": ["sign", "verify"], "x": X, "y": Y,
            },
            "attributes": { "enabled": true, "created": 1, "updated": 1, "recoveryLevel": "Recoverable+Purgeable" },
        });
        change(&mut bundle);
        Answer::json(200, bundle)
    })
    .await;
    provider(&server.url).describe_key(&reference(&server)).await
}

#[tokio::test]
async fn the_digest_goes_out_as_a_digest() {
    let server = ContractServer::start(|request| Answer::json(200, signed(request, PATH, &signature()))).await;
    let digest = Sha256::digest(b"digest");
    let made = provider(&server.url).sign_digest(&reference(&server), &digest).await.unwrap();
    assert_eq!(made, Signature::from_scalars(&[1], &[2]).unwrap());
    let request = server.requests().remove(0);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", &*format!("{PATH}/sign?api-version=7.4")));
    assert_eq!(request.header("authorization"), Some("Bearer access-token"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body, json!({ "alg": "ES256", "value": base64url(digest.as_bytes()) }));
}

#[tokio::test]
async fn signatures_that_are_not_what_was_asked_for_refused() {
    for (what, path, raw) in [
        ("another version", PATH.replace("cf71", "cf72"), signature()),
        ("another key", PATH.replace("c2pa", "jws"), signature()),
        ("no version", "/keys/c2pa".to_owned(), signature()),
        ("a byte too few", PATH.to_owned(), signature()[..63].to_vec()),
        ("DER", PATH.to_owned(), b"\x30\x06\x02\x01\x01\x02\x01\x02".to_vec()),
        ("zeros", PATH.to_owned(), vec![0; 64]),
        ("nothing", PATH.to_owned(), Vec::new()),
    ] {
        let error = sign(move |request| Answer::json(200, signed(request, &path, &raw))).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error}");
        assert!(error.message().contains("nothing of it was used"), "{what}: {error}");
    }
    for (what, member, value) in
        [("no identifier", "kid", Value::Null), ("no value", "value", Value::Null), ("no base64", "value", "!".into())]
    {
        let answer = move |request: &Request| {
            let mut answer = signed(request, PATH, &signature());
            answer[member] = value.clone();
            Answer::json(200, answer)
        };
        assert_eq!(sign(answer).await.unwrap_err().class(), ErrorClass::BadResponse, "{what}");
    }
}

#[tokio::test]
async fn errors_of_azure_have_their_class_and_a_remedy() {
    use ErrorClass::{BadResponse, Denied, Invalid, NotFound, Throttled, Unavailable};
    for (answer, class, remedy) in [
        (refused(403, "Forbidden", Some("ForbiddenByRbac")), Denied, "Key Vault Crypto User"),
        (refused(403, "Forbidden", Some("AccessDenied")), Denied, "Key Vault Crypto User"),
        (refused(403, "Forbidden", None), Denied, "Key Vault Crypto User"),
        (refused(403, "Forbidden", Some("ForbiddenByFirewall")), Denied, "firewall"),
        (refused(403, "Forbidden", Some("KeyDisabled")), Denied, "--enabled true"),
        (refused(403, "Forbidden", Some("KeyExpired")), Denied, "--expires"),
        (refused(403, "Forbidden", Some("KeyNotYetValid")), Denied, "--not-before"),
        (refused(403, "Forbidden", Some("KeyOperationForbidden")), Invalid, "`sign`"),
        (refused(401, "Unauthorized", None), Denied, "tenant"),
        (refused(404, "KeyNotFound", None), NotFound, "az keyvault key recover"),
        (refused(409, "Conflict", None), Unavailable, "try again"),
        (refused(429, "Throttled", None), Throttled, "vault"),
        (refused(400, "BadParameter", None), Invalid, "P-256"),
        (refused(418, "SomethingNew", None), Invalid, "words of Azure"),
        (refused(500, "InternalServerError", None), Unavailable, "try again"),
        (Answer::Reply(403, "", "<html>".to_owned()), BadResponse, "proxy"),
        (Answer::Reply(404, "", "<html>".to_owned()), BadResponse, "proxy"),
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
        assert!(error.message().contains(PATH) && error.message().contains("keys/sign/action"), "{error}");
    }
}

#[tokio::test]
async fn the_pause_asked_for_is_handed_on() {
    let body = json!({ "error": { "code": "Throttled", "message": "" } }).to_string();
    let error = sign_error(Answer::Reply(429, "retry-after: 7\r\n", body)).await;
    assert_eq!((error.class(), error.retry_after()), (ErrorClass::Throttled, Some(Duration::from_secs(7))));
    assert_eq!(sign_error(refused(429, "Throttled", None)).await.retry_after(), None);
}

#[tokio::test]
async fn keys_that_cannot_sign_es256_refused() {
    type Change = fn(&mut Value);
    let described = describe(|_| {}).await.unwrap();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y }).to_string();
    assert_eq!(described.public_key, PublicKey::from_jwk(jwk.as_bytes()).unwrap());
    describe(|bundle| bundle["key"]["kty"] = "EC-HSM".into()).await.unwrap();
    let changes: [(&str, Change, ErrorClass); 9] = [
        ("RSA", |bundle| bundle["key"]["kty"] = "RSA".into(), ErrorClass::Invalid),
        ("P-384", |bundle| bundle["key"]["crv"] = "P-384".into(), ErrorClass::Invalid),
        ("K-256", |bundle| bundle["key"]["crv"] = "P-256K".into(), ErrorClass::Invalid),
        ("verifies only", |bundle| bundle["key"]["key_ops"] = json!(["verify"]), ErrorClass::Invalid),
        ("no operations", |bundle| bundle["key"]["key_ops"] = Value::Null, ErrorClass::Invalid),
        ("no point", |bundle| bundle["key"]["x"] = Y.into(), ErrorClass::BadResponse),
        ("no y", |bundle| bundle["key"]["y"] = Value::Null, ErrorClass::BadResponse),
        ("no attributes", |bundle| bundle["attributes"] = Value::Null, ErrorClass::BadResponse),
        ("no identifier", |bundle| bundle["key"]["kid"] = Value::Null, ErrorClass::BadResponse),
    ];
    for (what, change, class) in changes {
        let error = describe(change).await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
    }
}

#[tokio::test]
async fn a_token_goes_to_no_other_vault() {
    let server = ContractServer::start(|_| Answer::Silence).await;
    let provider = provider("https://acme.vault.azure.net");
    let elsewhere = reference(&server);
    for error in [
        provider.sign_digest(&elsewhere, &Sha256::digest(b"digest")).await.unwrap_err(),
        provider.describe_key(&elsewhere).await.unwrap_err(),
    ] {
        assert_eq!(error.class(), ErrorClass::NotFound);
        assert!(error.message().contains("acme.vault.azure.net"), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_new_key_is_ours_or_nothing() {
    let new = NewKey { key_id: "acme/c2pa".to_owned(), version: 1 };
    for kid in ["https://other.vault.azure.net/keys/acme-c2pa/78deebed173b48e48f55abf87ed4cf71", "", "c2pa"] {
        let server = ContractServer::start(move |_| Answer::json(200, json!({ "key": { "kid": kid } }))).await;
        let error = provider(&server.url).create_key(&new).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{kid}: {error}");
    }
    let recoverable = refused(409, "Conflict", Some("ObjectIsDeletedButRecoverable"));
    let server = ContractServer::start(move |_| recoverable.clone()).await;
    let error = provider(&server.url).create_key(&new).await.unwrap_err();
    assert!(error.class() == ErrorClass::Invalid && error.message().contains("recover"), "{error}");
    let denied = refused(403, "Forbidden", Some("ForbiddenByRbac"));
    let server = ContractServer::start(move |_| denied.clone()).await;
    let error = provider(&server.url).create_key(&new).await.unwrap_err();
    assert!(error.message().contains("keys/create/action") && error.message().contains("Crypto Officer"), "{error}");
}

#[tokio::test]
async fn a_token_is_never_shown() {
    let provider = provider("http://127.0.0.1:1");
    let reference = KeyReference::new(format!("azurekms://127.0.0.1:1{PATH}"));
    let error = provider.sign_digest(&reference, &Sha256::digest(b"digest")).await.unwrap_err();
    assert!(!format!("{provider:?}{error:?}").contains("access-token"), "{provider:?} {error:?}");
}
