//! The schema, as numbered steps. A step that was released is never edited: its checksum is in the database.

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row as _, SqliteConnection, SqlitePool};

use splitsign_core::digest::Sha256;

use crate::clock::UnixMillis;
use crate::storage::StorageError;

/// Number, name, statements. Numbers count from 1 without gaps.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "initial", include_str!("migrations/0001_initial.sql")),
    (2, "token_kinds", include_str!("migrations/0002_token_kinds.sql")),
    (3, "key_life", include_str!("migrations/0003_key_life.sql")),
    (4, "policies", include_str!("migrations/0004_policies.sql")),
    (5, "operations", include_str!("migrations/0005_operations.sql")),
    (6, "key_attempts", include_str!("migrations/0006_key_attempts.sql")),
];

/// Brings the database up to date, in one transaction.
pub(super) async fn run(connection: &mut SqliteConnection, now: UnixMillis) -> Result<(), StorageError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS migrations \
         (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL, applied_at_ms INTEGER NOT NULL) STRICT",
    )
    .execute(&mut *transaction)
    .await?;
    let applied =
        sqlx::query("SELECT number, sha256 FROM migrations ORDER BY number").fetch_all(&mut *transaction).await?;
    for (number, name, statements) in missing(&applied)? {
        sqlx::raw_sql(*statements).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO migrations (number, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?)")
            .bind(number)
            .bind(name)
            .bind(&Sha256::digest(statements.as_bytes()).as_bytes()[..])
            .bind(now.get())
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Refuses a database that is not up to date.
pub(super) async fn check(readers: &SqlitePool) -> Result<(), StorageError> {
    let applied = sqlx::query("SELECT number, sha256 FROM migrations ORDER BY number").fetch_all(readers).await?;
    match missing(&applied)? {
        [] => Ok(()),
        [(number, name, _), ..] => Err(StorageError::Schema {
            detail: format!("it lacks migration {number} ({name}), which `splitsign serve` makes"),
        }),
    }
}

/// The steps that are still to be taken, after those that were.
fn missing(applied: &[SqliteRow]) -> Result<&'static [(i64, &'static str, &'static str)], StorageError> {
    if let Some(newer) = applied.get(MIGRATIONS.len()) {
        let number: i64 = newer.try_get("number")?;
        let detail = format!("it has migration {number}, which a newer splitsign made; use that one");
        return Err(StorageError::Schema { detail });
    }
    for (row, (number, name, statements)) in applied.iter().zip(MIGRATIONS) {
        let checksum = Sha256::digest(statements.as_bytes());
        if row.try_get::<i64, _>("number")? != *number || row.try_get::<&[u8], _>("sha256")? != checksum.as_bytes() {
            let detail = format!("migration {number} ({name}) is not the one that made it");
            return Err(StorageError::Schema { detail });
        }
    }
    Ok(MIGRATIONS.get(applied.len()..).unwrap_or_default())
}
