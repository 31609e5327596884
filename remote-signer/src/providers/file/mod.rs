//! Keys in files, encrypted at rest: the embedded provider, for development and small installations.
//!
//! One file for each key version, `<directory>/<tenant>/<name>/<version>.age`: PKCS#8 in the `age` format under one
//! passphrase, so that `age --decrypt` opens it without us. A development certificate chain is made with each key.
//!
//! Trusted: the operating system with its randomness, its file system and the memory of this process. Whoever has both
//! the directory and the passphrase has the keys; whoever has the directory alone can remove keys and no more. While
//! the service runs, the keys in use are in its memory; they are wiped when it ends.

mod client;
mod development_ca;
mod durable;
mod error;
mod keystore;
mod reference;
mod sealed_key;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::KeystoreClient;
use keystore::Keystore;
use reference::Location;
use sealed_key::SCRYPT_LOG_N_MAX;

/// Configuration of the provider `file`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the key files are. Default: `keys` in the data directory. Prevents: keys in a folder that a backup of
    /// the database takes along, where the two should be kept apart.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// The passphrase under which every key is encrypted: a reference, `{ file = "…" }` or `{ env = "…" }`. There is
    /// no default. Prevents: a passphrase in a configuration file that gets committed.
    pub passphrase: SecretReference,
    /// Work of scrypt, as the binary logarithm of N, for keys written from now on; default 16 (about a fifth of a
    /// second and 64 MiB), from 1 to 20. Less than 15 is for tests. Each key is decrypted once, at its first use, and
    /// files with up to 20 are read whatever stands here. Prevents: cheap guessing of the passphrase by whoever gets
    /// the files.
    #[serde(default = "default_scrypt_log_n")]
    pub scrypt_log_n: u8,
    /// How long opening or making a key may take, in milliseconds; default 30000. Prevents: requests that pile up
    /// behind a network disk that does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

const fn default_scrypt_log_n() -> u8 {
    16
}

const fn default_timeout_ms() -> u64 {
    30_000
}

/// Makes the provider: the directory and its development CA are made if they are not there, and the passphrase is tried.
///
/// # Errors
/// `denied` if the passphrase cannot be read or is not that of the directory, `invalid` for a value out of range,
/// `unavailable` if the directory cannot be made.
pub async fn build(config: &Config, data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    build_with_clock(config, data_directory, system_time).await
}

/// Makes the provider with another idea of the time, from which certificates are valid.
///
/// # Errors
/// As [`build`].
pub async fn build_with_clock(
    config: &Config,
    data_directory: &Path,
    now: fn() -> SystemTime,
) -> Result<Arc<dyn Provider>, ProviderError> {
    let invalid = |message: String| Err(ProviderError::new(ErrorClass::Invalid, message));
    if !(1..=SCRYPT_LOG_N_MAX).contains(&config.scrypt_log_n) {
        return invalid(format!("providers.file.scrypt_log_n is {}, and must be 1 to 20", config.scrypt_log_n));
    }
    if config.timeout_ms == 0 {
        return invalid("providers.file.timeout_ms is 0, so every call would time out: leave it out".to_owned());
    }
    let directory = config.directory.clone().unwrap_or_else(|| data_directory.join("keys"));
    let (secret, scrypt_log_n) = (config.passphrase.clone(), config.scrypt_log_n);
    let open = move || Keystore::open(directory, &secret.read()?, scrypt_log_n, now);
    let keystore = tokio::task::spawn_blocking(open).await.map_err(|e| {
        ProviderError::new(ErrorClass::Unavailable, "opening the key directory was interrupted").with_source(e)
    })??;
    let client = KeystoreClient::new(keystore, Duration::from_millis(config.timeout_ms));
    Ok(Arc::new(FileProvider { client }))
}

#[expect(clippy::disallowed_methods, reason = "the default of the injected clock; only certificates depend on it")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

/// Keys in files.
#[derive(Debug)]
struct FileProvider {
    client: KeystoreClient,
}

impl FileProvider {
    async fn description(&self, location: &Location) -> Result<KeyDescription, ProviderError> {
        let public_key = self.client.key(location).await?.public_key()?;
        let certificate_chain = self.client.chain(location).await?;
        Ok(KeyDescription { reference: location.reference(), public_key, certificate_chain })
    }
}

#[async_trait]
impl Provider for FileProvider {
    fn kind(&self) -> &'static str {
        "file"
    }

    /// For development.
    fn certifies_keys(&self) -> bool {
        true
    }

    fn reference_of(&self, new: &NewKey) -> Option<KeyReference> {
        Location::new(&new.key_id, new.version).ok().map(|location| location.reference())
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let location = Location::new(&new.key_id, new.version)?;
        self.client.create(&location).await?;
        self.description(&location).await
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        self.description(&Location::parse(reference)?).await
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let key = self.client.key(&Location::parse(reference)?).await?;
        // On this thread: it is well under a millisecond of pure computing, and a pool of other threads has no more
        // processors.
        key.sign(digest)
    }
}
