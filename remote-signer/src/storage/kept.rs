//! What was read of the database, in memory for as long as nothing is changed there.

use core::fmt;
use core::hash::Hash;
use core::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;

use crate::storage::Storage;
use crate::telemetry::metrics;

/// Values by name. A change that was committed before a lookup began is seen by it, whichever process made it.
pub struct Kept<K, V> {
    /// As metrics have it.
    name: &'static str,
    storage: Storage,
    /// Each with the number that the database was at before it was read. Those that are not used make room.
    values: Cache<K, (u64, V)>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How often something was in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheUse {
    /// It was.
    pub hits: u64,
    /// It had to be read.
    pub misses: u64,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Kept<K, V> {
    /// Keeps as many; with zero, nothing.
    #[must_use]
    pub fn new(name: &'static str, storage: Storage, capacity: u64) -> Self {
        let (hits, misses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { name, storage, values: Cache::new(capacity), hits, misses }
    }

    /// The value of this name, from memory or, if something was changed since it came there, as `read` reads it. That
    /// there is none is not kept: names that strangers make up must not fill the memory.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get_or_read<E>(
        &self,
        name: &K,
        read: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let generation = self.storage.generation();
        let found = self.values.get(name).filter(|(read_at, _)| Some(*read_at) == generation);
        self.count(found.is_some());
        if let Some((_, value)) = found {
            return Ok(Some(value));
        }
        let value = read.await?;
        if let (Some(generation), Some(value)) = (generation, &value) {
            self.values.insert(name.clone(), (generation, value.clone()));
        }
        Ok(value)
    }

    /// How often it helped.
    #[must_use]
    pub fn usage(&self) -> CacheUse {
        CacheUse { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) }
    }

    fn count(&self, hit: bool) {
        let counter = if hit { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        metrics::cache_lookup(self.name, hit);
    }
}

/// Values may be what nobody should read.
impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(..)")
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use sqlx::SqliteConnection;

    use super::Kept;
    use crate::clock::SystemClock;
    use crate::storage::{Command, Config, Storage, StorageError};

    struct Insert(&'static str);

    #[async_trait]
    impl Command for Insert {
        type Output = ();

        async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
            let insert = sqlx::query("INSERT INTO keys (id, tenant, created_at_ms) VALUES (?, 't', 0)").bind(self.0);
            insert.execute(connection).await?;
            Ok(())
        }
    }

    /// How many keys there are, and whether that had to be read.
    async fn keys(storage: &Storage, kept: &Kept<&'static str, i64>) -> (i64, bool) {
        let mut was_read = false;
        let read = async {
            was_read = true;
            sqlx::query_scalar("SELECT count(*) FROM keys").fetch_one(storage.readers()).await.map(Some)
        };
        let count = kept.get_or_read(&"count", read).await.unwrap().unwrap();
        (count, was_read)
    }

    #[tokio::test]
    async fn changes_of_any_process_are_seen_by_the_next_lookup_and_reads_are_kept_until_then() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        let clock = SystemClock::start();
        let storage = Storage::open(&config, &clock).await.unwrap();
        let other = Storage::open(&config, &clock).await.unwrap();
        let kept = Kept::new("test", storage.clone(), 1);
        assert_eq!(keys(&storage, &kept).await, (0, true));
        assert_eq!(keys(&storage, &kept).await, (0, false));
        storage.write(Insert("a")).await.unwrap();
        assert_eq!(keys(&storage, &kept).await, (1, true));
        assert_eq!(keys(&storage, &kept).await, (1, false));
        other.write(Insert("b")).await.unwrap();
        assert_eq!(keys(&storage, &kept).await, (2, true));
        assert_eq!(keys(&storage, &kept).await, (2, false));
    }

    #[tokio::test]
    async fn what_is_not_there_is_looked_for_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        let storage = Storage::open(&config, &SystemClock::start()).await.unwrap();
        let kept: Kept<&str, ()> = Kept::new("test", storage, 1);
        let mut reads = 0;
        for _ in 0..2 {
            let read = async {
                reads += 1;
                Ok::<_, StorageError>(None)
            };
            assert_eq!(kept.get_or_read(&"nobody", read).await.unwrap(), None);
        }
        assert_eq!(reads, 2);
    }
}
