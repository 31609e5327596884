//! The schema, as numbered steps. A step that was released is never edited: its checksum is in the database.

use sqlx::{Connection as _, Row as _, SqliteConnection};

use splitsign_core::digest::Sha256;

use crate::clock::UnixMillis;
use crate::storage::StorageError;

/// Number, name, statements. Numbers count from 1 without gaps.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "initial", include_str!("migrations/0001_initial.sql"))];

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
    if let Some(newer) = applied.get(MIGRATIONS.len()) {
        let number: i64 = newer.try_get("number")?;
        let detail = format!("it has migration {number}, which a newer splitsign made; use that one");
        return Err(StorageError::Schema { detail });
    }
    for (index, (number, name, statements)) in MIGRATIONS.iter().enumerate() {
        let checksum = Sha256::digest(statements.as_bytes());
        match applied.get(index) {
            Some(row)
                if row.try_get::<i64, _>("number")? == *number
                    && row.try_get::<&[u8], _>("sha256")? == checksum.as_bytes() => {}
            Some(_) => {
                return Err(StorageError::Schema {
                    detail: format!("migration {number} ({name}) is not the one that made it"),
                });
            }
            None => {
                sqlx::raw_sql(*statements).execute(&mut *transaction).await?;
                sqlx::query("INSERT INTO migrations (number, name, sha256, applied_at_ms) VALUES (?, ?, ?, ?)")
                    .bind(number)
                    .bind(name)
                    .bind(&checksum.as_bytes()[..])
                    .bind(now.get())
                    .execute(&mut *transaction)
                    .await?;
            }
        }
    }
    Ok(transaction.commit().await?)
}
