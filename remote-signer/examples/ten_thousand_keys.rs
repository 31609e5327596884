//! How long a start takes with ten thousand keys in the database, and the first use of one of them.
//!
//! `cargo run --release -p splitsign-signer --example ten_thousand_keys`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example that prints, or fails and says where")]

extern crate alloc;

use alloc::sync::Arc;

use splitsign_signer::clock::{Clock as _, SystemClock};
use splitsign_signer::config::Config;
use splitsign_signer::keys::Keys;
use splitsign_signer::storage::Storage;
use sqlx::Connection as _;

const KEYS: i64 = 10_000;

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.storage.directory = directory.path().join("data");
    let clock = Arc::new(SystemClock::start());
    Storage::open(&config.storage, &*clock).await.unwrap().close().await;
    let file = config.storage.directory.join("splitsign.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    for statement in [
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         INSERT INTO keys (id, tenant, created_at_ms) SELECT printf('acme/k%05d', i), 'acme', i FROM n",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         INSERT INTO key_versions (key_id, version, state, provider, reference, spki, kid, created_at_ms) \
         SELECT printf('acme/k%05d', i), 1, 'active', 'file', 'file:absent', \
         x'3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5', \
         printf('kid%d', i), i FROM n",
    ] {
        sqlx::query(statement).bind(KEYS).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    let began = clock.elapsed();
    let storage = Storage::open(&config.storage, &*clock).await.unwrap();
    let keys = Keys::new(storage.clone(), config.keys.clone());
    let providers = core::iter::empty().collect();
    let app = splitsign_signer::app::App::assemble(config, storage, providers, Arc::clone(&clock) as _).await.unwrap();
    let started = clock.elapsed();
    let id = "acme/k05000".parse().unwrap();
    let first = keys.versions(&id).await.unwrap().len();
    let used = clock.elapsed();
    const LOOKUPS: u32 = 2_000;
    for _ in 0..LOOKUPS {
        keys.versions(&id).await.unwrap();
    }
    let again = (clock.elapsed() - used) / LOOKUPS;
    let before_set = clock.elapsed();
    let published = keys.published().await.unwrap().len();
    let set = clock.elapsed() - before_set;
    println!(
        "keys {KEYS}: start {:.1} ms; first use of one {:.3} ms ({first} version); from memory, with the look for \
        changes, {:.1} us; reading all {published} for the key set {:.1} ms",
        (started - began).as_secs_f64() * 1e3,
        (used - started).as_secs_f64() * 1e3,
        again.as_secs_f64() * 1e6,
        set.as_secs_f64() * 1e3
    );
    app.storage().close().await;
}
