//! `dryRun`: all is decided, nothing is done.

use core::time::Duration;

use crate::support::{Behaviour, Reply, Service, body, start};
use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::clock::Clock as _;
use splitsign_signer::providers::ErrorClass;

fn dry(text: &str) -> Value {
    let mut body = body(text);
    body["dryRun"] = json!(true);
    body
}

/// Audit records, signings, idempotency keys, calls of the provider.
async fn traces(service: &Service) -> (i64, i64, i64, usize) {
    let count = async |table: &str| -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(service.storage.readers()).await.unwrap()
    };
    let (records, signings) = (count("audit_records").await, count("signings").await);
    (records, signings, count("idempotency").await, service.provider.calls())
}

#[tokio::test]
async fn what_would_sign_is_said_and_nothing_is_done() {
    let service = start().await;
    let before = traces(&service).await;
    let descriptor = service.get("/v1/keys/acme/c2pa").await.body;
    let reply = service.sign(&dry("x")).await;
    assert_eq!(reply.status, 200);
    let expected = json!({
        "dryRun": true,
        "algorithm": "ES256",
        "keyId": "acme/c2pa",
        "keyVersion": 1,
        "kid": descriptor["kid"],
        "certificateChain": descriptor["certificateChain"],
        "digest": body("x")["digest"],
        "requestId": reply.header("x-request-id"),
    });
    assert_eq!(reply.body, expected);
    assert_eq!(traces(&service).await, before);
}

#[tokio::test]
async fn an_idempotency_key_is_neither_looked_up_nor_kept() {
    let service = start().await;
    let signed = service.sign_once("k", &body("x")).await;
    let before = traces(&service).await;
    let other = service.sign_once("k", &dry("y")).await;
    assert_eq!((other.status, other.header("idempotent-replayed")), (200, ""), "no conflict: {other:?}");
    let fresh = service.sign_once("l", &dry("x")).await;
    assert_eq!(fresh.status, 200);
    assert_eq!(traces(&service).await, before);
    assert_eq!(service.sign_once("k", &body("x")).await.body, signed.body);
    assert_eq!(service.sign_once("l", &body("y")).await.status, 200, "the key is free");
}

#[tokio::test]
async fn it_is_refused_as_signing_would_be() {
    let service = start().await;
    let with = |name: &str, value: Value| {
        let mut body = dry("x");
        body[name] = value;
        body
    };
    for (body, status, code) in [
        (with("key", json!("acme/missing")), 404, "key_not_found"),
        (with("key", json!("rival/c2pa")), 404, "key_not_found"),
        (with("keyVersion", json!(2)), 404, "key_version_not_found"),
        (with("timestamp", json!("required")), 422, "timestamp_unavailable"),
        (with("dryRun", json!("yes")), 400, "invalid_field"),
        (with("dryRun", Value::Null), 400, "invalid_field"),
    ] {
        assert_eq!(service.sign(&body).await.problem(), (status, code), "{body}");
    }
    let policy = serde_json::from_value(json!({"profiles": ["jws"]})).unwrap();
    let id = "acme/c2pa".parse().unwrap();
    service.keys().set_policy(&id, policy, service.clock.now()).await.unwrap();
    let records = Trail::new(service.storage.clone()).records_after(0).await.unwrap().len();
    assert_eq!(service.sign(&dry("x")).await.problem(), (403, "policy_refused"));
    let after = Trail::new(service.storage.clone()).records_after(0).await.unwrap().len();
    assert_eq!(after, records, "whoever only asks leaves no record");
    service.keys().clear_policy(&id, service.clock.now()).await.unwrap();
    service.create_key("acme/c2pa", true).await;
    service.clock.advance(Duration::from_secs(300));
    assert_eq!(service.sign(&with("keyVersion", json!(1))).await.problem(), (409, "key_version_superseded"));
    let anonymous = service.request("POST", "/v1/sign").json(&dry("x"));
    assert_eq!(Reply::read(anonymous).await.problem(), (401, "unauthorized"));
}

#[tokio::test]
async fn the_provider_is_not_asked() {
    let service = start().await;
    service.provider.behave(Behaviour::Fail(ErrorClass::Unavailable));
    assert_eq!(service.sign(&dry("x")).await.status, 200);
    assert_eq!(service.provider.calls(), 0);
}
