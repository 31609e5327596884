//! 32 bytes in, 64 bytes out: `POST /v1/sign/{tenant}/{name}`, also with the program `curl`.

use crate::skipped::skipped;
use crate::support::{Reply, Service, body, start};
use serde_json::json;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_signer::encoding::{base64url, from_base64_standard};
use splitsign_signer::identity::KeyScope;

const PATH: &str = "/v1/sign/acme/c2pa?profile=raw";

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).as_bytes().to_vec()
}

fn request(service: &Service, path: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
    service.post(path).header("Content-Type", "application/octet-stream").body(body)
}

async fn public_key(service: &Service) -> PublicKey {
    let descriptor = service.get("/v1/keys/acme/c2pa").await.body;
    PublicKey::from_spki(&from_base64_standard(descriptor["publicKey"]["spki"].as_str().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_digest_gives_the_bytes_of_its_signature() {
    let service = start().await;
    let reply = request(&service, PATH, digest("x")).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("content-type"), header("cache-control")),
        ("application/octet-stream".into(), "no-store".into())
    );
    assert_eq!(header("splitsign-key-version"), "1");
    assert_eq!(header("splitsign-kid"), service.get("/v1/keys/acme/c2pa").await.body["kid"].as_str().unwrap());
    assert_eq!(header("x-request-id").len(), 32);
    let signature = reply.bytes().await.unwrap();
    assert_eq!(signature.len(), 64);
    let signature = Signature::from_raw(&signature).unwrap();
    public_key(&service).await.verify_digest(&Sha256::digest(b"x"), &signature).unwrap();
    let (profile, state): (String, String) =
        sqlx::query_as("SELECT profile, state FROM signings").fetch_one(service.storage.readers()).await.unwrap();
    assert_eq!((profile.as_str(), state.as_str()), ("raw", "signed"));
}

#[tokio::test]
async fn one_idempotency_for_both_forms() {
    let service = start().await;
    let once = |path: &str, text: &str| request(&service, path, digest(text)).header("Idempotency-Key", "k");
    let first = once(PATH, "x").send().await.unwrap();
    assert!(first.headers().get("idempotent-replayed").is_none());
    let first = first.bytes().await.unwrap();
    let again = once(PATH, "x").send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.bytes().await.unwrap(), first);
    let json = service.sign_once("k", &body("x")).await;
    assert_eq!(json.body["signature"], base64url(&first));
    for (path, text) in
        [(PATH, "y"), ("/v1/sign/acme/c2pa?profile=jws", "x"), ("/v1/sign/acme/c2pa?profile=raw&version=1", "x")]
    {
        assert_eq!(Reply::read(once(path, text)).await.problem(), (409, "idempotency_conflict"), "{path} {text}");
    }
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn versions_are_pinned_in_the_query() {
    let service = start().await;
    service.create_key("acme/c2pa", true).await;
    for (query, version) in [("&version=1", "1"), ("&version=2", "2"), ("", "2")] {
        let reply = request(&service, &format!("{PATH}{query}"), digest("x")).send().await.unwrap();
        assert_eq!(reply.headers()["splitsign-key-version"], version, "{query}");
    }
    let missing = request(&service, &format!("{PATH}&version=3"), digest("x"));
    assert_eq!(Reply::read(missing).await.problem(), (404, "key_version_not_found"));
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let mut service = start().await;
    let problem = async |request: reqwest::RequestBuilder| {
        let reply = Reply::read(request).await;
        let (status, code) = reply.problem();
        (status, code.to_owned(), reply.body["field"].as_str().unwrap_or_default().to_owned())
    };
    let is = |status: u16, code: &str, field: &str| (status, code.to_owned(), field.to_owned());
    for size in [0, 31, 33, 64] {
        let wrong = request(&service, PATH, vec![7; size]);
        assert_eq!(problem(wrong).await, is(400, "invalid_digest_body", ""), "{size}");
    }
    let large = request(&service, PATH, vec![7; 70_000]);
    assert_eq!(problem(large).await, is(413, "body_too_large", ""));
    for (path, field) in [
        ("/v1/sign/acme/c2pa", "profile"),
        ("/v1/sign/acme/c2pa?profile=jwt", "profile"),
        ("/v1/sign/acme/c2pa?profile=raw&version=0", "version"),
        ("/v1/sign/acme/c2pa?profile=raw&colour=1", "colour"),
    ] {
        assert_eq!(problem(request(&service, path, digest("x"))).await, is(400, "invalid_query", field), "{path}");
    }
    for path in
        ["/v1/sign/acme/missing?profile=raw", "/v1/sign/rival/c2pa?profile=raw", "/v1/sign/ACME/c2pa?profile=raw"]
    {
        assert_eq!(problem(request(&service, path, digest("x"))).await, is(404, "key_not_found", "key"), "{path}");
    }
    assert_eq!(
        problem(request(&service, "/v1/sign/acme/%ff?profile=raw", digest("x"))).await,
        is(400, "invalid_path", "")
    );
    let form = service.post(PATH).header("Content-Type", "application/x-www-form-urlencoded").body(digest("x"));
    assert_eq!(problem(form).await, is(415, "unsupported_media_type", "Content-Type"));
    let image = request(&service, PATH, digest("x")).header("Accept", "image/png");
    assert_eq!(problem(image).await, is(406, "not_acceptable", "Accept"));
    service.token = service.token_for("acme", KeyScope::Only(["acme/other".parse().unwrap()].into())).await;
    assert_eq!(problem(request(&service, PATH, digest("x"))).await, is(404, "key_not_found", "key"));
    service.token = "nothing".to_owned();
    assert_eq!(problem(request(&service, PATH, digest("x"))).await, is(401, "unauthorized", ""));
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn the_answer_has_the_form_that_is_asked_for() {
    let service = start().await;
    let json = Reply::read(request(&service, PATH, digest("x")).header("Accept", "application/json")).await;
    assert_eq!((json.status, json.header("content-type")), (200, "application/json"));
    assert_eq!((&json.body["keyId"], &json.body["keyVersion"]), (&json!("acme/c2pa"), &json!(1)));
    let plain = request(&service, "/v1/sign/acme/nope?profile=raw", digest("x"));
    let plain = Reply::read(plain.header("Accept", "application/octet-stream, text/plain")).await;
    assert_eq!((plain.status, plain.header("content-type")), (404, "text/plain; charset=utf-8"));
    let line = plain.body.as_str().unwrap();
    assert!(line.starts_with("key_not_found: there is no key acme/nope") && line.ends_with('\n'), "{line}");
}

/// As a shell does it, or a C program with libcurl.
#[tokio::test(flavor = "multi_thread")]
async fn curl_sends_32_bytes_and_gets_64() {
    let service = start().await;
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("digest"), folder.path().join("signature"));
    std::io::Write::write_all(&mut std::fs::File::create(&input).unwrap(), &digest("x")).unwrap();
    let mut command = tokio::process::Command::new("curl");
    command
        .args(["--silent", "--show-error", "--fail-with-body", "--max-time", "30"])
        .arg("--oauth2-bearer")
        .arg(&service.token)
        .args(["--header", "Content-Type: application/octet-stream"])
        .arg("--data-binary")
        .arg(format!("@{}", input.display()))
        .arg("--output")
        .arg(&output)
        .arg(format!("{}{PATH}", service.url));
    let done = match command.output().await {
        Ok(done) => done,
        Err(error) => {
            skipped(&format!("the binary form with curl: curl cannot be started: {error}"));
            return;
        }
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let signature = Signature::from_raw(&std::fs::read(&output).unwrap()).unwrap();
    public_key(&service).await.verify_digest(&Sha256::digest(b"x"), &signature).unwrap();
}
