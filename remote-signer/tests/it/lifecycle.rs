//! Crashes, restarts, stops, health, and the trail that they leave.

use alloc::sync::Arc;
use core::time::Duration;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

use crate::support::{Behaviour, Reply, TestProvider, body, start, start_with};
use serde_json::json;
use splitsign_signer::app::{App, StartError};
use splitsign_signer::audit::{Trail, VerifyError};
use splitsign_signer::config::Config;
use splitsign_signer::keys::ProviderSet;
use splitsign_signer::storage::{Storage, StorageError};
use sqlx::Connection as _;

/// What a kill leaves: an intent on disk, a provider that was called, no outcome. Here the process lives on, but the
/// database is copied at that moment, and the copy is what is started anew.
#[tokio::test]
async fn an_intent_without_outcome_is_reported_after_a_restart_and_signed_anew() {
    let service = start().await;
    service.provider.behave(Behaviour::WaitThenSign);
    let request = service.post("/v1/sign").header("Idempotency-Key", "k").json(&body("x"));
    let lost = tokio::spawn(Reply::read(request));
    service.provider.wait_for_calls(1).await;
    let copy = Arc::new(tempfile::tempdir().unwrap());
    std::fs::DirBuilder::new().mode(0o700).create(copy.path().join("data")).unwrap();
    for entry in std::fs::read_dir(service.storage.directory()).unwrap() {
        let file = entry.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), copy.path().join("data").join(file.file_name())).unwrap();
        }
    }
    let restarted = start_with(Config::default(), Arc::clone(&service.provider), copy).await;
    service.provider.behave(Behaviour::Sign);
    assert_eq!((restarted.signings("intent").await, restarted.signings("unresolved").await), (0, 1));
    let ready = restarted.get("/health/ready").await;
    assert_eq!((ready.status, &ready.body["unresolvedIntents"]), (200, &json!(1)));
    let trail = Trail::new(restarted.storage.clone());
    let unresolved = trail.unresolved().await.unwrap();
    let records = trail.records_after(0).await.unwrap();
    let record = records.iter().find(|record| record.body.contains("intent_unresolved")).unwrap();
    assert!(record.body.contains(unresolved[0].request_id.as_str()));
    // The same key, by the same token, as a client that got no answer would.
    let again = restarted.sign_once("k", &body("x")).await;
    assert_eq!(again.status, 200);
    assert_ne!(again.body["requestId"], unresolved[0].request_id.as_str());
    assert_eq!((restarted.signings("signed").await, restarted.signings("unresolved").await), (1, 1));
    trail.verify().await.unwrap();
    service.provider.open();
    assert_eq!(lost.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_no_intent_behind() {
    let service = start().await;
    service.provider.behave(Behaviour::WaitThenSign);
    let request = tokio::spawn(Reply::read(service.post("/v1/sign").header("Idempotency-Key", "k").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    service.provider.open();
    let storage = service.storage.clone();
    let directory = service.stop().await;
    assert!(matches!(storage.write(Nothing).await, Err(StorageError::Closed)));
    let restarted = start_with(Config::default(), TestProvider::new(), directory).await;
    assert_eq!((restarted.signings("signed").await, restarted.signings("unresolved").await), (1, 0));
}

struct Nothing;

#[async_trait::async_trait]
impl splitsign_signer::storage::Command for Nothing {
    type Output = ();

    async fn apply(self, _connection: &mut sqlx::SqliteConnection) -> Result<(), StorageError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let service = start().await;
    service.provider.behave(Behaviour::WaitThenSign);
    let under_way = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    service.shutdown.trigger();
    service.provider.open();
    let reply = under_way.await.unwrap();
    assert_eq!(reply.status, 200);
    let (provider, url) = (Arc::clone(&service.provider), service.url.clone());
    let directory = service.stop().await;
    assert!(reqwest::get(format!("{url}/health/live")).await.is_err(), "nobody listens any more");
    let restarted = start_with(Config::default(), provider, directory).await;
    let records = Trail::new(restarted.storage.clone()).records_after(0).await.unwrap();
    let kinds: Vec<&str> = records.iter().map(|record| record.body.split('"').nth(9).unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "service_started",
            "key_created",
            "token_created",
            "sign_intent",
            "sign_outcome",
            "service_stopped",
            "service_started",
            "token_created"
        ]
    );
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let mut config = Config::default();
    config.server.drain_timeout_ms = 10;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    service.provider.behave(Behaviour::WaitThenSign);
    let under_way = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    let directory = service.stop().await;
    under_way.abort();
    let restarted = start_with(Config::default(), TestProvider::new(), directory).await;
    assert_eq!(restarted.signings("unresolved").await, 1);
}

#[tokio::test]
async fn health_says_what_is_wrong() {
    let service = start().await;
    let ready = service.get("/health/ready").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.body,
        json!({"status": "ready", "storageWritable": true, "providers": ["test"], "unresolvedIntents": 0})
    );
    assert_eq!(service.get("/health/live").await.body, json!({"status": "live"}));
    let kms = service.get("/health/kms").await;
    let expected = json!({"status": "UNKNOWN", "provider": "test", "healthy": false, "reason": "probes_are_off"});
    assert_eq!((kms.status, kms.body), (503, expected));
    service.storage.close().await;
    service.clock.advance(Duration::from_secs(5));
    let failing = service.get("/health/ready").await;
    assert_eq!((failing.status, &failing.body["status"]), (503, &json!("failing")));
}

#[tokio::test]
async fn without_a_durable_record_nothing_is_signed() {
    let service = start().await;
    let mut connection =
        sqlx::SqliteConnection::connect(service.storage.directory().join("splitsign.sqlite").to_str().unwrap())
            .await
            .unwrap();
    sqlx::query("CREATE TRIGGER full BEFORE INSERT ON audit_records BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(service.sign(&body("x")).await.problem(), (503, "storage_unavailable"));
    assert_eq!((service.provider.calls(), service.signings("intent").await), (0, 0));
    sqlx::query("DROP TRIGGER full").execute(&mut connection).await.unwrap();
    // Now the intent can be recorded, and the outcome cannot.
    service.provider.behave(Behaviour::WaitThenSign);
    let request = tokio::spawn(Reply::read(service.post("/v1/sign").header("Idempotency-Key", "k").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    sqlx::query("CREATE TRIGGER full BEFORE INSERT ON audit_records BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        .execute(&mut connection)
        .await
        .unwrap();
    service.provider.open();
    assert_eq!(request.await.unwrap().problem(), (503, "storage_unavailable"));
    sqlx::query("DROP TRIGGER full").execute(&mut connection).await.unwrap();
    service.clock.advance(Duration::from_secs(5));
    assert_eq!(service.get("/health/ready").await.body["unresolvedIntents"], 1);
    // The same process finds out that the first one was lost, and signs anew.
    assert_eq!(service.sign_once("k", &body("x")).await.status, 200);
    assert_eq!((service.signings("signed").await, service.signings("unresolved").await), (1, 1));
}

#[tokio::test]
async fn all_unresolved_intents_are_listed() {
    let service = start().await;
    let path = service.storage.directory().join("splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
                INSERT INTO signings (request_id, tenant, token_id, key_id, key_version, digest, profile, state, \
                intent_at_ms) SELECT printf('%06d', i), 'acme', 't', 'acme/c2pa', 1, x'00', 'raw', 'unresolved', 1 FROM n";
    sqlx::query(many).execute(&mut connection).await.unwrap();
    assert_eq!(Trail::new(service.storage.clone()).unresolved().await.unwrap().len(), 2500);
}

#[tokio::test]
async fn concurrent_signatures_share_commits() {
    let service = start().await;
    service.provider.behave(Behaviour::WaitThenSign);
    let before = service.storage.statistics();
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..64 {
        requests.spawn(Reply::read(service.post("/v1/sign").json(&body(&n.to_string()))));
    }
    service.provider.wait_for_calls(64).await;
    service.provider.open();
    assert!(requests.join_all().await.iter().all(|reply| reply.status == 200));
    let after = service.storage.statistics();
    assert_eq!(after.commands - before.commands, 128, "an intent and an outcome for each");
    // The intents come as fast as they can be sent, the outcomes all at once.
    assert!(after.commits - before.commits <= 80, "{} commits", after.commits - before.commits);
}

#[tokio::test]
async fn a_changed_byte_breaks_the_chain_where_it_is() {
    let service = start().await;
    service.sign(&body("x")).await;
    let trail = Trail::new(service.storage.clone());
    assert_eq!(trail.verify().await.unwrap().seq, 5);
    let path = service.storage.directory().join("splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let tamper = "UPDATE audit_records SET body = replace(body, '\"raw\"', '\"jws\"') WHERE seq = 4";
    assert!(sqlx::query(tamper).execute(&mut connection).await.is_err(), "a trigger refuses");
    sqlx::query("DROP TRIGGER audit_records_are_never_changed").execute(&mut connection).await.unwrap();
    assert_eq!(sqlx::query(tamper).execute(&mut connection).await.unwrap().rows_affected(), 1);
    match trail.verify().await {
        Err(VerifyError::Broken(broken)) => assert_eq!(broken.seq, 4),
        other => panic!("{other:?}"),
    }
    let (config, clock) = (service.config.clone(), Arc::clone(&service.clock));
    let _directory = service.stop().await;
    let storage = Storage::open(&config.storage, &*clock).await.unwrap();
    match App::assemble(config, storage, ProviderSet::default(), clock as _).await {
        Err(StartError::ChainBroken(broken)) => assert_eq!(broken.seq, 4),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_start_has_purged_before_the_first_request() {
    let service = start().await;
    service.sign_once("k", &body("x")).await;
    let (config, clock) = (service.config.clone(), Arc::clone(&service.clock));
    let directory = service.stop().await;
    clock.advance(Duration::from_secs(24 * 3600 + 1));
    let storage = Storage::open(&config.storage, &*clock).await.unwrap();
    let app = App::assemble(config, storage, ProviderSet::default(), clock as _).await.unwrap();
    let path = app.storage().directory().join("splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency").fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, 0);
    drop(directory);
}

#[tokio::test]
async fn a_directory_is_served_once() {
    let service = start().await;
    let storage = Storage::open(&service.config.storage, &*service.clock).await.unwrap();
    service.provider.behave(Behaviour::WaitThenSign);
    let request = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    let second =
        App::assemble(service.config.clone(), storage, ProviderSet::default(), Arc::clone(&service.clock) as _).await;
    assert!(matches!(second, Err(StartError::Storage(StorageError::Served { .. }))));
    assert_eq!(service.signings("unresolved").await, 0, "the second one has not touched what the first is at work on");
    service.provider.open();
    assert_eq!(request.await.unwrap().status, 200);
}

#[tokio::test]
async fn more_than_may_be_under_way_is_refused_at_once() {
    let mut config = Config::default();
    config.server.max_in_flight = 1;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    service.provider.behave(Behaviour::WaitThenSign);
    let first = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("x"))));
    service.provider.wait_for_calls(1).await;
    let second = service.sign(&body("y")).await;
    assert_eq!((second.problem(), second.header("retry-after")), ((503, "overloaded"), "1"));
    assert_eq!(service.get("/health/live").await.status, 200);
    service.provider.open();
    assert_eq!(first.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_can_be_had_later() {
    let mut config = Config::default();
    config.server.request_timeout_ms = 200;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    service.provider.behave(Behaviour::WaitThenSign);
    assert_eq!(service.sign_once("k", &body("x")).await.problem(), (504, "request_timeout"));
    service.provider.wait_for_calls(1).await;
    service.provider.open();
    // It ends when it ends; asking again is what a client does.
    let reply = loop {
        let reply = service.sign_once("k", &body("x")).await;
        if reply.status == 200 {
            break reply;
        }
        assert!([(409, "idempotency_in_progress"), (504, "request_timeout")].contains(&reply.problem()));
    };
    assert_eq!((reply.header("idempotent-replayed"), service.provider.calls()), ("true", 1));
}

#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    let service = start().await;
    service.sign(&body("x")).await;
    let directory = service.storage.directory();
    for name in ["splitsign.sqlite", "splitsign.sqlite-wal", "splitsign.sqlite-shm", "serve.lock"] {
        let mode = std::fs::metadata(directory.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = Storage::open(&service.config.storage, &*service.clock).await;
    assert!(matches!(refused, Err(StorageError::Public { .. })));
}
