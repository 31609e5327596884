//! Talking to the keystore from async code: keys are opened once and kept, and what blocks does not block the runtime.

use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OnceCell, Semaphore};

use crate::providers::file::error::GUIDE;
use crate::providers::file::keystore::Keystore;
use crate::providers::file::reference::Location;
use crate::providers::software::SoftwareKey;
use crate::providers::{ErrorClass, ProviderError};

/// How many files are opened at once. Each takes 64 MiB at the default work factor: a hundred keys that are first used
/// in the same second must not take six gigabytes.
const OPENINGS_AT_ONCE: usize = 2;

/// The keystore, and the keys in use.
pub(super) struct KeystoreClient {
    keystore: Arc<Keystore>,
    /// A cell for each key, so that a hundred first requests open its file once.
    loaded: Mutex<HashMap<Location, Arc<OnceCell<Arc<SoftwareKey>>>>>,
    openings: Arc<Semaphore>,
    timeout: Duration,
}

impl fmt::Debug for KeystoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeystoreClient").field("keystore", &self.keystore).finish_non_exhaustive()
    }
}

impl KeystoreClient {
    pub(super) fn new(keystore: Keystore, timeout: Duration) -> Self {
        let openings = Arc::new(Semaphore::new(OPENINGS_AT_ONCE));
        Self { keystore: Arc::new(keystore), loaded: Mutex::default(), openings, timeout }
    }

    /// Makes a key. It is in memory then.
    pub(super) async fn create(&self, location: &Location) -> Result<(), ProviderError> {
        let made = location.clone();
        let key = self.in_time("create", location, self.opening(move |keystore| keystore.create(&made))).await?;
        self.loaded().insert(location.clone(), Arc::new(OnceCell::new_with(Some(Arc::new(key)))));
        Ok(())
    }

    /// A key, from memory or, the first time, from its file.
    pub(super) async fn key(&self, location: &Location) -> Result<Arc<SoftwareKey>, ProviderError> {
        let cell = Arc::clone(self.loaded().entry(location.clone()).or_default());
        if let Some(key) = cell.get() {
            return Ok(Arc::clone(key));
        }
        let load = cell.get_or_try_init(|| async {
            let location = location.clone();
            self.opening(move |keystore| keystore.read(&location)).await.map(Arc::new)
        });
        let result = self.in_time("open", location, load).await.map(Arc::clone);
        if result.is_err() {
            // References that fail must not gather in memory.
            let mut loaded = self.loaded();
            if loaded.get(location).is_some_and(|cell| !cell.initialized()) {
                loaded.remove(location);
            }
        }
        result
    }

    /// The certificates of a key, leaf first.
    pub(super) async fn chain(&self, location: &Location) -> Result<Vec<Vec<u8>>, ProviderError> {
        let key = self.key(location).await?;
        let place = location.clone();
        let read = self.blocking(move |keystore| keystore.chain(&place, &key));
        self.in_time("read the certificates of", location, read).await
    }

    /// Work with scrypt in it. The permit goes along, so that work whose caller has left still counts.
    async fn opening<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keystore) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let permit = Arc::clone(&self.openings).acquire_owned().await.map_err(interrupted)?;
        self.blocking(move |keystore| {
            let _permit = permit;
            work(keystore)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keystore) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let keystore = Arc::clone(&self.keystore);
        tokio::task::spawn_blocking(move || work(&keystore)).await.map_err(interrupted)?
    }

    async fn in_time<T>(
        &self,
        doing: &str,
        what: &impl fmt::Display,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        tokio::time::timeout(self.timeout, work).await.unwrap_or_else(|elapsed| {
            let message = format!(
                "cannot {doing} {what} within providers.file.timeout_ms: look at the disk, or lower scrypt_log_n"
            );
            Err(ProviderError::new(ErrorClass::Timeout, message).see(GUIDE).with_source(elapsed))
        })
    }

    /// Nothing panics while this is locked, and a poisoned map is still a map.
    fn loaded(&self) -> MutexGuard<'_, HashMap<Location, Arc<OnceCell<Arc<SoftwareKey>>>>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn interrupted(error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::Unavailable, "the key store was interrupted: is the service stopping?")
        .with_source(error)
}
