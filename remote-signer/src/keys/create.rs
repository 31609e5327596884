//! Recording a new key version.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use splitsign_core::x509::Chain;

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::encoding::base64url;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{KeyEntry, KeyState, NewKeyVersion};
use crate::providers::{KeyDescription, ProviderError};
use crate::storage::{Command, StorageError};

/// Why there is no new key version.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The key is there already.
    #[error("key {id} exists (version {latest}); --next-version makes version {} of it", latest.get().saturating_add(1))]
    Exists {
        /// The key.
        id: KeyId,
        /// Its newest version.
        latest: KeyVersion,
    },
    /// A next version of nothing.
    #[error("key {id} does not exist; leave out --next-version to make its first version")]
    Missing {
        /// The key.
        id: KeyId,
    },
    /// Somebody else made a version at the same time.
    #[error("another version of key {id} was made at the same time; look at `splitsign keys show {id}` and try again")]
    Raced {
        /// The key.
        id: KeyId,
    },
    /// The key at the provider is one of an earlier version.
    #[error("key {id} has a version with this very key already; a next version needs another key at the provider")]
    SameKey {
        /// The key.
        id: KeyId,
    },
    /// The provider's certificates are no chain.
    #[error("the provider's certificate chain for key {id} cannot be used")]
    Chain {
        /// The key.
        id: KeyId,
        /// Why.
        #[source]
        source: splitsign_core::Error,
    },
    /// The provider failed.
    #[error("provider {provider} has no key to give")]
    Provider {
        /// Its name in the configuration.
        provider: String,
        /// Why.
        #[source]
        source: ProviderError,
    },
    /// Storage failed.
    #[error("the key cannot be recorded")]
    Storage(#[from] StorageError),
}

/// The version to be made.
pub(super) fn version_after(latest: Option<KeyVersion>, new: &NewKeyVersion) -> Result<KeyVersion, CreateError> {
    match (latest, new.next_version) {
        (None, false) => Ok(KeyVersion::FIRST),
        (None, true) => Err(CreateError::Missing { id: new.id.clone() }),
        (Some(latest), false) => Err(CreateError::Exists { id: new.id.clone(), latest }),
        (Some(latest), true) => latest.next().ok_or_else(|| CreateError::Raced { id: new.id.clone() }),
    }
}

/// Records a version as active; the one before it drains. All of it, with its audit records, or nothing.
pub(super) struct Insert {
    entry: KeyEntry,
    draining_until: UnixMillis,
}

impl Insert {
    pub(super) fn new(
        new: NewKeyVersion,
        version: KeyVersion,
        described: KeyDescription,
        now: UnixMillis,
        draining_until: UnixMillis,
    ) -> Self {
        let entry = KeyEntry {
            id: new.id,
            version,
            state: KeyState::Active,
            provider: new.provider,
            reference: described.reference,
            kid: base64url(described.public_key.jwk_thumbprint().as_bytes()),
            public_key: described.public_key,
            certificate_chain: described.certificate_chain,
            created_at: now,
        };
        Self { entry, draining_until }
    }
}

#[async_trait]
impl Command for Insert {
    type Output = Result<KeyEntry, CreateError>;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError> {
        let (entry, id) = (&self.entry, self.entry.id.as_str());
        if let Err(refused) = check(connection, entry).await? {
            return Ok(Err(refused));
        }
        drain_active(connection, entry, self.draining_until).await?;
        sqlx::query("INSERT OR IGNORE INTO keys (id, tenant, created_at_ms) VALUES (?, ?, ?)")
            .bind(id)
            .bind(entry.id.tenant().as_str())
            .bind(entry.created_at.get())
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "INSERT INTO key_versions (key_id, version, state, provider, reference, spki, kid, created_at_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(entry.version.get())
        .bind(entry.state.name())
        .bind(&entry.provider)
        .bind(entry.reference.as_str())
        .bind(&entry.public_key.to_spki()[..])
        .bind(&entry.kid)
        .bind(entry.created_at.get())
        .execute(&mut *connection)
        .await?;
        for (position, der) in (0_i64..).zip(&entry.certificate_chain) {
            sqlx::query("INSERT INTO certificates (key_id, version, position, der) VALUES (?, ?, ?, ?)")
                .bind(id)
                .bind(entry.version.get())
                .bind(position)
                .bind(der)
                .execute(&mut *connection)
                .await?;
        }
        let event = Event::KeyCreated {
            key_id: entry.id.to_string(),
            key_version: entry.version.get(),
            provider: entry.provider.clone(),
            reference: entry.reference.as_str().to_owned(),
            kid: entry.kid.clone(),
        };
        audit::append(connection, entry.created_at, &event).await?;
        Ok(Ok(self.entry))
    }
}

async fn check(connection: &mut SqliteConnection, entry: &KeyEntry) -> Result<Result<(), CreateError>, StorageError> {
    let id = || entry.id.clone();
    if !entry.certificate_chain.is_empty() {
        let certificates: Vec<&[u8]> = entry.certificate_chain.iter().map(Vec::as_slice).collect();
        if let Err(source) = Chain::from_slices(&certificates) {
            return Ok(Err(CreateError::Chain { id: id(), source }));
        }
    }
    let latest: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM key_versions WHERE key_id = ?")
        .bind(entry.id.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if latest.saturating_add(1) != i64::from(entry.version.get()) {
        return Ok(Err(CreateError::Raced { id: id() }));
    }
    let same: i64 = sqlx::query_scalar("SELECT count(*) FROM key_versions WHERE key_id = ? AND kid = ?")
        .bind(entry.id.as_str())
        .bind(&entry.kid)
        .fetch_one(connection)
        .await?;
    Ok(if same == 0 { Ok(()) } else { Err(CreateError::SameKey { id: id() }) })
}

async fn drain_active(
    connection: &mut SqliteConnection,
    next: &KeyEntry,
    draining_until: UnixMillis,
) -> Result<(), StorageError> {
    let active: Option<i64> = sqlx::query_scalar(
        "UPDATE key_versions SET state = 'draining', draining_until_ms = ? WHERE key_id = ? AND state = 'active' \
         RETURNING version",
    )
    .bind(draining_until.get())
    .bind(next.id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(version) = active else { return Ok(()) };
    let version = KeyVersion::try_from(version).map_err(|error| StorageError::corrupt(error.to_string()))?;
    let event = Event::KeyVersionSuperseded {
        key_id: next.id.to_string(),
        key_version: version.get(),
        draining_until: draining_until.to_string(),
    };
    audit::append(connection, next.created_at, &event).await
}
