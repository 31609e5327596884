//! The certificate chains of versions in storage, and the import of others.

use async_trait::async_trait;
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use splitsign_core::digest::Sha256;

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::encoding::hex;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::chain::CheckedChain;
use crate::keys::{Actor, KeyEntry};
use crate::storage::{Command, StorageError};

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
    write(connection, &entry.id, entry.version, &entry.certificate_chain).await
}

async fn write(
    connection: &mut SqliteConnection,
    id: &KeyId,
    version: KeyVersion,
    chain: &[Vec<u8>],
) -> Result<(), StorageError> {
    for (position, der) in (0_i64..).zip(chain) {
        sqlx::query("INSERT INTO certificates (key_id, version, position, der) VALUES (?, ?, ?, ?)")
            .bind(id.as_str())
            .bind(version.get())
            .bind(position)
            .bind(der)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Puts another chain in the place of the one that a version has.
pub(super) struct Import {
    pub(super) key: KeyId,
    pub(super) version: KeyVersion,
    pub(super) chain: CheckedChain,
    pub(super) now: UnixMillis,
}

#[async_trait]
impl Command for Import {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let Self { key, version, chain, now } = &self;
        sqlx::query("DELETE FROM certificates WHERE key_id = ? AND version = ?")
            .bind(key.as_str())
            .bind(version.get())
            .execute(&mut *connection)
            .await?;
        write(connection, key, *version, chain.certificates()).await?;
        let leaf = chain.certificates().first().map(Vec::as_slice).unwrap_or_default();
        let event = Event::ChainImported {
            key_id: key.to_string(),
            key_version: version.get(),
            certificates: chain.certificates().len(),
            leaf_sha256: hex(Sha256::digest(leaf).as_bytes()),
            not_before: chain.leaf().not_before.to_string(),
            not_after: chain.leaf().not_after.to_string(),
            by: Actor::CommandLine.name(),
        };
        audit::append(connection, *now, &event).await
    }
}
