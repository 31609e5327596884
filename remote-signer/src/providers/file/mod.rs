//! Keys in files, encrypted at rest: the embedded provider, for development and small installations.
//!
//! One file for each key version, `<directory>/<tenant>/<name>/<version>.age`: PKCS#8 in the `age` format under one
//! passphrase, so that `age --decrypt` opens it without us. A development certificate chain is made with each key.
//!
//! Whoever has both the directory and the passphrase has the keys. While the service runs, the keys in use are in its
//! memory; they are wiped when it ends.

mod development_ca;
mod error;
mod keystore;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use tokio::sync::OnceCell;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use keystore::{Keystore, Location};

/// Configuration of the provider `file`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the key files are. Default: `keys` in the data directory. Prevents: keys in a folder that a backup of
    /// the database takes along, where the two should be kept apart.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// The passphrase under which every key is encrypted: a reference, `{ file = "…" }` or `{ env = "…" }`. There is
    /// no default. Prevents: a passphrase in a configuration file that gets committed.
    pub passphrase: SecretReference,
    /// Work of scrypt, as the binary logarithm of N, for keys written from now on; default 16 (about a quarter of a
    /// second and 64 MiB), from 1 to 20. Each key is decrypted once, at its first use. Prevents: cheap guessing of
    /// the passphrase by whoever gets the files.
    #[serde(default = "default_scrypt_log_n")]
    pub scrypt_log_n: u8,
}

const fn default_scrypt_log_n() -> u8 {
    16
}

/// Makes the provider.
///
/// # Errors
/// `denied` if the passphrase cannot be read, `invalid` for a work factor out of range, `unavailable` if the
/// directory cannot be made.
pub async fn build(config: &Config, data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    if !(1..=keystore::SCRYPT_LOG_N_MAX).contains(&config.scrypt_log_n) {
        let message = format!("providers.file.scrypt_log_n is {}, and must be from 1 to 20", config.scrypt_log_n);
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    let directory = config.directory.clone().unwrap_or_else(|| data_directory.join("keys"));
    let keystore = Keystore::open(directory, config.passphrase.read()?, config.scrypt_log_n)?;
    Ok(Arc::new(FileProvider { keystore: Arc::new(keystore), loaded: Mutex::default() }))
}

/// Keys in files.
#[derive(Debug)]
struct FileProvider {
    keystore: Arc<Keystore>,
    /// Keys in use. A cell for each, so that a hundred first requests decrypt it once.
    loaded: Mutex<HashMap<Location, Arc<OnceCell<Loaded>>>>,
}

/// A decrypted key.
#[derive(Clone)]
struct Loaded {
    /// Wiped when dropped.
    key: Arc<SigningKey>,
}

impl core::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Loaded(..)")
    }
}

impl FileProvider {
    /// The key, from memory or, the first time, from its file.
    async fn load(&self, location: &Location) -> Result<Loaded, ProviderError> {
        let cell = {
            // Nothing below panics while the lock is held; a poisoned map is still a map.
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(location.clone()).or_default())
        };
        let result = cell
            .get_or_try_init(|| async {
                let location = location.clone();
                let key = self.blocking(move |keystore| keystore.read(&location)).await?;
                Ok(Loaded { key: Arc::new(key) })
            })
            .await;
        match result {
            Ok(loaded) => Ok(loaded.clone()),
            Err(error) => {
                // References that fail must not gather in memory.
                let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
                if loaded.get(location).is_some_and(|cell| !cell.initialized()) {
                    loaded.remove(location);
                }
                Err(error)
            }
        }
    }

    /// scrypt and the disk take their time: not on a thread of the runtime.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keystore) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let keystore = Arc::clone(&self.keystore);
        match tokio::task::spawn_blocking(move || work(&keystore)).await {
            Ok(result) => result,
            Err(error) => {
                Err(ProviderError::new(ErrorClass::Unavailable, "the key store was interrupted").with_source(error))
            }
        }
    }

    async fn description(&self, location: Location) -> Result<KeyDescription, ProviderError> {
        let public_key = public_key(&self.load(&location).await?.key)?;
        let reference = location.reference();
        let certificate_chain = self.blocking(move |keystore| keystore.chain(&location)).await?;
        Ok(KeyDescription { reference, public_key, certificate_chain })
    }
}

#[async_trait]
impl Provider for FileProvider {
    fn kind(&self) -> &'static str {
        "file"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let location = Location::new(&new.key_id, new.version)?;
        let (made, key_id) = (location.clone(), new.key_id.clone());
        self.blocking(move |keystore| keystore.create(&made, &key_id)).await?;
        self.description(location).await
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        self.description(Location::parse(reference)?).await
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let loaded = self.load(&Location::parse(reference)?).await?;
        // RFC 6979: no randomness is needed, and a bad source of it cannot give the key away.
        let signature: p256::ecdsa::Signature =
            loaded.key.sign_prehash(digest.as_bytes()).map_err(|e| error::internal("sign", e))?;
        Signature::from_raw(&signature.to_bytes()).map_err(|e| error::internal("read the signature", e))
    }

    async fn probe(&self) -> Result<(), ProviderError> {
        self.blocking(Keystore::probe).await
    }
}

fn public_key(key: &SigningKey) -> Result<PublicKey, ProviderError> {
    let point = key.verifying_key().to_sec1_point(false);
    PublicKey::from_sec1(point.as_bytes()).map_err(|e| error::internal("read the public key", e))
}
