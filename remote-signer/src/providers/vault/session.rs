//! The token: had by logging in, kept alive, and had again when Vault does not know it any more.
//!
//! A token is renewed when half of its life is over, by the first call after that; the others go on with the one that
//! there is. When renewing does not work, or gives less than half of the life that it had (Vault ends each token after
//! its maximal life), a new one is had.
//!
//! After a 403 Vault is asked whether it knows the token (`auth/token/lookup-self`). If it does not, a new one is had,
//! and the call is made again, once. That repeats no signature: a request with an unknown token never reaches a key.
//!
//! A login that is refused is refused for everybody for a second: a thousand callers with a wrong secret id would
//! otherwise lock the role out.

use core::fmt;
use core::time::Duration;
use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::providers::vault::connection::Connection;
use crate::providers::vault::error::{Call, Operation};
use crate::providers::vault::{Auth, Kubernetes};
use crate::providers::{ErrorClass, ProviderError};

/// How long after a login that did not help none is tried again, and after a renewal that failed none either.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes: the longest token of a service account.
const JWT_BYTES_MAX: usize = 16 << 10;

/// Who we are at Vault.
pub(super) struct Session {
    auth: Auth,
    current: Mutex<Option<Arc<Token>>>,
    /// Held by who changes the token; when a login was refused last, and why.
    changing: tokio::sync::Mutex<Option<Refused>>,
}

/// A login that was refused.
struct Refused {
    at: Instant,
    message: String,
}

/// A token, as a header that no log shows.
pub(super) struct Token {
    header: HeaderValue,
    since: Instant,
    /// From the login or renewal; `None` if it does not end, or if nobody says when.
    life: Option<Duration>,
    renewable: bool,
    /// When to renew it.
    due: Option<Instant>,
}

impl Token {
    fn new(secret: &str, life_seconds: u64, renewable: bool) -> Result<Self, ProviderError> {
        let mut header = HeaderValue::from_str(secret).map_err(|_| {
            ProviderError::new(
                ErrorClass::Denied,
                "the token has a character that no token has: check providers.vault.auth",
            )
        })?;
        header.set_sensitive(true);
        let since = Instant::now();
        let life = (life_seconds > 0).then(|| Duration::from_secs(life_seconds));
        Ok(Self { header, since, life, renewable, due: life.map(|life| since + life / 2) })
    }

    /// As the header.
    pub(super) const fn header(&self) -> &HeaderValue {
        &self.header
    }

    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| Instant::now() >= due)
    }

    fn has_ended(&self) -> bool {
        self.life.is_some_and(|life| self.since.elapsed() >= life)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// What a login and a renewal answer.
#[derive(Deserialize)]
struct LoggedIn {
    auth: Authenticated,
}

#[derive(Deserialize)]
struct Authenticated {
    #[serde(deserialize_with = "wiped")]
    client_token: Zeroizing<String>,
    /// Seconds.
    lease_duration: u64,
    renewable: bool,
}

fn wiped<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

/// What Vault says of a token.
#[derive(Deserialize)]
struct LookedUp {
    data: TokenData,
}

#[derive(Deserialize)]
struct TokenData {
    /// Seconds that are left; 0 for one that does not end.
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

impl Session {
    pub(super) const fn new(auth: Auth) -> Self {
        Self { auth, current: Mutex::new(None), changing: tokio::sync::Mutex::const_new(None) }
    }

    /// The token to use now.
    pub(super) async fn token(&self, connection: &Connection, key: &str) -> Result<Arc<Token>, ProviderError> {
        match self.current() {
            Some(token) if !token.is_due() => Ok(token),
            Some(token) if !token.has_ended() => match self.changing.try_lock() {
                Ok(mut changing) => self.prolong(connection, key, token, &mut changing).await,
                // Somebody is at it.
                Err(_) => Ok(token),
            },
            Some(_) | None => {
                let mut changing = self.changing.lock().await;
                match self.current().filter(|token| !token.has_ended()) {
                    Some(token) => Ok(token),
                    None => self.log_in(connection, key, &mut changing).await,
                }
            }
        }
    }

    /// Another token than one that was denied, if Vault does not know that one and there is another.
    pub(super) async fn instead_of(
        &self,
        denied: &Arc<Token>,
        connection: &Connection,
        key: &str,
    ) -> Result<Option<Arc<Token>>, ProviderError> {
        let mut changing = self.changing.lock().await;
        match self.current() {
            Some(current) if !Arc::ptr_eq(&current, denied) => return Ok(Some(current)),
            Some(_) | None => {}
        }
        // Vault knew it a moment ago: the policy is what is missing, and a login for each such call would be many.
        if denied.since.elapsed() < PAUSE || look_up(connection, key, &denied.header).await.is_ok() {
            return Ok(None);
        }
        let token = self.log_in(connection, key, &mut changing).await?;
        Ok((token.header != denied.header).then_some(token))
    }

    async fn prolong(
        &self,
        connection: &Connection,
        key: &str,
        token: Arc<Token>,
        refused: &mut Option<Refused>,
    ) -> Result<Arc<Token>, ProviderError> {
        let enough = |renewed: &LoggedIn| {
            let life = Duration::from_secs(renewed.auth.lease_duration);
            token.life.is_none_or(|before| life >= before / 2)
        };
        let problem = match self.renew(connection, key, &token).await {
            Ok(Some(renewed)) if enough(&renewed) => return self.keep_authenticated(&renewed.auth),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        let problem = match (self.log_in(connection, key, refused).await, problem) {
            (Ok(token), _) => return Ok(token),
            (Err(error), problem) => problem.unwrap_or(error),
        };
        tracing::warn!(
            error = &problem as &dyn core::error::Error,
            provider = "vault",
            "the token can be neither renewed nor replaced: it is used until it ends"
        );
        let Token { header, since, life, renewable, .. } = &*token;
        let due = Some(Instant::now() + PAUSE);
        Ok(self.keep(Token { header: header.clone(), since: *since, life: *life, renewable: *renewable, due }))
    }

    async fn renew(
        &self,
        connection: &Connection,
        key: &str,
        token: &Token,
    ) -> Result<Option<LoggedIn>, ProviderError> {
        if !token.renewable {
            return Ok(None);
        }
        let call = Call { operation: Operation::RenewToken, path: "auth/token/renew-self", key };
        connection.send(call, Some(&token.header), Method::POST, Some(&json!({}))).await?.read(call).map(Some)
    }

    async fn log_in(
        &self,
        connection: &Connection,
        key: &str,
        refused: &mut Option<Refused>,
    ) -> Result<Arc<Token>, ProviderError> {
        if let Some(Refused { message, .. }) = refused.as_ref().filter(|refused| refused.at.elapsed() < PAUSE) {
            let message = format!("for {key}, as a moment ago: {message}");
            return Err(ProviderError::new(ErrorClass::Denied, message));
        }
        let result = self.log_in_now(connection, key).await;
        *refused = match &result {
            Err(error) if error.class() == ErrorClass::Denied => {
                Some(Refused { at: Instant::now(), message: error.message().to_owned() })
            }
            Ok(_) | Err(_) => None,
        };
        result
    }

    async fn log_in_now(&self, connection: &Connection, key: &str) -> Result<Arc<Token>, ProviderError> {
        let of_key = |error: ProviderError| {
            let message = format!("Vault login for {key}: {}; see {}", error.message(), super::error::GUIDE);
            ProviderError::new(error.class(), message).with_source(error)
        };
        let (mount, body) = match &self.auth {
            Auth::Token(reference) => {
                let secret = reference.read().map_err(of_key)?;
                return self.adopt(connection, key, &secret).await.map_err(of_key);
            }
            Auth::Approle(approle) => {
                let secret_id = approle.secret_id.read().map_err(of_key)?;
                (&approle.mount, json!({ "role_id": approle.role_id, "secret_id": secret_id.as_str() }))
            }
            Auth::Kubernetes(kubernetes) => {
                let jwt = service_account_token(kubernetes).map_err(of_key)?;
                (&kubernetes.mount, json!({ "role": kubernetes.role, "jwt": jwt.trim() }))
            }
        };
        let path = format!("auth/{mount}/login");
        let call = Call { operation: Operation::LogIn, path: &path, key };
        let answer: LoggedIn = connection.send(call, None, Method::POST, Some(&body)).await?.read(call)?;
        self.keep_authenticated(&answer.auth).map_err(of_key)
    }

    /// A token that somebody else has logged in for. How long it lives is a question that it may not be allowed to ask.
    async fn adopt(&self, connection: &Connection, key: &str, secret: &str) -> Result<Arc<Token>, ProviderError> {
        let unknown = Token::new(secret, 0, false)?;
        match look_up(connection, key, unknown.header()).await {
            Ok(data) => Ok(self.keep(Token::new(secret, data.ttl, data.renewable)?)),
            Err(error) if matches!(error.class(), ErrorClass::Denied | ErrorClass::NotFound) => Ok(self.keep(unknown)),
            Err(error) => Err(error),
        }
    }

    fn keep_authenticated(&self, auth: &Authenticated) -> Result<Arc<Token>, ProviderError> {
        Ok(self.keep(Token::new(&auth.client_token, auth.lease_duration, auth.renewable)?))
    }

    fn current(&self) -> Option<Arc<Token>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, token: Token) -> Arc<Token> {
        let token = Arc::new(token);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&token));
        token
    }
}

async fn look_up(connection: &Connection, key: &str, token: &HeaderValue) -> Result<TokenData, ProviderError> {
    let call = Call { operation: Operation::LookUpToken, path: "auth/token/lookup-self", key };
    let answer: LookedUp = connection.send(call, Some(token), Method::GET, None).await?.read(call)?;
    Ok(answer.data)
}

/// Not a [`SecretReference`](crate::providers::secret::SecretReference): Kubernetes puts it there for everybody in the
/// container to read, and exchanges it for a new one.
fn service_account_token(kubernetes: &Kubernetes) -> Result<Zeroizing<String>, ProviderError> {
    let denied = |what: &str| {
        let path = kubernetes.jwt_file.display();
        let message = format!(
            "the token of the service account in {path} {what}: check providers.vault.auth.kubernetes.jwt_file"
        );
        ProviderError::new(ErrorClass::Denied, message)
    };
    let file = File::open(&kubernetes.jwt_file).map_err(|error| denied("cannot be read").with_source(error))?;
    let mut jwt = Zeroizing::new(String::with_capacity(JWT_BYTES_MAX + 1));
    let read = file.take(JWT_BYTES_MAX as u64 + 1).read_to_string(&mut jwt);
    read.map_err(|error| denied("cannot be read").with_source(error))?;
    if jwt.trim().is_empty() || jwt.len() > JWT_BYTES_MAX {
        return Err(denied("is empty or too long"));
    }
    Ok(jwt)
}
