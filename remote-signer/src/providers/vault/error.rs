//! What Vault answers instead, and what to do about it.
//!
//! | class | of Vault |
//! |---|---|
//! | `denied` | 403, a login that fails, a version below the minimum of its key, a key that is soft-deleted |
//! | `throttled` | 429: a rate limit quota |
//! | `unavailable` | 5xx: sealed, standby; no connection |
//! | `timeout` | no answer in time |
//! | `invalid` | another kind of key, a request that Vault refuses |
//! | `not_found` | no such key or version, no engine at the mount, no such namespace |
//! | `bad_response` | everything that is not the protocol |
//!
//! Vault has no codes. Where the status does not tell (Transit says 500 when a version is too old), its words do.

use core::error::Error as StdError;
use core::fmt;
use core::time::Duration;

use serde::Deserialize;

use crate::providers::{ErrorClass, ProviderError};

/// Where the policies and the classes are explained.
pub(super) const GUIDE: &str = "docs/guides/vault.md";
const NOT_VAULT: &str =
    "the answer is not that of Vault: is providers.vault.address right, and no proxy between? Nothing of it was used";
/// Characters: how much of what Vault says is repeated.
const WORDS_MAX: usize = 300;

/// What is asked of Vault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    CreateKey,
    ReadKey,
    RotateKey,
    Sign,
    LogIn,
    LookUpToken,
    RenewToken,
}

impl Operation {
    /// What a policy must allow on the path.
    const fn capability(self) -> &'static str {
        match self {
            Self::ReadKey | Self::LookUpToken => "read",
            Self::CreateKey | Self::RotateKey | Self::Sign | Self::LogIn | Self::RenewToken => "update",
        }
    }
}

/// One call, as messages name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) operation: Operation,
    /// Without `/v1/`: `transit/sign/acme`.
    pub(super) path: &'a str,
    /// Whose sake it is for: the reference of a key.
    pub(super) key: &'a str,
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault {} for {}", self.path, self.key)
    }
}

impl Call<'_> {
    fn error(&self, class: ErrorClass, what: &str) -> ProviderError {
        ProviderError::new(class, format!("{self}: {what}; see {GUIDE}"))
    }

    /// The answer came and makes no sense.
    pub(super) fn nonsense(&self, what: &str) -> ProviderError {
        self.error(ErrorClass::BadResponse, &format!("answered {what}: {NOT_VAULT}"))
    }

    /// The key is there and does not serve.
    pub(super) fn unusable(&self, class: ErrorClass, what: &str) -> ProviderError {
        self.error(class, what)
    }

    /// An answer that is not a success.
    pub(super) fn refused(&self, status: u16, retry_after: Option<Duration>, body: &[u8]) -> ProviderError {
        let said = Said::read(body);
        let (class, words) = match &said {
            Some(said) => self.by_words(status, said),
            None => by_status(status),
        };
        let error = self.error(class, &words);
        match said.map(|said| said.shown()) {
            Some(words) if !words.is_empty() => error.with_source(format!("Vault says with {status}: {words}")),
            Some(_) | None => error.with_source(format!("status {status}")),
        }
        .with_retry_after(retry_after)
    }

    fn by_words(&self, status: u16, said: &Said) -> (ErrorClass, String) {
        use ErrorClass::{Denied, Invalid, NotFound, Unavailable};
        let has = |words: &str| said.has(words);
        if self.operation == Operation::LogIn && matches!(status, 400 | 401 | 403 | 404) {
            return (Denied, format!("the login is refused ({}): {}", said.shown(), LOGIN_REMEDY));
        }
        let (class, words) = match status {
            401 | 403 => {
                let (path, capability) = (self.path, self.operation.capability());
                let policy = format!("path \"{path}\" {{ capabilities = [\"{capability}\"] }}");
                (
                    Denied,
                    format!(
                        "permission denied: have a policy of the token allow {policy}; if it does, the token has \
                         expired or is of another namespace (providers.vault.auth, providers.vault.namespace)"
                    ),
                )
            }
            503 if has("sealed") => (Unavailable, "Vault is sealed: unseal it".to_owned()),
            404 if has("no handler for route") => (
                NotFound,
                "nothing is mounted there: check providers.vault.mount and providers.vault.namespace, and enable the \
                 transit secrets engine"
                    .to_owned(),
            ),
            404 if has("namespace not found") => {
                (NotFound, "there is no such namespace: check providers.vault.namespace".to_owned())
            }
            404 => (NotFound, NO_KEY.to_owned()),
            400 if has("key not found") => (NotFound, NO_KEY.to_owned()),
            _ if has("higher than the latest key version") => {
                (NotFound, "the key has no such version: check the number at the end of the reference".to_owned())
            }
            _ if has("less than the minimum encryption key version") => (Denied, too_old("min_encryption_version")),
            _ if has("no such key version") || has("too old") => (Denied, too_old("min_decryption_version")),
            _ if has("soft-deleted") || has("soft deleted") => (Denied, SOFT_DELETED.to_owned()),
            400 if has("does not support signing") || has("unsupported hash algorithm") => {
                (Invalid, WRONG_KEY.to_owned())
            }
            400 | 405 | 413 | 422 => (Invalid, format!("Vault refuses: {}", said.shown())),
            _ => by_status(status),
        };
        (class, words)
    }

    /// The request did not go out, or no whole answer came.
    pub(super) fn transport(&self, error: reqwest::Error) -> ProviderError {
        let (class, what) = if error.is_connect() {
            // Nothing was sent.
            (
                ErrorClass::Unavailable,
                "cannot be reached: look at the network, providers.vault.address and providers.vault.ca_certificate",
            )
        } else if error.is_timeout() {
            return self.timeout().with_source(error.without_url());
        } else if is_not_the_protocol(&error) || error.is_body() || error.is_decode() {
            (ErrorClass::BadResponse, NOT_VAULT)
        } else if error.is_builder() {
            (ErrorClass::Invalid, "the request could not be made: look at [providers.vault]")
        } else {
            (ErrorClass::Unavailable, "the connection broke: look at the network and at what is before Vault")
        };
        self.error(class, what).with_source(error.without_url())
    }

    /// No answer came.
    pub(super) fn timeout(&self) -> ProviderError {
        self.error(
            ErrorClass::Timeout,
            "no answer within providers.vault.timeout_ms, and Vault may have done it all the same; look at the network \
             between here and Vault",
        )
    }
}

const LOGIN_REMEDY: &str = "check providers.vault.auth (role, mount, secret) and providers.vault.namespace, and whether \
                            the secret id has expired or is used up";
const NO_KEY: &str = "there is no such key: check the reference, providers.vault.mount and providers.vault.namespace";
pub(super) const SOFT_DELETED: &str =
    "the key is soft-deleted: restore it (keys/NAME/soft-delete-restore), or use another version";
pub(super) const WRONG_KEY: &str = "the key cannot sign ES256: use a key of type ecdsa-p256";

/// A version that its key does not use any more.
pub(super) fn too_old(minimum: &str) -> String {
    format!("the version is below {minimum} of its key: lower that (keys/NAME/config), or use another version")
}

/// An answer without words of Vault: its status is all that there is.
fn by_status(status: u16) -> (ErrorClass, String) {
    match status {
        429 => (
            ErrorClass::Throttled,
            "too many requests: raise the rate limit quota (sys/quotas/rate-limit), or sign in batches".to_owned(),
        ),
        307 => (
            ErrorClass::Unavailable,
            "this node is on standby and names another one, which is not followed: set providers.vault.address to the \
             active node or to a load balancer"
                .to_owned(),
        ),
        // Of Vault Enterprise: the node has not seen yet what another node did; or it is a secondary that cannot.
        412 | 472 | 473 | 500.. => (
            ErrorClass::Unavailable,
            "Vault cannot answer now: look at `vault status` and at the log of the server".to_owned(),
        ),
        _ => (ErrorClass::BadResponse, NOT_VAULT.to_owned()),
    }
}

/// What Vault says: `{"errors": [...]}`.
#[derive(Deserialize)]
struct Said {
    errors: Vec<String>,
}

impl Said {
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    fn has(&self, words: &str) -> bool {
        self.errors.iter().any(|error| error.contains(words))
    }

    /// On one line, without control characters, and not longer than it need be.
    fn shown(&self) -> String {
        let text = self.errors.join("; ");
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(WORDS_MAX).flat_map(char::escape_debug).collect()
    }
}

/// Whether what came is not HTTP, or ends before it should.
fn is_not_the_protocol(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(source) = next {
        if let Some(http) = source.downcast_ref::<hyper::Error>() {
            return http.is_parse() || http.is_incomplete_message();
        }
        next = source.source();
    }
    false
}
