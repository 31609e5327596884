//! What the scheduler reads and writes: policies of keys, failures, facts.

use alloc::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::{Row as _, SqliteConnection};

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::identity::KeyId;
use crate::keys::rotation::{RotationPolicy, VersionFacts, due, pause};
use crate::keys::{KeyEntry, Keys, ProviderSet, Stage};
use crate::storage::{Command, StorageError};

/// Rows that are looked at before others have a turn: a certificate takes microseconds to read, and there may be
/// thousands.
const ROWS_AT_ONCE: usize = 64;

/// How often a key rotates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Every {
    /// As the configuration says.
    Default,
    /// Never by itself.
    Never,
    /// After so many days.
    Days(u32),
}

/// A key, as the scheduler sees it.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// The key.
    pub id: KeyId,
    /// Its versions.
    pub versions: Vec<VersionFacts>,
    /// The provider of its newest version.
    pub provider: String,
    /// How it rotates.
    pub policy: RotationPolicy,
    /// How often, as somebody has set it.
    pub every: Every,
    /// After failures: how many, and when to try again.
    pub failed: Option<(i64, UnixMillis)>,
}

impl Scheduled {
    /// When the active version should be superseded.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> {
        due(&self.versions, &self.policy)
    }
}

impl Keys {
    /// Every key, or one, with what decides on its rotation.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn scheduled(
        &self,
        only: Option<&KeyId>,
        providers: &ProviderSet,
    ) -> Result<Vec<Scheduled>, StorageError> {
        let (keys, unreadable) = self.schedule(only, providers).await?;
        match unreadable.into_values().next() {
            Some(error) => Err(error),
            None => Ok(keys),
        }
    }

    /// The keys that can be read, and of the others the reason why not.
    pub(super) async fn schedule(
        &self,
        only: Option<&KeyId>,
        providers: &ProviderSet,
    ) -> Result<(Vec<Scheduled>, BTreeMap<String, StorageError>), StorageError> {
        let (every, failed) = (self.policies().await?, self.failures().await?);
        let rows = sqlx::query(
            "SELECT v.*, c.der AS leaf FROM key_versions v LEFT JOIN certificates c \
             ON c.key_id = v.key_id AND c.version = v.version AND c.position = 0 \
             WHERE v.state <> 'retired' AND (?1 IS NULL OR v.key_id = ?1) ORDER BY v.key_id, v.version",
        )
        .bind(only.map(KeyId::as_str))
        .fetch_all(self.storage().readers())
        .await?;
        let mut keys: BTreeMap<KeyId, Scheduled> = BTreeMap::new();
        let mut unreadable = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            if index % ROWS_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
            let leaf: Option<Vec<u8>> = row.try_get("leaf")?;
            let entry = match KeyEntry::from_row(row) {
                Ok(entry) => entry.with_certificates(leaf.into_iter().collect()),
                Err(error) => {
                    unreadable.insert(row.try_get("key_id")?, error);
                    continue;
                }
            };
            let facts = facts(&entry, providers);
            let key = keys.entry(entry.id.clone()).or_insert_with(|| {
                let every = every.get(entry.id.as_str()).copied().unwrap_or(Every::Default);
                let failed = failed.get(entry.id.as_str()).copied();
                let (id, provider, policy) = (entry.id.clone(), String::new(), self.rotation_policy(every));
                Scheduled { id, versions: Vec::new(), provider, policy, every, failed }
            });
            key.provider = entry.provider;
            key.versions.push(facts);
        }
        // Nothing is decided about a key of which one version is not known.
        keys.retain(|key, _| !unreadable.contains_key(key.as_str()));
        Ok((keys.into_values().collect(), unreadable))
    }

    /// Sets how often a key rotates.
    ///
    /// # Errors
    /// [`StorageError`]; also if there is no such key.
    pub async fn set_rotation(&self, key: &KeyId, every: Every, now: UnixMillis) -> Result<(), StorageError> {
        self.storage().write(SetPolicy { key: key.clone(), every, now }).await
    }

    pub(super) async fn rotation_failed(
        &self,
        key: &Scheduled,
        failure: &'static str,
        now: UnixMillis,
    ) -> Result<UnixMillis, StorageError> {
        let (key, provider) = (key.id.clone(), key.provider.clone());
        self.storage().write(Failed { key, provider, failure, now }).await
    }

    pub(super) async fn rotation_succeeded(&self, key: &KeyId) -> Result<(), StorageError> {
        self.storage().write(Succeeded { key: key.clone() }).await
    }

    fn rotation_policy(&self, every: Every) -> RotationPolicy {
        let every = match every {
            Every::Default => RotationPolicy::days(self.config().rotation_days),
            Every::Never => None,
            Every::Days(days) => RotationPolicy::days(days),
        };
        self.config().rotation_policy(every)
    }

    async fn policies(&self) -> Result<BTreeMap<String, Every>, StorageError> {
        let rows = sqlx::query("SELECT key_id, every_days FROM rotation_policies");
        let rows = rows.fetch_all(self.storage().readers()).await?;
        let mut policies = BTreeMap::new();
        for row in &rows {
            let every = row.try_get::<Option<u32>, _>("every_days")?.map_or(Every::Never, Every::Days);
            policies.insert(row.try_get("key_id")?, every);
        }
        Ok(policies)
    }

    async fn failures(&self) -> Result<BTreeMap<String, (i64, UnixMillis)>, StorageError> {
        let rows = sqlx::query("SELECT key_id, failures, next_at_ms FROM rotation_failures");
        let rows = rows.fetch_all(self.storage().readers()).await?;
        let mut failures = BTreeMap::new();
        for row in &rows {
            let failed = (row.try_get("failures")?, UnixMillis::new(row.try_get("next_at_ms")?));
            failures.insert(row.try_get("key_id")?, failed);
        }
        Ok(failures)
    }
}

fn facts(entry: &KeyEntry, providers: &ProviderSet) -> VersionFacts {
    VersionFacts {
        version: entry.version,
        state: entry.state,
        state_since: entry.state_since,
        activated_at: entry.activated_at,
        certificate_not_after: entry.leaf.map(|leaf| leaf.not_after),
        provider_creates: providers.get(&entry.provider).is_some_and(|provider| provider.creates_keys()),
        was_disabled: entry.disabled_from == Some(Stage::Disabled),
    }
}

struct SetPolicy {
    key: KeyId,
    every: Every,
    now: UnixMillis,
}

#[async_trait]
impl Command for SetPolicy {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let days = match self.every {
            Every::Default => {
                let delete = sqlx::query("DELETE FROM rotation_policies WHERE key_id = ?").bind(self.key.as_str());
                delete.execute(&mut *connection).await?;
                None
            }
            Every::Never => Some(0),
            Every::Days(days) => Some(days),
        };
        if let Some(days) = days {
            sqlx::query("INSERT OR REPLACE INTO rotation_policies (key_id, every_days) VALUES (?, ?)")
                .bind(self.key.as_str())
                .bind((days > 0).then_some(days))
                .execute(&mut *connection)
                .await?;
        }
        let event = Event::RotationPolicySet { key_id: self.key.to_string(), every_days: days };
        audit::append(connection, self.now, &event).await
    }
}

struct Failed {
    key: KeyId,
    provider: String,
    failure: &'static str,
    now: UnixMillis,
}

#[async_trait]
impl Command for Failed {
    type Output = UnixMillis;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<UnixMillis, StorageError> {
        let before: Option<i64> = sqlx::query_scalar("SELECT failures FROM rotation_failures WHERE key_id = ?")
            .bind(self.key.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        let failures = before.unwrap_or(0).saturating_add(1);
        let next_at = self.now.after(pause(failures));
        sqlx::query(
            "INSERT OR REPLACE INTO rotation_failures (key_id, failures, failure, failed_at_ms, next_at_ms) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(self.key.as_str())
        .bind(failures)
        .bind(self.failure)
        .bind(self.now.get())
        .bind(next_at.get())
        .execute(&mut *connection)
        .await?;
        let event = Event::RotationFailed {
            key_id: self.key.to_string(),
            provider: self.provider,
            failure: self.failure,
            failures,
            next_at: next_at.to_string(),
        };
        audit::append(connection, self.now, &event).await?;
        Ok(next_at)
    }
}

struct Succeeded {
    key: KeyId,
}

#[async_trait]
impl Command for Succeeded {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let delete = sqlx::query("DELETE FROM rotation_failures WHERE key_id = ?").bind(self.key.as_str());
        delete.execute(connection).await?;
        Ok(())
    }
}
