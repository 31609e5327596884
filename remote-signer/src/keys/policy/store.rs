//! Policies in storage, and who may use which key by them. What is kept in memory holds until anything is changed, by
//! whichever process: a policy that the command line sets beside a running service holds from the next request on.

use alloc::sync::Arc;

use async_trait::async_trait;
use sqlx::SqliteConnection;

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::identity::{Caller, KeyId, KeyScope};
use crate::keys::{KeyEntry, Keys, Policy};
use crate::storage::{Command, StorageError};

/// Why a policy was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PolicyStoreError {
    /// There is no such key.
    #[error("there is no key {0}; `splitsign keys list` shows those that there are")]
    NoSuchKey(KeyId),
    /// Storage failed.
    #[error("the policy cannot be recorded")]
    Storage(#[from] StorageError),
}

impl Keys {
    /// The policy of a key; `None` if none was set.
    ///
    /// # Errors
    /// [`StorageError`], also for a policy that this program does not know every rule of: then nothing is signed.
    pub async fn policy(&self, id: &KeyId) -> Result<Option<Policy>, StorageError> {
        let read = async { self.read_policy(id).await.map(Some) };
        Ok(self.kept().policies.get_or_read(id, read).await?.flatten())
    }

    async fn read_policy(&self, id: &KeyId) -> Result<Option<Policy>, StorageError> {
        let stored = sqlx::query_scalar("SELECT policy FROM key_policies WHERE key_id = ?").bind(id.as_str());
        let stored: Option<String> = stored.fetch_optional(self.storage.readers()).await?;
        let read = |text: String| {
            let policy = serde_json::from_str(&text);
            policy.map_err(|error| StorageError::corrupt(format!("the policy of key {id} is invalid: {error}")))
        };
        stored.map(read).transpose()
    }

    /// Sets the whole policy of a key, in place of the one that it had.
    ///
    /// # Errors
    /// [`PolicyStoreError`].
    pub async fn set_policy(&self, id: &KeyId, policy: Policy, now: UnixMillis) -> Result<(), PolicyStoreError> {
        let changed = self.storage.write(Change { id: id.clone(), policy: Some(policy), now }).await?;
        if changed { Ok(()) } else { Err(PolicyStoreError::NoSuchKey(id.clone())) }
    }

    /// Takes the policy of a key away; whether it had one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn clear_policy(&self, id: &KeyId, now: UnixMillis) -> Result<bool, StorageError> {
        self.storage.write(Change { id: id.clone(), policy: None, now }).await
    }

    /// Whether `caller` may know of `key`: its own tenant's within the token's scope, and those of other tenants that
    /// the token names **and** whose policy lists its tenant. Both sides have to say so.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn may_use(&self, caller: &Caller, key: &KeyId) -> Result<bool, StorageError> {
        if caller.may_use(key) {
            return Ok(true);
        }
        if !caller.names_strange(key) {
            return Ok(false);
        }
        Ok(self.policy(key).await?.is_some_and(|policy| policy.admits(key, &caller.tenant)))
    }

    /// The active versions of other tenants' keys that `caller` may use, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn shared_with(&self, caller: &Caller) -> Result<Vec<Arc<KeyEntry>>, StorageError> {
        let KeyScope::Only(named) = &caller.scope else { return Ok(Vec::new()) };
        let mut shared = Vec::new();
        for key in named.iter().filter(|key| *key.tenant() != caller.tenant) {
            if self.may_use(caller, key).await? {
                shared.extend(self.active_version(key).await?);
            }
        }
        Ok(shared)
    }
}

struct Change {
    id: KeyId,
    policy: Option<Policy>,
    now: UnixMillis,
}

#[async_trait]
impl Command for Change {
    /// Whether there was something to change.
    type Output = bool;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<bool, StorageError> {
        let event = match self.policy {
            Some(policy) => {
                let keys = sqlx::query_scalar("SELECT count(*) FROM keys WHERE id = ?").bind(self.id.as_str());
                let keys: i64 = keys.fetch_one(&mut *connection).await?;
                if keys == 0 {
                    return Ok(false);
                }
                let policy = serde_json::to_value(policy)
                    .map_err(|error| StorageError::corrupt(format!("a policy has no JSON form: {error}")))?;
                sqlx::query("INSERT OR REPLACE INTO key_policies (key_id, policy, changed_at_ms) VALUES (?, ?, ?)")
                    .bind(self.id.as_str())
                    .bind(policy.to_string())
                    .bind(self.now.get())
                    .execute(&mut *connection)
                    .await?;
                Event::PolicySet { key_id: self.id.to_string(), policy }
            }
            None => {
                let delete = sqlx::query("DELETE FROM key_policies WHERE key_id = ?").bind(self.id.as_str());
                if delete.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                Event::PolicyCleared { key_id: self.id.to_string() }
            }
        };
        audit::append(connection, self.now, &event).await?;
        Ok(true)
    }
}
