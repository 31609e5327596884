//! Tokens in storage.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use subtle::ConstantTimeEq as _;

use crate::audit::{self, Event};
use crate::auth::{BearerToken, TokenId, TokenKind};
use crate::clock::UnixMillis;
use crate::identity::{Admin, Caller, KeyId, KeyScope, TenantId};
use crate::storage::{Command, Kept, Storage, StorageError};

/// How many tokens are kept in memory.
const KEPT_TOKENS: u64 = 10_000;

/// The tokens. Those that were shown are kept in memory for as long as nothing is changed: one that is revoked, by this
/// process or another, is refused from the next request on. Clones share them.
#[derive(Clone, Debug)]
pub struct Tokens {
    storage: Storage,
    kept: Arc<Kept<TokenId, Arc<Found>>>,
}

/// What a token is checked against.
struct Found {
    secret_sha256: [u8; 32],
    entry: TokenEntry,
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The token is malformed, unknown, revoked or expired; which of these is not said.
    #[error("the token is not valid")]
    Unauthorized,
    /// It could not be looked up.
    #[error("the token cannot be looked up")]
    Storage(#[from] StorageError),
}

/// Why there is no admin.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is not even a caller.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The token is valid, and not one of an admin.
    #[error("token {token_id} is not one of an admin")]
    NotAdmin {
        /// The token.
        token_id: String,
    },
}

/// Why a token was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is none with this id, or it was revoked before.
    #[error("there is no token {0} that is not revoked; `splitsign token list` shows the ids")]
    NotFound(TokenId),
    /// Storage failed.
    #[error("the token cannot be revoked")]
    Storage(#[from] StorageError),
}

/// What a new token is for.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewToken {
    pub tenant: TenantId,
    pub scope: KeyScope,
    pub label: String,
    pub expires_at: Option<UnixMillis>,
}

/// A token as it is on record, without its secret.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TokenEntry {
    pub id: TokenId,
    pub kind: TokenKind,
    /// Whether it opens the admin interface; that it signs is told by its scope alone.
    pub admin: bool,
    pub tenant: TenantId,
    pub scope: KeyScope,
    pub label: String,
    pub created_at: UnixMillis,
    pub expires_at: Option<UnixMillis>,
    pub revoked_at: Option<UnixMillis>,
}

impl TokenEntry {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_valid(&self, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires| now < expires)
    }
}

impl Tokens {
    /// The tokens in `storage`.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        let kept = Arc::new(Kept::new("tokens", storage.clone(), KEPT_TOKENS));
        Self { storage, kept }
    }

    /// Finds out who shows `presented`, a token for the API.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn authenticate(&self, presented: &str, now: UnixMillis) -> Result<Caller, AuthError> {
        self.authenticate_kind(TokenKind::Api, presented, now).await
    }

    /// The same for a door that opens to another kind of token only.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn authenticate_kind(
        &self,
        kind: TokenKind,
        presented: &str,
        now: UnixMillis,
    ) -> Result<Caller, AuthError> {
        let entry = self.entry_of(kind, presented, now).await?;
        Ok(Caller { token_id: entry.id.as_str().to_owned(), tenant: entry.tenant, scope: entry.scope })
    }

    /// Finds out which admin shows `presented`.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn authenticate_admin(&self, presented: &str, now: UnixMillis) -> Result<Admin, AdminError> {
        let entry = self.entry_of(TokenKind::Api, presented, now).await?;
        let token_id = entry.id.as_str().to_owned();
        if entry.admin { Ok(Admin { token_id }) } else { Err(AdminError::NotAdmin { token_id }) }
    }

    /// What is on record of the token, if it is valid.
    async fn entry_of(&self, kind: TokenKind, presented: &str, now: UnixMillis) -> Result<TokenEntry, AuthError> {
        let token = BearerToken::parse(presented).ok_or(AuthError::Unauthorized)?;
        let found = self.kept.get_or_read(token.id(), self.find(token.id())).await?;
        // An id that does not exist is compared as well, with something that no secret has as its hash.
        let stored = found.as_ref().map_or([0; 32], |found| found.secret_sha256);
        let matches = bool::from(token.secret_sha256().as_bytes()[..].ct_eq(&stored));
        let (Some(found), true) = (found, matches) else { return Err(AuthError::Unauthorized) };
        let entry = found.entry.clone();
        // The kind on record counts: what stands before the id can be written by anybody.
        if entry.kind != kind || token.kind() != kind || !entry.is_valid(now) {
            return Err(AuthError::Unauthorized);
        }
        Ok(entry)
    }

    /// Makes a token for the API. Only its hash is kept: the answer is the only place where the secret is.
    ///
    /// # Errors
    /// [`StorageError`]: there is no such token.
    pub async fn create(&self, new: NewToken, now: UnixMillis) -> Result<BearerToken, StorageError> {
        self.create_kind(TokenKind::Api, new, now).await
    }

    /// The same for a token that opens the admin interface as well. It signs with the keys of its scope, which may be
    /// none.
    ///
    /// # Errors
    /// [`StorageError`]: there is no such token.
    pub async fn create_admin(&self, new: NewToken, now: UnixMillis) -> Result<BearerToken, StorageError> {
        self.record(TokenKind::Api, true, new, now).await
    }

    /// The same for a token of another kind.
    ///
    /// # Errors
    /// [`StorageError`]: there is no such token.
    pub async fn create_kind(
        &self,
        kind: TokenKind,
        new: NewToken,
        now: UnixMillis,
    ) -> Result<BearerToken, StorageError> {
        self.record(kind, false, new, now).await
    }

    async fn record(
        &self,
        kind: TokenKind,
        admin: bool,
        new: NewToken,
        now: UnixMillis,
    ) -> Result<BearerToken, StorageError> {
        let token = BearerToken::generate(kind);
        let secret_sha256 = *token.secret_sha256().as_bytes();
        self.storage.write(Create { id: token.id().clone(), kind, admin, secret_sha256, new, now }).await?;
        Ok(token)
    }

    /// Revokes a token, at once.
    ///
    /// # Errors
    /// [`RevokeError`].
    pub async fn revoke(&self, id: &TokenId, now: UnixMillis) -> Result<(), RevokeError> {
        let revoked = self.storage.write(Revoke { id: id.clone(), now }).await?;
        if revoked { Ok(()) } else { Err(RevokeError::NotFound(id.clone())) }
    }

    /// Every token, oldest first.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn all(&self) -> Result<Vec<TokenEntry>, StorageError> {
        let rows =
            sqlx::query("SELECT * FROM tokens ORDER BY created_at_ms, id").fetch_all(self.storage.readers()).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            entries.push(self.entry(row).await?);
        }
        Ok(entries)
    }

    async fn find(&self, id: &TokenId) -> Result<Option<Arc<Found>>, StorageError> {
        let row = sqlx::query("SELECT * FROM tokens WHERE id = ?").bind(id.as_str());
        let Some(row) = row.fetch_optional(self.storage.readers()).await? else { return Ok(None) };
        let secret_sha256 = row.try_get::<&[u8], _>("secret_sha256")?.try_into();
        let corrupt = |_| StorageError::corrupt(format!("token {id} has a hash that has not 32 bytes"));
        Ok(Some(Arc::new(Found { secret_sha256: secret_sha256.map_err(corrupt)?, entry: self.entry(&row).await? })))
    }

    async fn entry(&self, row: &SqliteRow) -> Result<TokenEntry, StorageError> {
        let id = TokenId::new(row.try_get::<String, _>("id")?);
        let corrupt = |what| StorageError::corrupt(format!("token {id} has an invalid {what}"));
        let time = |column| row.try_get::<Option<i64>, _>(column).map(|time| time.map(UnixMillis::new));
        let scope = if row.try_get::<bool, _>("all_keys")? {
            KeyScope::All
        } else {
            let keys: Vec<String> = sqlx::query_scalar("SELECT key_id FROM token_keys WHERE token_id = ?")
                .bind(id.as_str())
                .fetch_all(self.storage.readers())
                .await?;
            let keys: Result<BTreeSet<KeyId>, _> = keys.iter().map(|key| key.parse()).collect();
            KeyScope::Only(keys.map_err(|_| corrupt("key"))?)
        };
        let kind = row.try_get::<&str, _>("kind")?;
        Ok(TokenEntry {
            admin: row.try_get("admin")?,
            kind: TokenKind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| corrupt("kind"))?,
            tenant: row.try_get::<&str, _>("tenant")?.parse().map_err(|_| corrupt("tenant"))?,
            scope,
            label: row.try_get("label")?,
            created_at: UnixMillis::new(row.try_get("created_at_ms")?),
            expires_at: time("expires_at_ms")?,
            revoked_at: time("revoked_at_ms")?,
            id,
        })
    }
}

struct Create {
    id: TokenId,
    kind: TokenKind,
    admin: bool,
    secret_sha256: [u8; 32],
    new: NewToken,
    now: UnixMillis,
}

#[async_trait]
impl Command for Create {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let NewToken { tenant, scope, label, expires_at } = &self.new;
        sqlx::query(
            "INSERT INTO tokens (id, kind, admin, tenant, secret_sha256, label, all_keys, created_at_ms, expires_at_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.id.as_str())
        .bind(self.kind.name())
        .bind(self.admin)
        .bind(tenant.as_str())
        .bind(&self.secret_sha256[..])
        .bind(label)
        .bind(*scope == KeyScope::All)
        .bind(self.now.get())
        .bind(expires_at.map(UnixMillis::get))
        .execute(&mut *connection)
        .await?;
        let keys = match scope {
            KeyScope::All => None,
            KeyScope::Only(keys) => {
                for key in keys {
                    sqlx::query("INSERT INTO token_keys (token_id, key_id) VALUES (?, ?)")
                        .bind(self.id.as_str())
                        .bind(key.as_str())
                        .execute(&mut *connection)
                        .await?;
                }
                Some(keys.iter().map(KeyId::to_string).collect())
            }
        };
        let event = Event::TokenCreated {
            token_id: self.id.to_string(),
            token_kind: self.kind.name(),
            admin: self.admin,
            tenant: tenant.to_string(),
            label: label.clone(),
            keys,
            expires_at: expires_at.map(|time| time.to_string()),
        };
        audit::append(connection, self.now, &event).await
    }
}

struct Revoke {
    id: TokenId,
    now: UnixMillis,
}

#[async_trait]
impl Command for Revoke {
    type Output = bool;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<bool, StorageError> {
        let revoke = sqlx::query("UPDATE tokens SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL")
            .bind(self.now.get())
            .bind(self.id.as_str());
        if revoke.execute(&mut *connection).await?.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(connection, self.now, &Event::TokenRevoked { token_id: self.id.to_string() }).await?;
        Ok(true)
    }
}
