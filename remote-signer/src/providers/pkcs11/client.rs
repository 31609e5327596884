//! A token from async code: calls block on threads of their own, no more at once than there are sessions, and a token
//! that was lost is looked for again by the next call.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::session::Session;
use tokio::sync::Semaphore;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::providers::pkcs11::connection::{Connection, Pin};
use crate::providers::pkcs11::error::{self, Failure, Operation};
use crate::providers::pkcs11::module::Module;
use crate::providers::pkcs11::reference::{KeyName, TokenName};
use crate::providers::pkcs11::token_key;
use crate::providers::{ErrorClass, KeyReference, NewKey, ProviderError};

/// A token, its sessions and its PIN.
pub(super) struct TokenClient {
    token: Arc<Token>,
    sessions: Arc<Semaphore>,
    timeout: Duration,
}

impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient").field("token", &self.token).finish_non_exhaustive()
    }
}

/// What the threads share.
#[derive(Debug)]
struct Token {
    module: Arc<Module>,
    wanted: TokenName,
    pin: Pin,
    /// Locked while a connection is made: there is one login, and the others wait for it. Never locked by async code,
    /// as a token may take its time.
    connecting: Mutex<Connecting>,
    /// How many attempts to connect have ended.
    attempts: AtomicU64,
}

#[derive(Debug, Default)]
struct Connecting {
    connection: Option<Arc<Connection>>,
    /// How the last attempt failed.
    failure: Option<(ErrorClass, String)>,
}

impl TokenClient {
    pub(super) fn new(module: Arc<Module>, wanted: TokenName, pin: Pin, sessions: usize, timeout: Duration) -> Self {
        let token = Token { module, wanted, pin, connecting: Mutex::default(), attempts: AtomicU64::new(0) };
        Self { token: Arc::new(token), sessions: Arc::new(Semaphore::new(sessions)), timeout }
    }

    pub(super) async fn sign(&self, name: KeyName, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let (what, digest) = (name.to_string(), *digest);
        self.call(Operation::Sign, what, move |connection, library, session| {
            token_key::sign(connection, library, session, &name, &digest)
        })
        .await
    }

    pub(super) async fn describe(&self, name: KeyName) -> Result<(KeyReference, PublicKey), ProviderError> {
        self.call(Operation::Describe, name.to_string(), move |connection, library, session| {
            token_key::describe(connection, library, session, &name)
        })
        .await
    }

    pub(super) async fn create_key(&self, new: &NewKey) -> Result<KeyName, ProviderError> {
        let (what, new) = (format!("{} version {}", new.key_id, new.version), new.clone());
        self.call(Operation::CreateKey, what, move |connection, library, _| {
            token_key::create(connection, library, &new)
        })
        .await
    }

    /// Work with a session. A token that hangs keeps as many threads as there are sessions, and no more.
    async fn call<T: Send + 'static>(
        &self,
        operation: Operation,
        what: String,
        work: impl FnOnce(&Connection, &Pkcs11, &Session) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let token = Arc::clone(&self.token);
        let (attempts, asked) = (token.attempts.load(Ordering::SeqCst), what.clone());
        let in_time = tokio::time::timeout(self.timeout, async {
            let permit = Arc::clone(&self.sessions).acquire_owned().await.map_err(interrupted)?;
            let blocking = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                token.run(attempts, operation, &asked, work)
            });
            blocking.await.map_err(interrupted)?
        });
        in_time.await.unwrap_or_else(|_| Err(error::timeout(operation, &what)))
    }
}

impl Token {
    fn run<T>(
        &self,
        attempts: u64,
        operation: Operation,
        what: &str,
        work: impl FnOnce(&Connection, &Pkcs11, &Session) -> Result<T, Failure>,
    ) -> Result<T, ProviderError> {
        let connection = self.connection(attempts).map_err(|e| error::before(operation, what, e))?;
        let work = |library: &_, session: &_| work(&connection, library, session);
        connection.with_session(operation, what, work).map_err(|failure| {
            if failure.is_lost {
                self.forget(&connection);
            }
            failure.error
        })
    }

    /// The connection, made if there is none. Who asked before the last attempt failed gets its failure, so that a
    /// token that is away is not asked for once by each of a thousand requests.
    fn connection(&self, attempts: u64) -> Result<Arc<Connection>, ProviderError> {
        let mut connecting = self.connecting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &connecting.connection {
            return Ok(Arc::clone(connection));
        }
        if let Some((class, message)) = &connecting.failure
            && self.attempts.load(Ordering::SeqCst) > attempts
        {
            return Err(ProviderError::new(*class, message.clone()));
        }
        let made = match Connection::open(&self.module, &self.wanted, &self.pin) {
            // Some modules see a token that came back only when they start again.
            Err(failure) if failure.is_lost => self
                .module
                .start_again()
                .map_err(Failure::from)
                .and_then(|()| Connection::open(&self.module, &self.wanted, &self.pin)),
            made => made,
        };
        self.attempts.fetch_add(1, Ordering::SeqCst);
        match made {
            Ok(connection) => {
                let connection = Arc::new(connection);
                connecting.failure = None;
                connecting.connection = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(failure) => {
                connecting.failure = Some((failure.error.class(), failure.error.message().to_owned()));
                Err(failure.error)
            }
        }
    }

    /// Throws a connection away, unless somebody else has done so and there is another.
    fn forget(&self, lost: &Arc<Connection>) {
        let mut connecting = self.connecting.lock().unwrap_or_else(PoisonError::into_inner);
        if connecting.connection.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, lost)) {
            connecting.connection = None;
        }
    }
}

fn interrupted(error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::Unavailable, "the call to the token was interrupted: is the service stopping?")
        .with_source(error)
}
