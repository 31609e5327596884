//! A service in this process, on real SQLite and a real socket, with a provider that does what a test tells it.

pub(crate) mod certificate;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::{Value, json};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_signer::app::{App, StartError};
use splitsign_signer::auth::{NewToken, Tokens};
use splitsign_signer::clock::{Clock, SystemClock, UnixMillis};
use splitsign_signer::config::Config;
use splitsign_signer::encoding::{base64url, from_base64url};
use splitsign_signer::identity::{KeyScope, random_bytes};
use splitsign_signer::keys::{Actor, Change, KeyEntry, Keys, Move, NewKeyVersion, Transition, TransitionError};
use splitsign_signer::pipeline::HealthConfig;
use splitsign_signer::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};
use splitsign_signer::shutdown::Shutdown;
use splitsign_signer::storage::{Storage, StorageError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

/// What the provider does when it is asked to sign.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    Sign,
    /// Waits for `TestProvider::open`, then signs.
    WaitThenSign,
    Fail(ErrorClass),
    /// Signs with a key that is not the one on record.
    WrongKey,
    /// Signs another digest.
    WrongDigest,
}

/// Keeps keys in memory.
#[derive(Debug)]
pub(crate) struct TestProvider {
    keys: Mutex<HashMap<String, SigningKey>>,
    behaviour: Mutex<Behaviour>,
    pub(crate) calls: AtomicUsize,
    /// Told at every call.
    pub(crate) called: Notify,
    pub(crate) gate: Semaphore,
    serial: AtomicU32,
    /// Seconds since 1970: how long certificates are valid.
    lifetime: Mutex<(u64, u64)>,
    pub(crate) fails_to_create: Mutex<bool>,
}

impl TestProvider {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            keys: Mutex::default(),
            behaviour: Mutex::new(Behaviour::Sign),
            calls: AtomicUsize::new(0),
            called: Notify::new(),
            gate: Semaphore::new(0),
            serial: AtomicU32::new(0),
            lifetime: Mutex::new(certificate::LIFETIME),
            fails_to_create: Mutex::new(false),
        })
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits until there have been `calls`.
    pub(crate) async fn wait_for_calls(&self, calls: usize) {
        loop {
            let called = self.called.notified();
            tokio::pin!(called);
            called.as_mut().enable();
            if self.calls() >= calls {
                return;
            }
            called.await;
        }
    }

    /// Certificates are valid for this long from now on.
    pub(crate) fn certify(&self, lifetime: (u64, u64)) {
        *self.lifetime.lock().unwrap() = lifetime;
    }

    /// The certificate that the key at this reference has now.
    pub(crate) fn certificate(&self, reference: &KeyReference) -> Vec<u8> {
        certificate::self_signed(&self.key(reference).unwrap(), *self.lifetime.lock().unwrap())
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(1000);
    }

    fn describe(&self, reference: &str, key: &SigningKey) -> KeyDescription {
        let sec1 = key.verifying_key().to_sec1_point(false);
        KeyDescription {
            reference: KeyReference::new(reference),
            public_key: PublicKey::from_sec1(sec1.as_bytes()).unwrap(),
            certificate_chain: vec![certificate::self_signed(key, *self.lifetime.lock().unwrap())],
        }
    }

    fn key(&self, reference: &KeyReference) -> Result<SigningKey, ProviderError> {
        let keys = self.keys.lock().unwrap();
        let key = keys.get(reference.as_str()).cloned();
        key.ok_or_else(|| ProviderError::new(ErrorClass::NotFound, format!("no key {}", reference.as_str())))
    }
}

fn sign(key: &SigningKey, digest: &[u8]) -> Signature {
    let signature: p256::ecdsa::Signature = key.sign_prehash(digest).unwrap();
    Signature::from_raw(&signature.to_bytes()).unwrap()
}

#[async_trait]
impl Provider for TestProvider {
    fn kind(&self) -> &'static str {
        "test"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        if *self.fails_to_create.lock().unwrap() {
            return Err(ProviderError::new(ErrorClass::Denied, "no permission to make keys"));
        }
        let reference = format!("test:{}/{}/{}", new.key_id, new.version, self.serial.fetch_add(1, Ordering::SeqCst));
        let mut secret = random_bytes::<32>();
        secret[0] = 1;
        let key = SigningKey::from_slice(&secret).unwrap();
        let description = self.describe(&reference, &key);
        self.keys.lock().unwrap().insert(reference, key);
        Ok(description)
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        Ok(self.describe(reference.as_str(), &self.key(reference)?))
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.called.notify_waiters();
        let key = self.key(reference)?;
        let behaviour = self.behaviour.lock().unwrap().clone();
        match behaviour {
            Behaviour::Sign => Ok(sign(&key, digest.as_bytes())),
            Behaviour::WaitThenSign => {
                self.gate.acquire().await.unwrap().forget();
                Ok(sign(&key, digest.as_bytes()))
            }
            Behaviour::Fail(class) => {
                let error = ProviderError::new(class, "secret internals of the provider");
                Err(error.with_retry_after(Duration::from_millis(2500)))
            }
            Behaviour::WrongKey => Ok(sign(&SigningKey::from_slice(&[9; 32]).unwrap(), digest.as_bytes())),
            Behaviour::WrongDigest => Ok(sign(&key, &[5; 32])),
        }
    }
}

/// The system's clock, moved by hand.
#[derive(Debug)]
pub(crate) struct TestClock {
    system: SystemClock,
    offset_ms: AtomicI64,
}

impl TestClock {
    pub(crate) fn advance(&self, duration: Duration) {
        self.offset_ms.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn offset(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.offset_ms.load(Ordering::SeqCst)).unwrap())
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        self.system.now().after(self.offset())
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed() + self.offset()
    }
}

/// A running service.
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) provider: Arc<TestProvider>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) storage: Storage,
    pub(crate) shutdown: Shutdown,
    pub(crate) config: Config,
    pub(crate) task: JoinHandle<Result<(), StartError>>,
    /// A token for all keys of `acme`.
    pub(crate) token: String,
    pub(crate) directory: Arc<TempDir>,
    client: reqwest::Client,
}

pub(crate) async fn start() -> Service {
    start_with(Config::default(), TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await
}

/// With the key `acme/c2pa` unless it is there.
pub(crate) async fn start_with(mut config: Config, provider: Arc<TestProvider>, directory: Arc<TempDir>) -> Service {
    config.storage.directory = directory.path().join("data");
    if config.health == HealthConfig::default() {
        // Tests count what the provider is asked for: only those that are about probes have them.
        config.health.probe_interval_ms = 0;
    }
    let clock = Arc::new(TestClock { system: SystemClock::start(), offset_ms: AtomicI64::new(0) });
    let storage = Storage::open(&config.storage, &*clock).await.unwrap();
    let providers = [("test".to_owned(), Arc::clone(&provider) as Arc<dyn Provider>)].into_iter().collect();
    let app = App::assemble(config.clone(), storage.clone(), providers, Arc::clone(&clock) as _).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = app.shutdown().clone();
    let task = tokio::spawn(app.run(listener));
    // Fails if another test was first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::new();
    let mut service =
        Service { url, provider, clock, storage, shutdown, config, task, token: String::new(), directory, client };
    if service.keys().versions(&"acme/c2pa".parse().unwrap()).await.unwrap().is_empty() {
        service.create_key("acme/c2pa", false).await;
    }
    service.token = service.token_for("acme", KeyScope::All).await;
    service
}

impl Service {
    pub(crate) fn keys(&self) -> Keys {
        Keys::new(self.storage.clone(), self.config.keys.clone())
    }

    /// A key; a next version signs at once, by force.
    pub(crate) async fn create_key(&self, id: &str, next_version: bool) {
        let made = self.make_version(id, next_version).await;
        if next_version {
            self.change(id, Change::Activate(made.version), true).await.unwrap();
        }
    }

    /// The first version of a key, or the announcement of a next one.
    pub(crate) async fn make_version(&self, id: &str, next_version: bool) -> KeyEntry {
        let new = NewKeyVersion { id: id.parse().unwrap(), provider: "test".to_owned(), existing: None, next_version };
        self.keys().create(new, &*self.provider, &*self.clock).await.unwrap()
    }

    pub(crate) async fn change(&self, id: &str, change: Change, force: bool) -> Result<Vec<Move>, TransitionError> {
        let reason = force.then(|| "a test".to_owned());
        let transition = Transition { key: id.parse().unwrap(), change, by: Actor::CommandLine, force, reason };
        self.keys().change(transition, self.clock.now()).await
    }

    pub(crate) async fn token_for(&self, tenant: &str, scope: KeyScope) -> String {
        let new = NewToken { tenant: tenant.parse().unwrap(), scope, label: String::new(), expires_at: None };
        Tokens::new(self.storage.clone()).create(new, self.clock.now()).await.unwrap().reveal().to_string()
    }

    /// A token of an admin, with these keys of `acme`.
    pub(crate) async fn admin_token(&self, scope: KeyScope) -> String {
        let new = NewToken { tenant: "acme".parse().unwrap(), scope, label: String::new(), expires_at: None };
        Tokens::new(self.storage.clone()).create_admin(new, self.clock.now()).await.unwrap().reveal().to_string()
    }

    /// The same with another token.
    pub(crate) async fn get_with(&self, token: &str, path: &str) -> Reply {
        Reply::read(self.client.get(format!("{}{path}", self.url)).bearer_auth(token)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        Reply::read(request).await
    }

    pub(crate) fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    pub(crate) async fn sign(&self, body: &Value) -> Reply {
        Reply::read(self.post("/v1/sign").json(body)).await
    }

    pub(crate) async fn sign_once(&self, key: &str, body: &Value) -> Reply {
        Reply::read(self.post("/v1/sign").header("Idempotency-Key", key).json(body)).await
    }

    /// Past all rules, but not past those who keep what they read in memory.
    pub(crate) async fn replace_certificate(&self, id: &str, version: i64, der: &[u8]) {
        self.storage.write(ReplaceCertificate { id: id.to_owned(), version, der: der.to_vec() }).await.unwrap();
    }

    /// How many signings are in a state.
    pub(crate) async fn signings(&self, state: &str) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM signings WHERE state = ?").bind(state);
        count.fetch_one(self.storage.readers()).await.unwrap()
    }

    /// Stops it in good order.
    pub(crate) async fn stop(self) -> Arc<TempDir> {
        self.shutdown.trigger();
        self.task.await.unwrap().unwrap();
        self.directory
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) async fn read(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        Self { status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Status and code of a problem, after checking its form.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status);
        assert_eq!(self.body["type"], format!("urn:splitsign:problem:{}", self.body["number"]));
        assert_eq!(self.body["requestId"], self.header("x-request-id"));
        (self.status, self.body["code"].as_str().unwrap())
    }
}

/// A request to sign the digest of `text`.
pub(crate) fn body(text: &str) -> Value {
    json!({
        "key": "acme/c2pa",
        "digest": base64url(Sha256::digest(text.as_bytes()).as_bytes()),
        "digestAlgorithm": "sha-256",
        "profile": "raw",
    })
}

/// Checks a reply's signature against a descriptor's key.
#[track_caller]
pub(crate) fn assert_signs(reply: &Value, text: &str, spki: &str) {
    let signature = Signature::from_raw(&from_base64url(reply["signature"].as_str().unwrap()).unwrap()).unwrap();
    let key = splitsign_signer::encoding::from_base64_standard(spki).unwrap();
    let key = PublicKey::from_spki(&key).unwrap();
    key.verify_digest(&Sha256::digest(text.as_bytes()), &signature).unwrap();
    let chain = reply["certificateChain"].as_array().unwrap();
    assert!(chain.len() == 1 && chain[0].as_str().unwrap().starts_with("MII"), "{reply}");
}

struct ReplaceCertificate {
    id: String,
    version: i64,
    der: Vec<u8>,
}

#[async_trait]
impl splitsign_signer::storage::Command for ReplaceCertificate {
    type Output = ();

    async fn apply(self, connection: &mut sqlx::SqliteConnection) -> Result<(), StorageError> {
        let replace = sqlx::query("UPDATE certificates SET der = ? WHERE key_id = ? AND version = ?");
        replace.bind(self.der).bind(self.id).bind(self.version).execute(connection).await?;
        Ok(())
    }
}
