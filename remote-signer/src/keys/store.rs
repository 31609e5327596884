//! Keys in storage.

use alloc::sync::Arc;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::{Clock, UnixMillis};
use crate::identity::{Caller, KeyId, KeyScope, KeyVersion, TenantId};
use crate::keys::cache::{CachedKey, KeyCache};
use crate::keys::create::{self, CreateError, Insert};
use crate::keys::{CacheUse, Config, KeyEntry, KeyState};
use crate::providers::{KeyReference, NewKey, Provider};
use crate::storage::{Storage, StorageError};
use crate::telemetry::metrics;

/// Keys in one page of a list of all.
const PAGE_KEYS: usize = 1000;

/// The keys. Clones share them.
#[derive(Clone, Debug)]
pub struct Keys {
    storage: Storage,
    config: Config,
    cache: Arc<KeyCache>,
}

/// A page of keys.
#[derive(Clone, Debug)]
pub struct KeyPage {
    /// The active versions, in order of key, with certificates.
    pub entries: Vec<KeyEntry>,
    /// The key to go on after, if there may be more.
    pub next: Option<KeyId>,
}

/// How many versions a provider has to sign with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderUse {
    /// The provider's name, as the versions have it.
    pub provider: String,
    /// Versions that sign or may sign again.
    pub versions: i64,
    /// One of their keys.
    pub example: String,
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
    pub fn new(storage: Storage, config: Config) -> Self {
        let cache = Arc::new(KeyCache::new(storage.clone(), config.cached_keys));
        Self { storage, config, cache }
    }

    /// How often keys were in memory.
    #[must_use]
    pub fn cache_use(&self) -> CacheUse {
        self.cache.usage()
    }

    /// The number of the newest change of any key, by any process: what was made of the keys before is good as long as
    /// it is the same.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn generation(&self) -> Result<i64, StorageError> {
        self.cache.refresh().await
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

    /// The active versions of all keys that `caller` may use, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active(&self, caller: &Caller) -> Result<Vec<KeyEntry>, StorageError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.active_page(caller, after.as_ref(), PAGE_KEYS).await?;
            all.extend(page.entries);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The active versions of the keys that `caller` may use, from the one after `after`, `limit` keys at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_page(&self, caller: &Caller, after: Option<&KeyId>, limit: usize) -> Result<KeyPage, StorageError> {
        let ids: Vec<KeyId> = match &caller.scope {
            KeyScope::All => self.active_ids(Some(&caller.tenant), after, limit).await?,
            KeyScope::Only(keys) => {
                let later = keys.iter().filter(|key| after.is_none_or(|after| key.as_str() > after.as_str()));
                later.filter(|key| caller.may_use(key)).take(limit).cloned().collect()
            }
        };
        self.page(ids, limit).await
    }

    /// The active versions of all keys of all tenants, from the one after `after`, `limit` keys at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_of_all(&self, after: Option<&KeyId>, limit: usize) -> Result<KeyPage, StorageError> {
        let ids = self.active_ids(None, after, limit).await?;
        self.page(ids, limit).await
    }

    async fn active_ids(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeyId>, StorageError> {
        // A key is `tenant/name`, and `0` comes after `/`: the index of keys is that of tenants as well.
        let (first, end) = match tenant {
            Some(tenant) => (format!("{tenant}/"), format!("{tenant}0")),
            None => (String::new(), "~".to_owned()),
        };
        let after = after.map_or(first.as_str(), KeyId::as_str).max(first.as_str());
        let ids = sqlx::query_scalar(
            "SELECT key_id FROM key_versions WHERE state = 'active' AND key_id > ? AND key_id < ? \
             ORDER BY key_id LIMIT ?",
        )
        .bind(after)
        .bind(&end)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let ids: Vec<String> = ids.fetch_all(self.storage.readers()).await?;
        let corrupt = |_| StorageError::corrupt("a key has an invalid id");
        ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(corrupt)
    }

    async fn page(&self, ids: Vec<KeyId>, limit: usize) -> Result<KeyPage, StorageError> {
        let generation = self.cache.refresh().await?;
        let mut entries = Vec::with_capacity(ids.len());
        for id in &ids {
            let key = self.remembered(id, generation).await?;
            let active = key.versions.iter().find(|entry| entry.state == KeyState::Active);
            entries.extend(active.cloned());
        }
        let next = if ids.len() < limit { None } else { ids.last().cloned() };
        Ok(KeyPage { entries: self.with_certificates(entries).await?, next })
    }

    /// The active version at a provider that became so the longest time ago.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn oldest_active(&self, provider: &str) -> Result<Option<KeyEntry>, StorageError> {
        let oldest = sqlx::query(
            "SELECT * FROM key_versions WHERE state = 'active' AND provider = ? ORDER BY created_at_ms LIMIT 1",
        )
        .bind(provider);
        oldest.fetch_optional(self.storage.readers()).await?.as_ref().map(KeyEntry::from_row).transpose()
    }

    /// Which providers the keys are at, in one query.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn providers_in_use(&self) -> Result<Vec<ProviderUse>, StorageError> {
        let rows = sqlx::query_as(
            "SELECT provider, count(*), min(key_id) FROM key_versions WHERE state NOT IN ('disabled', 'retired') \
             GROUP BY provider",
        );
        let rows: Vec<(String, i64, String)> = rows.fetch_all(self.storage.readers()).await?;
        let usage = |(provider, versions, example)| ProviderUse { provider, versions, example };
        Ok(rows.into_iter().map(usage).collect())
    }

    /// Every version that verifiers need now: active and draining, without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn published(&self) -> Result<Vec<KeyEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM key_versions WHERE state IN ('active', 'draining') ORDER BY key_id, version DESC",
        )
        .fetch_all(self.storage.readers())
        .await?;
        entries(&rows)
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
        let generation = self.cache.refresh().await?;
        Ok(self.remembered(id, generation).await?.versions.clone())
    }

    /// The versions of a key from memory, or read and remembered. `generation` is what a look has just answered.
    async fn remembered(&self, id: &KeyId, generation: i64) -> Result<Arc<CachedKey>, StorageError> {
        if let Some(key) = self.cache.get(id) {
            return Ok(key);
        }
        let query = sqlx::query("SELECT * FROM key_versions WHERE key_id = ? ORDER BY version").bind(id.as_str());
        let key = Arc::new(CachedKey::new(entries(&query.fetch_all(self.storage.readers()).await?)?));
        self.cache.put(id, &key, generation);
        Ok(key)
    }

    async fn with_certificates(&self, mut entries: Vec<KeyEntry>) -> Result<Vec<KeyEntry>, StorageError> {
        for entry in &mut entries {
            entry.certificate_chain = self.certificates(&entry.id, entry.version).await?;
        }
        Ok(entries)
    }

    /// The chain of a version that was just looked up.
    async fn certificates(&self, id: &KeyId, version: KeyVersion) -> Result<Vec<Vec<u8>>, StorageError> {
        let key = self.cache.peek(id);
        let place = key.as_ref().and_then(|key| key.chain(version));
        if let Some(chain) = place.and_then(|place| place.get()) {
            metrics::cache_lookup("chains", true);
            return Ok(chain.clone());
        }
        metrics::cache_lookup("chains", false);
        let rows = sqlx::query("SELECT der FROM certificates WHERE key_id = ? AND version = ? ORDER BY position")
            .bind(id.as_str())
            .bind(version.get())
            .fetch_all(self.storage.readers())
            .await?;
        let chain = rows.iter().map(|row| row.try_get("der")).collect::<Result<Vec<Vec<u8>>, _>>()?;
        if let Some(place) = place {
            // Somebody else may have been faster, with the same chain.
            drop(place.set(chain.clone()));
        }
        Ok(chain)
    }
}

fn entries(rows: &[SqliteRow]) -> Result<Vec<KeyEntry>, StorageError> {
    rows.iter().map(KeyEntry::from_row).collect()
}
