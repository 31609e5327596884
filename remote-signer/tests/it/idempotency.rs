//! The same `Idempotency-Key`: one signature, one call.

use core::time::Duration;

use crate::support::{Behaviour, Reply, body, start};
use serde_json::json;
use splitsign_signer::audit::Trail;
use splitsign_signer::clock::Clock as _;
use splitsign_signer::encoding::from_base64url;
use splitsign_signer::identity::KeyScope;
use splitsign_signer::providers::ErrorClass;
use sqlx::Connection as _;

#[tokio::test]
async fn the_same_body_gives_the_stored_reply_and_another_one_a_conflict() {
    let service = start().await;
    let first = service.sign_once("k", &body("x")).await;
    let again = service.sign_once("k", &body("x")).await;
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(service.sign_once("k", &body("y")).await.problem(), (409, "idempotency_conflict"));
    let mut pinned = body("x");
    pinned["keyVersion"] = json!(1);
    assert_eq!(service.sign_once("k", &pinned).await.problem(), (409, "idempotency_conflict"));
    assert_eq!(service.provider.calls(), 1);
    assert_ne!(service.sign_once("other", &body("x")).await.body["requestId"], first.body["requestId"]);
}

#[tokio::test]
async fn one_at_a_time_is_worked_on() {
    let service = start().await;
    service.provider.behave(Behaviour::WaitThenSign);
    let (url, token) = (service.post("/v1/sign"), body("x"));
    let first = tokio::spawn(async move { Reply::read(url.header("Idempotency-Key", "k").json(&token)).await });
    service.provider.wait_for_calls(1).await;
    let second = service.sign_once("k", &body("x")).await;
    assert_eq!(second.problem(), (409, "idempotency_in_progress"));
    assert_eq!((second.body["retryAfterMs"].as_u64(), second.header("retry-after")), (Some(200), "1"));
    service.provider.open();
    let first = first.await.unwrap();
    assert_eq!(service.sign_once("k", &body("x")).await.body, first.body);
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn many_at_once_make_one_call() {
    let service = start().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let request = service.post("/v1/sign").header("Idempotency-Key", "k").json(&body("x"));
        tasks.spawn(Reply::read(request));
    }
    let replies = tasks.join_all().await;
    assert!(replies.iter().all(|reply| [200, 409].contains(&reply.status)));
    assert!(replies.iter().any(|reply| reply.status == 200));
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn a_failure_is_not_final() {
    let service = start().await;
    service.provider.behave(Behaviour::Fail(ErrorClass::Unavailable));
    assert_eq!(service.sign_once("k", &body("x")).await.status, 503);
    assert_eq!(service.sign_once("k", &body("y")).await.problem(), (409, "idempotency_conflict"));
    service.provider.behave(Behaviour::Sign);
    assert_eq!(service.sign_once("k", &body("x")).await.status, 200);
    assert_eq!(service.provider.calls(), 2);
}

#[tokio::test]
async fn tenants_do_not_meet() {
    let mut service = start().await;
    service.create_key("rival/c2pa", false).await;
    assert_eq!(service.sign_once("k", &body("x")).await.status, 200);
    service.token = service.token_for("rival", KeyScope::All).await;
    let mut other = body("y");
    other["key"] = json!("rival/c2pa");
    assert_eq!(service.sign_once("k", &other).await.status, 200);
}

#[tokio::test]
async fn items_of_a_batch_are_kept_apart() {
    let service = start().await;
    let batch = json!({"requests": [body("a"), body("b")]});
    let send = || Reply::read(service.post("/v1/sign/batch").header("Idempotency-Key", "k").json(&batch));
    let (first, again) = (send().await, send().await);
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(service.provider.calls(), 2);
}

/// A key binds the whole of what was sent with it: another batch is refused, also where its items are new.
#[tokio::test]
async fn another_batch_or_another_path_is_a_conflict() {
    let service = start().await;
    let batch = |key: &str, texts: &[&str]| {
        let batch = json!({"requests": texts.iter().map(|text| body(text)).collect::<Vec<_>>()});
        Reply::read(service.post("/v1/sign/batch").header("Idempotency-Key", key).json(&batch))
    };
    let conflict = (409, "idempotency_conflict");
    let first = batch("k", &["a"]).await;
    assert_eq!(first.status, 200);
    for other in [&["a", "b"][..], &["b"], &["b", "a"], &["a", "a"]] {
        assert_eq!(batch("k", other).await.problem(), conflict, "{other:?}");
    }
    assert_eq!(service.sign_once("k", &body("a")).await.problem(), conflict);
    assert_eq!(service.sign_once("k", &body("b")).await.problem(), conflict);
    assert_eq!(batch("k", &["a"]).await.body, first.body);
    assert_eq!(service.sign_once("single", &body("a")).await.status, 200);
    assert_eq!(batch("single", &["a"]).await.problem(), conflict);
    assert_eq!(batch("single", &["b"]).await.problem(), conflict);
    // The same, written in another way.
    let spaced = format!("{{\n\"requests\": [ {:#} ]}}", body("a"));
    let request = service.post("/v1/sign/batch").header("Idempotency-Key", "k");
    let again = Reply::read(request.header("Content-Type", "application/json").body(spaced)).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(service.provider.calls(), 2);
}

#[tokio::test]
async fn after_its_retention_a_key_means_nothing_and_is_removed() {
    let service = start().await;
    service.sign_once("k", &body("x")).await;
    service.clock.advance(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(service.sign_once("k", &body("y")).await.status, 200);
    service.clock.advance(Duration::from_secs(24 * 3600 + 1));
    let trail = Trail::new(service.storage.clone());
    let retention = service.config.idempotency.retention();
    assert_eq!(trail.purge_idempotency(service.clock.now(), retention).await.unwrap(), 1);
}

/// Neither a byte of the signature nor the signature of another request passes for the stored one.
#[tokio::test]
async fn a_stored_signature_that_was_tampered_with_never_leaves() {
    let service = start().await;
    let first = service.sign_once("k", &body("x")).await;
    let other = service.sign(&body("y")).await;
    let path = service.storage.directory().join("splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    for tampered in [vec![7; 64], from_base64url(other.body["signature"].as_str().unwrap()).unwrap()] {
        sqlx::query("UPDATE signings SET signature = ? WHERE request_id = ?")
            .bind(tampered)
            .bind(first.body["requestId"].as_str().unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
        let again = service.sign_once("k", &body("x")).await;
        assert_eq!(again.problem(), (500, "stored_bad_signature"));
        assert!(again.body.get("signature").is_none());
    }
    assert_eq!(service.provider.calls(), 2);
}
