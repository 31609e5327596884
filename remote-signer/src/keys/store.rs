//! Keys in storage.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::{Clock, UnixMillis};
use crate::identity::{Caller, KeyId, KeyScope, KeyVersion};
use crate::keys::create::{self, CreateError, Insert};
use crate::keys::{Config, KeyEntry, KeyState};
use crate::providers::{KeyReference, NewKey, Provider};
use crate::storage::{Storage, StorageError};

/// The keys. Clones share them.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(super) storage: Storage,
    config: Config,
}

/// A wish for a key version.
#[derive(Clone, Debug)]
pub struct NewKeyVersion {
    /// The key.
    pub id: KeyId,
    /// The name of the provider in the configuration.
    pub provider: String,
    /// A key that exists at the provider, instead of a new one.
    pub existing: Option<KeyReference>,
    /// Whether this is to supersede the active version of a key that there is.
    pub next_version: bool,
}

/// Which version a request is for.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// This one, and it may sign.
    Ready(Box<KeyEntry>),
    /// The version that was pinned does not sign any more; this one does.
    Superseded {
        /// The active version.
        active: Box<KeyEntry>,
    },
    /// The version does not sign.
    Disabled,
    /// The key has no such version.
    NoSuchVersion,
    /// There is no such key.
    NoSuchKey,
}

impl Keys {
    /// The keys in `storage`.
    #[must_use]
    pub const fn new(storage: Storage, config: Config) -> Self {
        Self { storage, config }
    }

    /// The section of the configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Makes a key version at the provider, or looks it up there, and records it; the version before it drains.
    ///
    /// # Errors
    /// [`CreateError`]. If storage fails after the provider made the key, the key stays there without being used.
    pub async fn create(
        &self,
        new: NewKeyVersion,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<KeyEntry, CreateError> {
        let latest = self.versions(&new.id).await?.into_iter().map(|entry| entry.version).max();
        let version = create::version_after(latest, &new)?;
        let described = match &new.existing {
            Some(reference) => provider.describe_key(reference).await,
            None => provider.create_key(&NewKey { key_id: new.id.to_string(), version: version.get() }).await,
        };
        let described = described.map_err(|source| CreateError::Provider { provider: new.provider.clone(), source })?;
        let now = clock.now();
        let insert = Insert::new(new, version, described, now, now.after(self.config.descriptor_max_age()));
        self.storage.write(insert).await?
    }

    /// Finds the version that a request is for: the pinned one, or the active one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn resolve(
        &self,
        id: &KeyId,
        pinned: Option<KeyVersion>,
        now: UnixMillis,
    ) -> Result<Resolution, StorageError> {
        let mut versions = self.versions(id).await?;
        if versions.is_empty() {
            return Ok(Resolution::NoSuchKey);
        }
        let active = versions.iter().position(|entry| entry.state == KeyState::Active);
        let wanted = match pinned {
            Some(version) => match versions.iter().position(|entry| entry.version == version) {
                Some(wanted) => wanted,
                None => return Ok(Resolution::NoSuchVersion),
            },
            None => match active {
                Some(active) => active,
                None => return Ok(Resolution::Disabled),
            },
        };
        let (chosen, superseded) = match (versions.get(wanted).map(|entry| entry.state), active) {
            (Some(KeyState::Active), _) => (wanted, false),
            (Some(KeyState::Draining { until }), _) if now < until => (wanted, false),
            (Some(KeyState::Draining { .. }), Some(active)) => (active, true),
            (Some(KeyState::Draining { .. } | KeyState::Disabled) | None, _) => return Ok(Resolution::Disabled),
        };
        let mut entry = Box::new(versions.swap_remove(chosen));
        entry.certificate_chain = self.certificates(&entry.id, entry.version).await?;
        Ok(if superseded { Resolution::Superseded { active: entry } } else { Resolution::Ready(entry) })
    }

    /// One version with its certificates, whatever its state.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn version(&self, id: &KeyId, version: KeyVersion) -> Result<Option<KeyEntry>, StorageError> {
        let entry = self.versions(id).await?.into_iter().find(|entry| entry.version == version);
        self.with_certificates(entry.into_iter().collect()).await.map(|mut entries| entries.pop())
    }

    /// The active version of a key, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_version(&self, id: &KeyId) -> Result<Option<KeyEntry>, StorageError> {
        let entry = self.versions(id).await?.into_iter().find(|entry| entry.state == KeyState::Active);
        self.with_certificates(entry.into_iter().collect()).await.map(|mut entries| entries.pop())
    }

    /// The active versions of the keys that `caller` may use, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active(&self, caller: &Caller) -> Result<Vec<KeyEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT v.* FROM key_versions v JOIN keys k ON k.id = v.key_id \
             WHERE k.tenant = ? AND v.state = 'active' ORDER BY v.key_id",
        )
        .bind(caller.tenant.as_str())
        .fetch_all(self.storage.readers())
        .await?;
        let entries = entries(&rows)?.into_iter().filter(|entry| match &caller.scope {
            KeyScope::All => true,
            KeyScope::Only(_) => caller.may_use(&entry.id),
        });
        self.with_certificates(entries.collect()).await
    }

    /// Every version that verifiers need now: active and draining, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn published(&self) -> Result<Vec<KeyEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM key_versions WHERE state IN ('active', 'draining') ORDER BY key_id, version DESC",
        )
        .fetch_all(self.storage.readers())
        .await?;
        self.with_certificates(entries(&rows)?).await
    }

    /// Every version of every key, without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn all(&self) -> Result<Vec<KeyEntry>, StorageError> {
        let query = sqlx::query("SELECT * FROM key_versions ORDER BY key_id, version");
        entries(&query.fetch_all(self.storage.readers()).await?)
    }

    /// Every version of a key, oldest first, without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn versions(&self, id: &KeyId) -> Result<Vec<KeyEntry>, StorageError> {
        let query = sqlx::query("SELECT * FROM key_versions WHERE key_id = ? ORDER BY version").bind(id.as_str());
        entries(&query.fetch_all(self.storage.readers()).await?)
    }

    async fn with_certificates(&self, mut entries: Vec<KeyEntry>) -> Result<Vec<KeyEntry>, StorageError> {
        for entry in &mut entries {
            entry.certificate_chain = self.certificates(&entry.id, entry.version).await?;
        }
        Ok(entries)
    }

    async fn certificates(&self, id: &KeyId, version: KeyVersion) -> Result<Vec<Vec<u8>>, StorageError> {
        let rows = sqlx::query("SELECT der FROM certificates WHERE key_id = ? AND version = ? ORDER BY position")
            .bind(id.as_str())
            .bind(version.get())
            .fetch_all(self.storage.readers())
            .await?;
        Ok(rows.iter().map(|row| row.try_get("der")).collect::<Result<_, _>>()?)
    }
}

fn entries(rows: &[SqliteRow]) -> Result<Vec<KeyEntry>, StorageError> {
    rows.iter().map(KeyEntry::from_row).collect()
}
