//! The certificate chains of versions in storage.

use sqlx::{Row as _, SqliteConnection, SqlitePool};

use crate::identity::{KeyId, KeyVersion};
use crate::keys::KeyEntry;
use crate::storage::StorageError;

/// The chain of a version, DER, leaf first.
pub(super) async fn read(readers: &SqlitePool, id: &KeyId, version: KeyVersion) -> Result<Vec<Vec<u8>>, StorageError> {
    let rows = sqlx::query("SELECT der FROM certificates WHERE key_id = ? AND version = ? ORDER BY position")
        .bind(id.as_str())
        .bind(version.get())
        .fetch_all(readers)
        .await?;
    Ok(rows.iter().map(|row| row.try_get("der")).collect::<Result<_, _>>()?)
}

/// Writes the chain of a version that has none.
pub(super) async fn insert(connection: &mut SqliteConnection, entry: &KeyEntry) -> Result<(), StorageError> {
    for (position, der) in (0_i64..).zip(&entry.certificate_chain) {
        sqlx::query("INSERT INTO certificates (key_id, version, position, der) VALUES (?, ?, ?, ?)")
            .bind(entry.id.as_str())
            .bind(entry.version.get())
            .bind(position)
            .bind(der)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
