//! A crash between the key at the provider and its record, with keys in files.

use alloc::sync::Arc;
use core::future;
use core::sync::atomic::{AtomicBool, Ordering};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use async_trait::async_trait;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;
use splitsign_signer::clock::SystemClock;
use splitsign_signer::config::Config;
use splitsign_signer::keys::{Actor, CreateError, KeyEntry, Keys, NewKeyVersion, Run, Scheduler, Stage};
use splitsign_signer::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError, file};
use splitsign_signer::shutdown::Shutdown;
use splitsign_signer::storage::Storage;
use tokio::sync::Notify;

/// Makes keys in files; what asks for one never hears of it while `ends` is set.
#[derive(Debug)]
struct Interrupted {
    files: Arc<dyn Provider>,
    ends: AtomicBool,
    made: Notify,
}

#[async_trait]
impl Provider for Interrupted {
    fn kind(&self) -> &'static str {
        self.files.kind()
    }

    fn reference_of(&self, new: &NewKey) -> Option<KeyReference> {
        self.files.reference_of(new)
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let made = self.files.create_key(new).await;
        if self.ends.load(Ordering::SeqCst) {
            self.made.notify_one();
            future::pending::<()>().await;
        }
        made
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        self.files.describe_key(reference).await
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.files.sign_digest(reference, digest).await
    }
}

struct Place {
    _directory: tempfile::TempDir,
    keys: Keys,
    provider: Arc<Interrupted>,
    clock: Arc<SystemClock>,
}

impl Place {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("passphrase");
        let mut file = std::fs::File::create(&secret).unwrap();
        file.write_all(b"correct horse battery staple").unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).unwrap();
        let section = format!("passphrase = {{ file = {secret:?} }}\nscrypt_log_n = 1");
        let files = file::build(&toml::from_str(&section).unwrap(), directory.path()).await.unwrap();
        let mut config = Config::default();
        config.storage.directory = directory.path().join("data");
        // A next version is due to be announced at once.
        config.keys.announce_ahead_hours = 24 * 91;
        let clock = Arc::new(SystemClock::start());
        let storage = Storage::open(&config.storage, &*clock).await.unwrap();
        let provider = Arc::new(Interrupted { files, ends: AtomicBool::new(false), made: Notify::new() });
        Self { _directory: directory, keys: Keys::new(storage, config.keys), provider, clock }
    }

    fn wish(next_version: bool) -> NewKeyVersion {
        let id = "acme/c2pa".parse().unwrap();
        NewKeyVersion { id, provider: "file".to_owned(), existing: None, next_version }
    }

    async fn create(&self) -> Result<KeyEntry, CreateError> {
        self.keys.create(Self::wish(false), &*self.provider, &*self.clock).await
    }

    async fn announce(&self) -> Result<KeyEntry, CreateError> {
        self.keys.announce(Self::wish(true), Actor::CommandLine, &*self.provider, &*self.clock).await
    }

    /// Until the key is made; what comes after never does.
    async fn interrupted(&self, work: impl Future) {
        self.provider.ends.store(true, Ordering::SeqCst);
        tokio::select! {
            _ = work => panic!("it was not interrupted"),
            () = self.provider.made.notified() => {}
        }
        self.provider.ends.store(false, Ordering::SeqCst);
    }

    async fn left(&self, version: u32) -> KeyDescription {
        let reference = KeyReference::new(format!("file:acme/c2pa/{version}"));
        self.provider.describe_key(&reference).await.unwrap()
    }

    async fn stages(&self) -> Vec<Stage> {
        let versions = self.keys.versions(&"acme/c2pa".parse().unwrap()).await.unwrap();
        versions.iter().map(|entry| entry.state.stage()).collect()
    }
}

#[tokio::test]
async fn the_scheduler_takes_what_its_attempt_left() {
    let place = Place::new().await;
    place.create().await.unwrap();
    let provider = Arc::clone(&place.provider) as Arc<dyn Provider>;
    let providers = [("file".to_owned(), provider)].into_iter().collect();
    let mut scheduler = Scheduler::new(place.keys.clone(), providers, Arc::clone(&place.clock) as _);
    let idle = Shutdown::default();
    place.interrupted(scheduler.run_once(&idle)).await;
    assert_eq!(place.stages().await, [Stage::Active]);
    let left = place.left(2).await;

    assert_eq!(scheduler.run_once(&idle).await.unwrap(), Run { done: 1, ..Run::default() });
    assert_eq!(place.stages().await, [Stage::Active, Stage::Announced]);
    let versions = place.keys.versions_with_certificates(&"acme/c2pa".parse().unwrap()).await.unwrap();
    assert_eq!((&versions[1].reference, versions[1].public_key), (&left.reference, left.public_key));
    assert_eq!(versions[1].certificate_chain, left.certificate_chain);
}

#[tokio::test]
async fn a_first_version_is_taken_too() {
    let place = Place::new().await;
    place.interrupted(place.create()).await;
    assert_eq!(place.create().await.unwrap().public_key, place.left(1).await.public_key);
    assert_eq!(place.announce().await.unwrap().version.get(), 2, "the next one is made");
}

#[tokio::test]
async fn a_key_that_no_attempt_left_is_not_taken() {
    let place = Place::new().await;
    place.create().await.unwrap();
    place.provider.create_key(&NewKey { key_id: "acme/c2pa".to_owned(), version: 2 }).await.unwrap();
    for _ in 0..3 {
        refused(&place).await;
    }
    assert_eq!(place.stages().await, [Stage::Active]);
}

async fn refused(place: &Place) {
    let refused = place.announce().await.unwrap_err();
    assert!(
        matches!(&refused, CreateError::Provider { source, .. } if source.class() == ErrorClass::Invalid),
        "{refused:?}"
    );
}
