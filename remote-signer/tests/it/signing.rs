//! Signing through the HTTP interface: what leaves, what is recorded, what is refused.

use crate::support;
use core::time::Duration;

use crate::support::{Behaviour, Reply, assert_signs, body, start};
use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::auth::{TokenId, Tokens};
use splitsign_signer::clock::Clock as _;
use splitsign_signer::identity::KeyScope;
use splitsign_signer::providers::ErrorClass;

#[tokio::test]
async fn a_signature_verifies_with_the_key_of_the_descriptor() {
    let service = start().await;
    let descriptor = service.get("/v1/keys/acme/c2pa").await;
    assert_eq!((descriptor.status, descriptor.header("cache-control")), (200, "private, max-age=300"));
    let spki = descriptor.body["publicKey"]["spki"].as_str().unwrap();
    let mut request = body("hello");
    request["keyVersion"] = json!(1);
    request["timestamp"] = json!("optional");
    let reply = service.sign(&request).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_signs(&reply.body, "hello", spki);
    for (name, value) in [("algorithm", json!("ES256")), ("keyId", json!("acme/c2pa")), ("keyVersion", json!(1))] {
        assert_eq!(reply.body[name], value);
    }
    assert_eq!(reply.body["kid"], descriptor.body["kid"]);
    assert_eq!((&reply.body["timestampToken"], &reply.body["receipt"]), (&Value::Null, &Value::Null));
    assert!(reply.body["timestampStatus"].as_str().unwrap().starts_with("unavailable: "));
    assert!(reply.body.get("receiptStatus").is_none());
    assert!(reply.body["timing"]["kms_ms"].is_f64() && reply.body["timing"]["total_ms"].is_f64());
    assert_eq!(reply.body["requestId"], reply.header("x-request-id"));
    assert_eq!(service.signings("signed").await, 1);
}

#[tokio::test]
async fn keys_are_found_with_the_slash_escaped_and_published_as_jwks() {
    let service = start().await;
    let plain = service.get("/v1/keys/acme/c2pa").await;
    assert_eq!(service.get("/v1/keys/acme%2Fc2pa").await.body, plain.body);
    assert_eq!(service.get("/v1/keys").await.body, json!({"keys": [plain.body]}));
    service.create_key("acme/c2pa", true).await;
    let jwks = service.get("/.well-known/jwks.json").await;
    assert_eq!(jwks.header("cache-control"), "public, max-age=300");
    let keys = jwks.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "active and draining");
    assert_eq!(keys[1]["kid"], plain.body["kid"]);
    assert_eq!((&keys[1]["alg"], &keys[1]["use"], &keys[1]["kty"]), (&json!("ES256"), &json!("sig"), &json!("EC")));
}

#[tokio::test]
async fn bad_input_is_refused_with_its_code_and_nothing_is_recorded() {
    let service = start().await;
    let with = |name: &str, value: Value| {
        let mut body = body("x");
        body[name] = value;
        body.to_string()
    };
    let without = |name: &str| {
        let mut body = body("x");
        body.as_object_mut().unwrap().remove(name);
        body.to_string()
    };
    let good = body("x").to_string();
    let twice = good.replacen('{', r#"{"key":"acme/c2pa","#, 1);
    let cases: &[(String, u16, &str, u16, Option<&str>)] = &[
        (String::new(), 400, "malformed_json", 2000, None),
        ("{".into(), 400, "malformed_json", 2000, None),
        (good.clone() + "x", 400, "malformed_json", 2000, None),
        ("[]".into(), 400, "invalid_field", 2004, None),
        ("7".into(), 400, "invalid_field", 2004, None),
        (with("colour", json!(1)), 400, "unknown_field", 2001, Some("colour")),
        (twice, 400, "duplicate_field", 2002, Some("key")),
        (without("digest"), 400, "missing_field", 2003, Some("digest")),
        (without("digestAlgorithm"), 400, "missing_field", 2003, Some("digestAlgorithm")),
        (with("digestAlgorithm", json!("sha-1")), 400, "invalid_field", 2004, Some("digestAlgorithm")),
        (with("profile", json!("jwt")), 400, "invalid_field", 2004, Some("profile")),
        (with("keyVersion", json!(0)), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("keyVersion", json!(1.5)), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("keyVersion", json!(-1)), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("keyVersion", json!(4_294_967_296_u64)), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("keyVersion", json!(1e300)), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("keyVersion", json!(2.0)), 404, "key_version_not_found", 2022, Some("keyVersion")),
        (with("keyVersion", json!("1")), 400, "invalid_field", 2004, Some("keyVersion")),
        (with("key", json!("c2pa")), 400, "invalid_field", 2004, Some("key")),
        (with("digest", json!("AAAA")), 400, "digest_wrong_length", 0, Some("digest")),
        (with("digest", json!("A".repeat(44))), 400, "digest_wrong_length", 0, Some("digest")),
        (with("digest", json!("+".repeat(43))), 400, "base64_invalid_character", 120, Some("digest")),
        (with("digest", json!("A".repeat(43) + "=")), 400, "base64_invalid_character", 120, Some("digest")),
        (with("timestamp", json!("required")), 422, "timestamp_unavailable", 2025, Some("timestamp")),
        (with("receipt", json!("required")), 422, "receipt_unavailable", 2026, Some("receipt")),
        (with("key", json!("acme/other")), 404, "key_not_found", 2021, Some("key")),
        (with("keyVersion", json!(2)), 404, "key_version_not_found", 2022, Some("keyVersion")),
    ];
    for (text, status, code, number, field) in cases {
        let request = service.post("/v1/sign").header("Content-Type", "application/json").body(text.clone());
        let reply = Reply::read(request).await;
        assert_eq!(reply.problem(), (*status, *code), "{text}: {reply:?}");
        assert!(*number == 0 || reply.body["number"] == *number, "{text}: {reply:?}");
        assert_eq!(reply.body.get("field").and_then(Value::as_str), *field, "{text}: {reply:?}");
    }
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM signings").fetch_one(service.storage.readers()).await.unwrap();
    assert_eq!((rows, service.provider.calls()), (0, 0));
}

#[tokio::test]
async fn bad_requests_as_such() {
    let service = start().await;
    let good = body("x").to_string();
    let json = |request: reqwest::RequestBuilder| request.header("Content-Type", "application/json");
    let problem = async |request: reqwest::RequestBuilder| {
        let reply = Reply::read(request).await;
        let (status, code) = reply.problem();
        (status, code.to_owned())
    };
    let is = |status: u16, code: &str| (status, code.to_owned());
    let post = || service.post("/v1/sign");
    let large = "x".repeat(64 * 1024 + 1);
    assert_eq!(problem(json(post()).body(large)).await, is(413, "body_too_large"));
    let chunked = reqwest::Body::from(vec![b' '; 70_000]);
    assert_eq!(problem(json(post()).body(chunked)).await, is(413, "body_too_large"));
    assert_eq!(problem(post().body(good.clone())).await, is(415, "unsupported_media_type"));
    assert_eq!(
        problem(post().header("Content-Type", "text/plain").body(good.clone())).await,
        is(415, "unsupported_media_type")
    );
    for (charset, answer) in [
        ("charset=utf-16", is(415, "unsupported_media_type")),
        ("a=b; Charset=\"latin1\"", is(415, "unsupported_media_type")),
        ("a=b; charset=\"UTF-8\"", is(400, "missing_field")),
    ] {
        let request = post().header("Content-Type", format!("application/json; {charset}")).body("{}");
        assert_eq!(problem(request).await, answer, "{charset}");
    }
    let twice = json(post()).header("Idempotency-Key", "a").header("Idempotency-Key", "a").body(good.clone());
    assert_eq!(problem(twice).await, is(400, "repeated_header"));
    let twice = json(post()).header("Authorization", "Bearer x").body(good.clone());
    assert_eq!(problem(twice).await, is(400, "repeated_header"));
    let spaced = json(post()).header("Idempotency-Key", "a b").body(good.clone());
    assert_eq!(problem(spaced).await, is(400, "invalid_idempotency_key"));
    assert_eq!(problem(service.request("GET", "/nothing")).await, is(404, "route_not_found"));
    assert_eq!(problem(service.request("GET", "/v1/sign")).await, is(405, "method_not_allowed"));
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn a_truncated_body_is_refused_and_the_service_lives_on() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = start().await;
    let mut socket = tokio::net::TcpStream::connect(service.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /v1/sign HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        service.token
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    // The peer may answer or just close: what counts is that nothing is signed.
    drop(socket.read_to_end(&mut Vec::new()).await);
    assert_eq!(service.sign(&body("x")).await.status, 200);
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn without_a_valid_token_all_refusals_look_alike() {
    let service = start().await;
    let id = service.token.split('_').nth(1).unwrap().to_owned();
    let wrong_secret = format!("sst_{id}_{}", "A".repeat(43));
    let unknown = format!("sst_0000000000000000_{}", "A".repeat(43));
    let mut details = Vec::new();
    for header in [
        None,
        Some("Basic x".into()),
        Some("Bearer".into()),
        Some(format!("Bearer {wrong_secret}")),
        Some(format!("Bearer {unknown}")),
    ] {
        let mut request = service.request("POST", "/v1/sign").json(&body("x"));
        if let Some(header) = header {
            request = request.header("Authorization", header);
        }
        let reply = Reply::read(request).await;
        assert_eq!(reply.problem(), (401, "unauthorized"));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        details.push(reply.body["detail"].clone());
    }
    Tokens::new(service.storage.clone()).revoke(&TokenId::new(id), service.clock.now()).await.unwrap();
    let revoked = service.sign(&body("x")).await;
    assert_eq!(revoked.problem(), (401, "unauthorized"), "revoked at once");
    details.push(revoked.body["detail"].clone());
    details.dedup();
    assert_eq!(details.len(), 1);
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn keys_of_others_and_keys_that_are_not_look_alike() {
    let mut service = start().await;
    service.create_key("rival/c2pa", false).await;
    service.create_key("acme/other", false).await;
    service.token = service.token_for("acme", KeyScope::Only(["acme/c2pa".parse().unwrap()].into())).await;
    let mut seen = Vec::new();
    for key in ["rival/c2pa", "acme/other", "acme/missing"] {
        let mut request = body("x");
        request["key"] = json!(key);
        let reply = service.sign_once("k", &request).await;
        assert_eq!(reply.problem(), (404, "key_not_found"));
        let shown = service.get(&format!("/v1/keys/{key}")).await;
        assert_eq!(shown.problem(), (404, "key_not_found"));
        seen.push(reply.body["detail"].as_str().unwrap().replace(key, "KEY"));
        seen.push(shown.body["detail"].as_str().unwrap().replace(key, "KEY"));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
    assert_eq!(service.get("/v1/keys").await.body["keys"].as_array().unwrap().len(), 1);
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn classes_of_provider_failures_have_their_status_and_keep_the_internals() {
    let service = start().await;
    for (class, status, code, retry) in [
        (ErrorClass::Denied, 502, "provider_denied", ""),
        (ErrorClass::Throttled, 429, "provider_throttled", "3"),
        (ErrorClass::Unavailable, 503, "provider_unavailable", "3"),
        (ErrorClass::Timeout, 504, "provider_timeout", "3"),
        (ErrorClass::Invalid, 502, "provider_invalid", ""),
        (ErrorClass::NotFound, 502, "provider_key_not_found", ""),
        (ErrorClass::BadResponse, 502, "provider_bad_response", ""),
    ] {
        service.provider.behave(Behaviour::Fail(class));
        let reply = service.sign(&body("x")).await;
        assert_eq!(reply.problem(), (status, code));
        assert_eq!(reply.header("retry-after"), retry);
        assert!(!reply.body.to_string().contains("internals"));
        let failure: String = sqlx::query_scalar("SELECT failure FROM signings WHERE request_id = ?")
            .bind(reply.body["requestId"].as_str().unwrap())
            .fetch_one(service.storage.readers())
            .await
            .unwrap();
        assert_eq!(failure, class.name());
    }
    assert_eq!(service.signings("signed").await, 0);
}

#[tokio::test]
async fn a_signature_that_does_not_verify_never_leaves() {
    let service = start().await;
    for behaviour in [Behaviour::WrongKey, Behaviour::WrongDigest] {
        service.provider.behave(behaviour);
        let reply = service.sign(&body("x")).await;
        assert_eq!(reply.problem(), (502, "provider_bad_signature"));
    }
    assert_eq!((service.signings("signed").await, service.signings("failed").await), (0, 2));
    let records = Trail::new(service.storage.clone()).records_after(0).await.unwrap();
    assert!(records.last().unwrap().body.contains(r#""outcome":"failed","failure":"bad_signature""#));
}

#[tokio::test]
async fn a_provider_that_hangs_is_a_timeout_of_its_own() {
    let mut config = splitsign_signer::config::Config::default();
    config.signing.provider_timeout_ms = 20;
    let directory = alloc::sync::Arc::new(tempfile::tempdir().unwrap());
    let service = support::start_with(config, support::TestProvider::new(), directory).await;
    service.provider.behave(Behaviour::WaitThenSign);
    assert_eq!(service.sign(&body("x")).await.problem(), (504, "provider_timeout"));
    assert_eq!(service.signings("failed").await, 1);
}

#[tokio::test]
async fn a_superseded_version_signs_for_those_who_pinned_it_and_then_names_its_successor() {
    let service = start().await;
    let mut pinned = body("x");
    pinned["keyVersion"] = json!(1);
    let before = service.sign_once("before", &pinned).await;
    service.create_key("acme/c2pa", true).await;
    assert_eq!(service.sign(&pinned).await.body["keyVersion"], 1);
    assert_eq!(service.sign(&body("x")).await.body["keyVersion"], 2);
    service.clock.advance(Duration::from_secs(300));
    let reply = service.sign(&pinned).await;
    assert_eq!(reply.problem(), (409, "key_version_superseded"));
    assert_eq!(reply.body["descriptor"], service.get("/v1/keys/acme/c2pa").await.body);
    assert_eq!(reply.body["descriptor"]["version"], 2);
    let again = service.sign_once("before", &pinned).await;
    assert_eq!(again.body, before.body, "a stored signature is given back all the same");
}

#[tokio::test]
async fn a_batch_is_answered_in_order_with_a_status_for_each() {
    let service = start().await;
    let spki = service.get("/v1/keys/acme/c2pa").await.body["publicKey"]["spki"].as_str().unwrap().to_owned();
    let good = json!({"requests": (0..20).map(|n| body(&n.to_string())).collect::<Vec<_>>()});
    let reply = Reply::read(service.post("/v1/sign/batch").json(&good)).await;
    assert_eq!(reply.status, 200);
    for (n, result) in reply.body["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(result["status"], 200);
        assert_signs(result, &n.to_string(), &spki);
    }
    let mut strange = body("b");
    strange["colour"] = json!(1);
    let mixed = json!({"requests": [body("a"), strange, body("c")]});
    let reply = Reply::read(service.post("/v1/sign/batch").json(&mixed)).await;
    assert_eq!(reply.status, 207);
    let results = reply.body["results"].as_array().unwrap();
    assert_eq!(
        (&results[0]["status"], &results[1]["status"], &results[2]["status"]),
        (&json!(200), &json!(400), &json!(200))
    );
    assert_eq!(
        (&results[1]["problem"]["code"], &results[1]["problem"]["field"]),
        (&json!("unknown_field"), &json!("requests[1].colour"))
    );
    for size in [0, 65] {
        let batch = json!({"requests": vec![body("a"); size]});
        let reply = Reply::read(service.post("/v1/sign/batch").json(&batch)).await;
        assert_eq!(reply.problem(), (400, "invalid_batch_size"));
    }
    assert_eq!(service.signings("signed").await, 22);
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_problem() {
    let service = start().await;
    for path in ["/v1/keys/%ff", "/v1/keys/acme/%C3%28"] {
        assert_eq!(service.get(path).await.problem(), (400, "invalid_path"), "{path}");
    }
    // There is no such parameter: without a word, it would be another version than the one named.
    assert_eq!(service.get("/v1/keys/acme/c2pa?version=2").await.problem(), (400, "invalid_query"));
    assert_eq!(service.get("/v1/keys/acme/c2pa?").await.status, 200);
}

/// The certificates of the provider `file` name the tenant and the key, and this document is for everybody.
#[tokio::test]
async fn the_published_keys_name_nobody() {
    let service = start().await;
    let keys = service.get("/.well-known/jwks.json").await.body;
    assert!(keys["keys"][0].get("x5c").is_none() && !keys.to_string().contains("acme"), "{keys}");
}
