//! Answers that no emulator gives: each one becomes the right class, with words that help.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::Signature;

use super::{config, credentials, kms, provider};
use crate::providers::aws_kms::{Config, build_with_credentials};
use crate::providers::contract::Answer;
use crate::providers::{ErrorClass, KeyReference, NewKey, ProviderError};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:eu-central-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab";
/// SEQUENCE { INTEGER 1, INTEGER 2 }.
const SIGNATURE: &str = "MAYCAQECAQI=";
/// SubjectPublicKeyInfo of the generator of P-256, the key of the scalar 1.
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

fn digest() -> Sha256Digest {
    Sha256::digest(b"digest")
}

fn reply(status: u16, body: impl Into<String>) -> Answer {
    Answer::Reply(status, "", body.into())
}

fn exception(status: u16, code: &str) -> Answer {
    reply(status, format!("{{\"__type\":\"{code}\",\"message\":\"words of AWS\"}}"))
}

fn signed(arn: &str, signature: &str, algorithm: &str) -> Answer {
    reply(200, format!("{{\"KeyId\":\"{arn}\",\"Signature\":\"{signature}\",\"SigningAlgorithm\":\"{algorithm}\"}}"))
}

fn public_key(arn: &str, spki: &str, spec: &str, usage: &str, algorithm: &str) -> Answer {
    reply(
        200,
        format!(
            "{{\"KeyId\":\"{arn}\",\"PublicKey\":\"{spki}\",\"KeySpec\":\"{spec}\",\"KeyUsage\":\"{usage}\",\
             \"SigningAlgorithms\":[\"{algorithm}\"]}}"
        ),
    )
}

fn good_key() -> Answer {
    public_key(ARN, SPKI, "ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256")
}

fn state(arn: &str, state: &str) -> Answer {
    reply(200, format!("{{\"KeyMetadata\":{{\"KeyId\":\"1234\",\"Arn\":\"{arn}\",\"KeyState\":\"{state}\"}}}}"))
}

/// Signs where every `Sign` is answered so.
async fn sign(answer: Answer) -> Result<Signature, ProviderError> {
    let server = kms(&[("Sign", answer)]).await;
    let result = provider(&server.url).await.sign_digest(&KeyReference::new(ARN), &digest()).await;
    assert_eq!(server.requests().len(), 1, "no call is retried");
    result
}

async fn sign_error(answer: Answer) -> ProviderError {
    sign(answer).await.unwrap_err()
}

async fn describe(answers: &[(&'static str, Answer)]) -> Result<KeyReference, ProviderError> {
    let server = kms(answers).await;
    let described = provider(&server.url).await.describe_key(&KeyReference::new("alias/acme")).await?;
    Ok(described.reference)
}

#[tokio::test]
async fn the_digest_goes_out_as_a_digest() {
    let server = kms(&[("Sign", signed(ARN, SIGNATURE, "ECDSA_SHA_256"))]).await;
    let signature = provider(&server.url).await.sign_digest(&KeyReference::new(ARN), &digest()).await.unwrap();
    assert_eq!(signature, Signature::from_scalars(&[1], &[2]).unwrap());
    let request: serde_json::Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!(request["KeyId"], ARN);
    assert_eq!(request["MessageType"], "DIGEST");
    assert_eq!(request["SigningAlgorithm"], "ECDSA_SHA_256");
    assert_eq!(request["Message"].as_str().unwrap().len(), 44, "32 bytes in base64");
}

#[tokio::test]
async fn errors_of_kms_have_their_class_and_a_remedy() {
    use ErrorClass::{Denied, Invalid, NotFound, Throttled, Unavailable};
    for (status, code, class, remedy) in [
        (400, "AccessDeniedException", Denied, "kms:Sign"),
        (400, "com.amazonaws.kms#DisabledException", Denied, "enable it"),
        (400, "DisabledException", Denied, "kms:EnableKey"),
        (400, "KMSInvalidStateException", Denied, "kms:CancelKeyDeletion"),
        (400, "NotFoundException", NotFound, "providers.aws-kms.region"),
        (400, "ThrottlingException", Throttled, "quota"),
        (400, "KMSThrottlingException", Throttled, "quota"),
        (400, "LimitExceededException", Throttled, "quota"),
        (429, "SomethingNew", Throttled, "too many"),
        (500, "KMSInternalException", Unavailable, "try again"),
        (503, "DependencyTimeoutException", Unavailable, "try again"),
        (500, "KeyUnavailableException", Unavailable, "try again"),
        (503, "SomethingNew", Unavailable, "try again"),
        (400, "InvalidKeyUsageException", Invalid, "ECC_NIST_P256"),
        (400, "UnsupportedOperationException", Invalid, "ECC_NIST_P256"),
        (400, "UnrecognizedClientException", Denied, "credentials"),
        (400, "ExpiredTokenException", Denied, "renew"),
        (403, "InvalidSignatureException", Denied, "clock"),
        (400, "SomethingNew", Invalid, "words of AWS"),
    ] {
        let error = sign_error(exception(status, code)).await;
        assert_eq!(error.class(), class, "{code}: {error}");
        assert!(error.message().contains(remedy), "{code}: {error}");
        assert!(error.message().contains("kms:Sign") && error.message().contains(ARN), "{code}: {error}");
    }
}

#[tokio::test]
async fn the_pause_asked_for_is_handed_on() {
    let body = "{\"__type\":\"ThrottlingException\"}".to_owned();
    let error = sign_error(Answer::Reply(400, "retry-after: 7\r\n", body)).await;
    assert_eq!((error.class(), error.retry_after()), (ErrorClass::Throttled, Some(core::time::Duration::from_secs(7))));
    assert_eq!(sign_error(exception(400, "ThrottlingException")).await.retry_after(), None);
}

#[tokio::test]
async fn what_is_not_the_protocol_is_a_bad_response() {
    let html = "<!doctype html><title>Sign in to the network</title>";
    for (what, answer) in [
        ("a page with 200", reply(200, html)),
        ("a page with 403", reply(403, html)),
        ("nothing", reply(200, "")),
        ("nothing with 400", reply(400, "")),
        ("no members", reply(200, "{}")),
        ("half of the JSON", reply(200, format!("{{\"KeyId\":\"{ARN}\",\"Signa"))),
        ("no base64", signed(ARN, "!", "ECDSA_SHA_256")),
        ("no HTTP", Answer::Bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned())),
        (
            "a body that is cut off",
            Answer::Bytes(format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{{\"KeyId\":\"{ARN}\"")),
        ),
    ] {
        let error = sign_error(answer).await;
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error} {:?}", core::error::Error::source(&error));
    }
    for status in [502, 503, 504] {
        let error = sign_error(reply(status, html)).await;
        assert_eq!(error.class(), ErrorClass::Unavailable, "{status}: {error}");
    }
    assert_eq!(sign_error(reply(429, html)).await.class(), ErrorClass::Throttled);
}

#[tokio::test]
async fn signatures_that_are_not_what_was_asked_for_refused() {
    for (what, answer) in [
        ("another key", signed(OTHER, SIGNATURE, "ECDSA_SHA_256")),
        ("no key", signed("", SIGNATURE, "ECDSA_SHA_256")),
        ("an alias", signed("alias/acme", SIGNATURE, "ECDSA_SHA_256")),
        ("another algorithm", signed(ARN, SIGNATURE, "ECDSA_SHA_384")),
        ("truncated DER", signed(ARN, "MAYCAQECAQ==", "ECDSA_SHA_256")),
        ("a byte after the DER", signed(ARN, "MAYCAQECAQIA", "ECDSA_SHA_256")),
        ("r of zero", signed(ARN, "MAYCAQACAQI=", "ECDSA_SHA_256")),
        ("no bytes", signed(ARN, "", "ECDSA_SHA_256")),
    ] {
        let error = sign_error(answer).await;
        assert_eq!(error.class(), ErrorClass::BadResponse, "{what}: {error}");
        assert!(error.message().contains("nothing of it was used"), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_a_timeout() {
    let server = kms(&[("Sign", Answer::Silence), ("GetPublicKey", Answer::Silence)]).await;
    let config = Config { timeout_ms: 100, ..config(&server.url) };
    let provider = build_with_credentials(&config, Some(credentials())).await.unwrap();
    let error = provider.sign_digest(&KeyReference::new(ARN), &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout, "{error}");
    assert!(error.message().contains("timeout_ms"));
    let error = provider.describe_key(&KeyReference::new(ARN)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout, "{error}");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = provider(&url).await;
    let error = provider.sign_digest(&KeyReference::new(ARN), &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
    assert!(error.message().contains("endpoint_url"), "{error}");
    let error = provider.describe_key(&KeyReference::new(ARN)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
}

/// A credential chain that comes to nothing.
#[derive(Debug)]
struct NoCredentials(fn() -> CredentialsError);

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err::<Credentials, _>((self.0)()))
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    for (fails, class, remedy) in [
        (CredentialsError::not_loaded_no_source as fn() -> _, ErrorClass::Denied, "AWS_PROFILE"),
        (|| CredentialsError::provider_error("assume role"), ErrorClass::Denied, "trust policy"),
        (
            || CredentialsError::provider_timed_out(core::time::Duration::from_secs(1)),
            ErrorClass::Unavailable,
            "does not answer",
        ),
    ] {
        let server = kms(&[]).await;
        let credentials = SharedCredentialsProvider::new(NoCredentials(fails));
        let provider = build_with_credentials(&config(&server.url), Some(credentials)).await.unwrap();
        let error = provider.sign_digest(&KeyReference::new(ARN), &digest()).await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert!(error.message().contains(remedy), "{error}");
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn keys_that_cannot_sign_es256_refused() {
    for (what, key, class) in [
        ("P-384", public_key(ARN, SPKI, "ECC_NIST_P384", "SIGN_VERIFY", "ECDSA_SHA_384"), ErrorClass::Invalid),
        ("agreement", public_key(ARN, SPKI, "ECC_NIST_P256", "KEY_AGREEMENT", "ECDSA_SHA_256"), ErrorClass::Invalid),
        ("no algorithm", public_key(ARN, SPKI, "ECC_NIST_P256", "SIGN_VERIFY", "X"), ErrorClass::Invalid),
        ("no point", public_key(ARN, "MAA=", "ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256"), ErrorClass::BadResponse),
        ("no ARN", public_key("1234", SPKI, "ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256"), ErrorClass::BadResponse),
    ] {
        let error = describe(&[("GetPublicKey", key), ("DescribeKey", state(ARN, "Enabled"))]).await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
    }
}

#[tokio::test]
async fn the_state_of_a_key_decides() {
    for (name, class) in [
        ("Disabled", ErrorClass::Denied),
        ("PendingDeletion", ErrorClass::Denied),
        ("PendingImport", ErrorClass::Denied),
        ("Unavailable", ErrorClass::Unavailable),
        ("Creating", ErrorClass::Unavailable),
        ("SomethingNew", ErrorClass::Invalid),
    ] {
        let error = describe(&[("GetPublicKey", good_key()), ("DescribeKey", state(ARN, name))]).await.unwrap_err();
        assert_eq!(error.class(), class, "{name}: {error}");
        assert!(error.message().contains(ARN), "{error}");
    }
    let other = describe(&[("GetPublicKey", good_key()), ("DescribeKey", state(OTHER, "Enabled"))]).await.unwrap_err();
    assert_eq!(other.class(), ErrorClass::BadResponse, "{other}");
    let reference = describe(&[("GetPublicKey", good_key()), ("DescribeKey", state(ARN, "Enabled"))]).await.unwrap();
    assert_eq!(reference.as_str(), format!("awskms:///{ARN}"));
}

#[tokio::test]
async fn without_kms_describe_key_the_first_signature_tells() {
    let denied = exception(400, "AccessDeniedException");
    let reference = describe(&[("GetPublicKey", good_key()), ("DescribeKey", denied.clone())]).await.unwrap();
    assert_eq!(reference.as_str(), format!("awskms:///{ARN}"));
    // But not without kms:GetPublicKey.
    let error = describe(&[("GetPublicKey", denied)]).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    assert!(error.message().contains("allow kms:GetPublicKey"), "{error}");
}

#[tokio::test]
async fn a_key_in_another_region_is_not_asked_for() {
    let server = kms(&[]).await;
    let elsewhere = KeyReference::new(ARN.replace("eu-central-1", "us-east-1"));
    let provider = provider(&server.url).await;
    for error in [
        provider.sign_digest(&elsewhere, &digest()).await.unwrap_err(),
        provider.describe_key(&elsewhere).await.unwrap_err(),
    ] {
        assert_eq!(error.class(), ErrorClass::NotFound);
        assert!(error.message().contains("us-east-1") && error.message().contains("eu-central-1"), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_key_that_was_made_and_cannot_be_used_is_named() {
    let made = reply(200, format!("{{\"KeyMetadata\":{{\"KeyId\":\"1234\",\"Arn\":\"{ARN}\"}}}}"));
    let server = kms(&[("CreateKey", made), ("GetPublicKey", exception(400, "NotFoundException"))]).await;
    let new = NewKey { key_id: "acme/c2pa".to_owned(), version: 3 };
    let error = provider(&server.url).await.create_key(&new).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(error.message().contains(ARN), "{error}");
    let request: serde_json::Value = serde_json::from_str(&server.requests()[0].body).unwrap();
    assert_eq!((&request["KeySpec"], &request["KeyUsage"]), (&"ECC_NIST_P256".into(), &"SIGN_VERIFY".into()));
    assert_eq!(request["Description"], "splitsign acme/c2pa version 3");
    assert_eq!(request["Tags"][0], serde_json::json!({ "TagKey": "splitsign:key", "TagValue": "acme/c2pa" }));
    assert_eq!(request["Tags"][1], serde_json::json!({ "TagKey": "splitsign:version", "TagValue": "3" }));

    let server = kms(&[("CreateKey", exception(400, "AccessDeniedException"))]).await;
    let error = provider(&server.url).await.create_key(&new).await.unwrap_err();
    assert!(error.message().contains("kms:CreateKey and kms:TagResource"), "{error}");
}
