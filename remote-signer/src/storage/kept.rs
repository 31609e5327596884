//! What was read of the database, in memory for as long as nothing is changed there.

use core::fmt;
use core::hash::Hash;
use core::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::storage::Storage;

/// Values by name. A change that was committed before a lookup began is seen by it, whichever process made it.
pub struct Kept<K, V> {
    storage: Storage,
    values: Mutex<Values<K, V>>,
}

struct Values<K, V> {
    /// What was read since the database was at this number.
    generation: u64,
    /// Those that were not used for the longest time make room.
    recent: LruCache<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    /// Keeps as many.
    #[must_use]
    pub fn new(storage: Storage, capacity: NonZeroUsize) -> Self {
        let recent = LruCache::new(capacity);
        Self { storage, values: Mutex::new(Values { generation: 0, recent }) }
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
        if let Some(generation) = generation {
            let mut values = self.values();
            if values.generation == generation
                && let Some(value) = values.recent.get(name)
            {
                return Ok(Some(value.clone()));
            }
        }
        let value = read.await?;
        if let (Some(generation), Some(value)) = (generation, &value) {
            let mut values = self.values();
            if values.generation != generation {
                values.recent.clear();
                values.generation = generation;
            }
            values.recent.put(name.clone(), value.clone());
        }
        Ok(value)
    }

    /// The map is whole after every operation on it, whatever its user did.
    fn values(&self) -> std::sync::MutexGuard<'_, Values<K, V>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
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
    use core::num::NonZeroUsize;

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
        let kept = Kept::new(storage.clone(), NonZeroUsize::MIN);
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
        let kept: Kept<&str, ()> = Kept::new(storage, NonZeroUsize::MIN);
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
