//! Making a key at its provider and putting it on record are two steps, and a crash may come between them. Where the
//! provider gives each version a name that can be taken only once, the next attempt would find it taken, and fail for
//! ever. So an attempt is noted before the provider is asked, and what it left is taken by the next one.
//!
//! A key without such a note is never taken, not even under the right name: after a database was restored from an old
//! copy, it may be a version that was disabled since.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use crate::clock::{Clock, UnixMillis};
use crate::identity::{KeyId, KeyVersion};
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};
use crate::storage::{Command, Storage, StorageError};

/// What is to be made, and where.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) key: KeyId,
    pub(super) version: KeyVersion,
    /// The name of the provider in the configuration.
    pub(super) provider: String,
}

impl Attempt {
    /// Makes the key, or takes the one that an attempt before this one made.
    pub(super) async fn carry_out(
        self,
        storage: &Storage,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<Result<KeyDescription, ProviderError>, StorageError> {
        let new = NewKey { key_id: self.key.to_string(), version: self.version.get() };
        let Some(reference) = provider.reference_of(&new) else { return Ok(provider.create_key(&new).await) };
        let begun_before = self.was_begun(storage).await?;
        // Only for a name that is free: otherwise a refusal would look like an attempt to the next one.
        if !begun_before && is_free(provider, &reference).await {
            storage.write(Begin { attempt: self, now: clock.now() }).await?;
        }
        let taken = match provider.create_key(&new).await {
            Err(taken) if begun_before && taken.class() == ErrorClass::Invalid => taken,
            made => return Ok(made),
        };
        let Ok(left) = provider.describe_key(&reference).await else { return Ok(Err(taken)) };
        tracing::warn!(
            key = new.key_id,
            version = new.version,
            "the key that an attempt before this one made is taken"
        );
        Ok(Ok(left))
    }

    async fn was_begun(&self, storage: &Storage) -> Result<bool, StorageError> {
        let noted = sqlx::query("SELECT 1 FROM key_attempts WHERE key_id = ? AND version = ? AND provider = ?")
            .bind(self.key.as_str())
            .bind(self.version.get())
            .bind(&self.provider);
        Ok(noted.fetch_optional(storage.readers()).await?.is_some())
    }
}

async fn is_free(provider: &dyn Provider, reference: &KeyReference) -> bool {
    provider.describe_key(reference).await.is_err_and(|error| error.class() == ErrorClass::NotFound)
}

/// Notes an attempt.
struct Begin {
    attempt: Attempt,
    now: UnixMillis,
}

#[async_trait]
impl Command for Begin {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        sqlx::query("INSERT OR IGNORE INTO key_attempts (key_id, version, provider, began_at_ms) VALUES (?, ?, ?, ?)")
            .bind(self.attempt.key.as_str())
            .bind(self.attempt.version.get())
            .bind(&self.attempt.provider)
            .bind(self.now.get())
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// The version is on record.
pub(super) async fn end(
    connection: &mut SqliteConnection,
    key: &KeyId,
    version: KeyVersion,
) -> Result<(), StorageError> {
    let ended = sqlx::query("DELETE FROM key_attempts WHERE key_id = ? AND version = ?");
    ended.bind(key.as_str()).bind(version.get()).execute(connection).await?;
    Ok(())
}
