//! What ten thousand keys cost: counted in statements and rows, which no busy machine changes.
//!
//! A test binary of its own: it counts every statement of the process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

#[path = "it/support/mod.rs"]
#[expect(dead_code, reason = "these tests use a part of it")]
mod support;

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use splitsign_signer::config::Config;
use sqlx::Connection as _;
use support::{Service, TestProvider, body, start_with};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt as _};

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static ROWS: AtomicU64 = AtomicU64::new(0);

/// Counts what sqlx says of each statement that it has run.
struct Counting;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Counting {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
            event.record(&mut Rows);
        }
    }
}

struct Rows;

impl Visit for Rows {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows_returned" {
            ROWS.fetch_add(value, Ordering::SeqCst);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn core::fmt::Debug) {}
}

fn counted() -> (u64, u64) {
    (STATEMENTS.load(Ordering::SeqCst), ROWS.load(Ordering::SeqCst))
}

/// Keys that never rotate: those that are made here are decades old.
fn config() -> Config {
    let mut config = Config::default();
    config.keys.rotation_days = 0;
    // It looks at every key, from time to time: not here.
    config.keys.scheduler_interval_seconds = 3600;
    config
}

/// A service with `acme/c2pa` that is stopped, gets `keys` more, and is started again; statements and rows of the start.
async fn restarted_with(keys: i64) -> (Service, (u64, u64)) {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let provider = TestProvider::new();
    let first = start_with(config(), Arc::clone(&provider), Arc::clone(&directory)).await;
    first.stop().await;
    let file = directory.path().join("data/splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    for (table, columns, values) in [
        ("keys", "id, tenant, created_at_ms", "printf('acme/k%05d', i), 'acme', i"),
        (
            "key_versions",
            "key_id, version, state, provider, reference, spki, kid, created_at_ms",
            "printf('acme/k%05d', i), 1, 'active', 'test', 'test:absent', \
             (SELECT spki FROM key_versions WHERE key_id = 'acme/c2pa'), printf('kid%d', i), i",
        ),
    ] {
        let statement = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
             INSERT INTO {table} ({columns}) SELECT {values} FROM n"
        );
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(keys).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let before = counted();
    let service = start_with(config(), provider, directory).await;
    let after = counted();
    (service, (after.0 - before.0, after.1 - before.1))
}

#[tokio::test]
async fn a_start_reads_as_much_with_ten_thousand_keys_as_with_ten_and_first_use_reads_one() {
    let subscriber = tracing_subscriber::registry().with(Counting);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (few, cost_of_few) = restarted_with(10).await;
    few.stop().await;
    let (service, cost) = restarted_with(10_000).await;
    println!("a start: {} statements, {} rows", cost.0, cost.1);
    assert!(cost.0 > 10, "statements are not counted: does sqlx log them?");
    assert_eq!(cost, cost_of_few);

    // The first use reads the key and its chain; the second reads nothing of it.
    let before = counted();
    assert_eq!(service.sign(&body("first")).await.status, 200);
    let first = counted();
    assert_eq!(service.sign(&body("second")).await.status, 200);
    let second = counted();
    let (first, second) = ((first.0 - before.0, first.1 - before.1), (second.0 - first.0, second.1 - first.1));
    println!("the first signature: {first:?}, the second: {second:?} (statements, rows)");
    assert!(first.0 > second.0 && first.1 > second.1 && first.1 < 30, "{first:?} {second:?}");

    // A list is a page, and its end is the end.
    let (mut seen, mut path, mut pages) = (0, "/v1/keys?limit=1000".to_owned(), 0);
    loop {
        let page = service.get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let keys = page.body["keys"].as_array().unwrap();
        assert!(keys.len() <= 1000);
        (seen, pages) = (seen + keys.len(), pages + 1);
        let Some(cursor) = page.body["nextCursor"].as_str() else { break };
        path = format!("/v1/keys?limit=1000&cursor={cursor}");
    }
    assert_eq!((seen, pages), (10_001, 11));
    assert_eq!(service.get("/v1/keys").await.body["keys"].as_array().unwrap().len(), 100);
    for bad in ["limit=0", "limit=1001", "limit=x", "cursor=%00", "after=x", "limit=1&limit=2"] {
        assert_eq!(service.get(&format!("/v1/keys?{bad}")).await.problem(), (400, "invalid_query"), "{bad}");
    }

    // The key set is written once.
    let set = service.get("/.well-known/jwks.json").await;
    assert_eq!(set.body["keys"].as_array().unwrap().len(), 10_001);
    let before = counted();
    assert_eq!(service.get("/.well-known/jwks.json").await.status, 200);
    let after = counted();
    assert_eq!((after.0 - before.0, after.1 - before.1), (0, 0), "the database is not asked");

    // A page of other keys of one tenant does not start in the middle of another's.
    let other = service.token_for("acm", splitsign_signer::identity::KeyScope::All).await;
    assert_eq!(service.get_with(&other, "/v1/keys").await.body, json!({"keys": Value::Array(vec![])}));
}
