//! Keys in memory: the versions of a key, and the certificate chain of each version once it was asked for.
//!
//! The command line and other processes change the same database, so nothing is taken from memory unasked. Every
//! lookup first looks into the database, once, for keys that were changed since the last look: triggers number the
//! changes (`key_changes`). A change that was committed before a lookup began is therefore seen by it, whoever made
//! it: a disabled key does not sign from memory. Lookups that wait share a look that begins after they came.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::identity::{KeyId, KeyVersion};
use crate::keys::KeyEntry;
use crate::storage::{Storage, StorageError};
use crate::telemetry::metrics;

/// A generation before the first look.
const NEVER: i64 = -1;

/// The cache. It remembers only what was read after the newest change that it knows of.
#[derive(Debug)]
pub(super) struct KeyCache {
    storage: Storage,
    keys: moka::sync::Cache<KeyId, Arc<CachedKey>>,
    /// The newest change that was seen. Held while something is put in or taken out.
    seen: Mutex<i64>,
    /// Looks that have begun.
    begun: AtomicU64,
    /// The newest look that was taken to its end; held during a look.
    taken: tokio::sync::Mutex<u64>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A key's versions, oldest first, without certificates; these are beside them, in the same order.
#[derive(Debug)]
pub(super) struct CachedKey {
    pub(super) versions: Vec<KeyEntry>,
    chains: Vec<OnceLock<Vec<Vec<u8>>>>,
}

impl CachedKey {
    pub(super) fn new(versions: Vec<KeyEntry>) -> Self {
        let chains = versions.iter().map(|_| OnceLock::new()).collect();
        Self { versions, chains }
    }

    /// Where the chain of a version belongs; `None` if there is no such version.
    pub(super) fn chain(&self, version: KeyVersion) -> Option<&OnceLock<Vec<Vec<u8>>>> {
        let position = self.versions.iter().position(|entry| entry.version == version)?;
        self.chains.get(position)
    }
}

/// How often a key was in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheUse {
    /// It was.
    pub hits: u64,
    /// It had to be read.
    pub misses: u64,
}

impl KeyCache {
    pub(super) fn new(storage: Storage, keys: u64) -> Self {
        Self {
            storage,
            keys: moka::sync::Cache::new(keys),
            seen: Mutex::new(NEVER),
            begun: AtomicU64::new(0),
            taken: tokio::sync::Mutex::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Forgets what was changed by anybody before this call; the number of the newest change.
    pub(super) async fn refresh(&self) -> Result<i64, StorageError> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut taken = self.taken.lock().await;
        // Somebody has begun to look after we came, and is done.
        if *taken > begun_before {
            return Ok(*self.seen());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let seen = self.look().await?;
        *taken = number;
        Ok(seen)
    }

    async fn look(&self) -> Result<i64, StorageError> {
        let before = *self.seen();
        if before == NEVER {
            // There is nothing in memory yet, whatever was changed.
            let newest = sqlx::query_scalar("SELECT coalesce(max(generation), 0) FROM key_changes");
            let newest: i64 = newest.fetch_one(self.storage.readers()).await?;
            *self.seen() = newest;
            return Ok(newest);
        }
        let changes = sqlx::query_as("SELECT key_id, generation FROM key_changes WHERE generation > ?").bind(before);
        let changes: Vec<(String, i64)> = changes.fetch_all(self.storage.readers()).await?;
        let mut seen = self.seen();
        for (key, generation) in changes {
            // What is no id is no key of ours and was never put in.
            if let Ok(key) = key.parse::<KeyId>() {
                self.keys.invalidate(&key);
            }
            *seen = (*seen).max(generation);
        }
        Ok(*seen)
    }

    /// The key, if it is in memory. Call [`Self::refresh`] before.
    pub(super) fn get(&self, id: &KeyId) -> Option<Arc<CachedKey>> {
        let found = self.keys.get(id);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        metrics::cache_lookup("keys", found.is_some());
        found
    }

    /// The same without being counted: for the second half of a lookup.
    pub(super) fn peek(&self, id: &KeyId) -> Option<Arc<CachedKey>> {
        self.keys.get(id)
    }

    /// Remembers what was read after the look that answered `generation`, unless something was changed since.
    pub(super) fn put(&self, id: &KeyId, key: &Arc<CachedKey>, generation: i64) {
        let seen = self.seen();
        if *seen == generation && !key.versions.is_empty() {
            self.keys.insert(id.clone(), Arc::clone(key));
        }
    }

    pub(super) fn usage(&self) -> CacheUse {
        CacheUse { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) }
    }

    fn seen(&self) -> MutexGuard<'_, i64> {
        // A number is whole whatever its user did.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
