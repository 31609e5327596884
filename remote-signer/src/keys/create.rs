//! Recording a new key version.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use splitsign_core::x509::Chain;

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::encoding::base64url;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::transition::Actor;
use crate::keys::{CertificateFault, KeyEntry, KeyState, NewKeyVersion, Stage, attempt, certificates, publication};
use crate::providers::{KeyDescription, ProviderError};
use crate::storage::{Command, StorageError};

/// Why there is no new key version.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The key is there already.
    #[error("key {id} exists (version {latest}); `splitsign keys announce {id}` makes version {} of it", latest.get().saturating_add(1))]
    Exists {
        /// The key.
        id: KeyId,
        /// Its newest version.
        latest: KeyVersion,
    },
    /// A next version of nothing.
    #[error("key {id} does not exist; `splitsign keys create {id}` makes its first version")]
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
    /// Another version waits to become active.
    #[error(
        "version {version} of key {id} is announced already; activate it, or `splitsign keys retire {id} --key-version {version}`"
    )]
    Announced {
        /// The key.
        id: KeyId,
        /// The version that waits.
        version: KeyVersion,
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
    /// The provider's certificate is not one of the key.
    #[error("the provider's certificate for key {id} {fault}")]
    Certificate {
        /// The key.
        id: KeyId,
        /// Why.
        fault: CertificateFault,
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

/// The number of the version to be made.
pub(super) fn version_after(
    versions: &[KeyEntry],
    new: &NewKeyVersion,
    stage: FirstStage,
) -> Result<KeyVersion, CreateError> {
    let latest = versions.iter().map(|entry| entry.version).max();
    let waiting = versions.iter().find(|entry| entry.state.stage() == Stage::Announced);
    match (latest, new.next_version) {
        (None, false) => Ok(KeyVersion::FIRST),
        (None, true) => Err(CreateError::Missing { id: new.id.clone() }),
        (Some(latest), false) => Err(CreateError::Exists { id: new.id.clone(), latest }),
        (Some(latest), true) => match (waiting, stage) {
            (Some(waiting), FirstStage::Announced) => {
                Err(CreateError::Announced { id: new.id.clone(), version: waiting.version })
            }
            (Some(_), FirstStage::Active) | (None, FirstStage::Announced | FirstStage::Active) => {
                latest.next().ok_or_else(|| CreateError::Raced { id: new.id.clone() })
            }
        },
    }
}

/// Records a version. All of it, with its audit record, or nothing.
pub(super) struct Insert {
    entry: KeyEntry,
    by: Actor,
    max_age_ms: i64,
}

impl Insert {
    /// A version that is active at once, or announced: from when on it may sign is found out in the transaction.
    pub(super) fn new(
        new: NewKeyVersion,
        version: KeyVersion,
        stage: FirstStage,
        described: KeyDescription,
        by: Actor,
        now: UnixMillis,
        max_age_ms: i64,
    ) -> Self {
        let (state, activated_at) = match stage {
            FirstStage::Announced => (KeyState::Announced { activatable_at: now }, None),
            FirstStage::Active => (KeyState::Active, Some(now)),
        };
        let entry = KeyEntry {
            id: new.id,
            version,
            state,
            provider: new.provider,
            reference: described.reference,
            kid: base64url(described.public_key.jwk_thumbprint().as_bytes()),
            public_key: described.public_key,
            certificate_chain: Vec::new(),
            certificate_chain_base64: Vec::new(),
            leaf: None,
            created_at: now,
            state_since: now,
            activated_at,
            disabled_from: None,
        };
        Self { entry: entry.with_certificates(described.certificate_chain), by, max_age_ms }
    }
}

/// What a version starts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FirstStage {
    Announced,
    Active,
}

#[async_trait]
impl Command for Insert {
    type Output = Result<KeyEntry, CreateError>;

    async fn apply(mut self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError> {
        if let Err(refused) = check(connection, &self.entry).await? {
            return Ok(Err(refused));
        }
        let activatable_at = publication::cached_until(connection, self.entry.created_at, self.max_age_ms).await?;
        let announced = match &mut self.entry.state {
            KeyState::Announced { activatable_at: at } => {
                *at = activatable_at;
                Some(activatable_at)
            }
            KeyState::Active
            | KeyState::Draining { .. }
            | KeyState::VerifyOnly
            | KeyState::Retired
            | KeyState::Disabled => None,
        };
        insert(connection, &self.entry, announced).await?;
        certificates::insert(connection, &self.entry).await?;
        attempt::end(connection, &self.entry.id, self.entry.version).await?;
        let entry = &self.entry;
        let event = Event::KeyCreated {
            key_id: entry.id.to_string(),
            key_version: entry.version.get(),
            state: entry.state.name(),
            until: announced.map(|at| at.to_string()),
            by: self.by.name(),
            provider: entry.provider.clone(),
            reference: entry.reference.as_str().to_owned(),
            kid: entry.kid.clone(),
        };
        audit::append(connection, entry.created_at, &event).await?;
        Ok(Ok(self.entry))
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    entry: &KeyEntry,
    announced: Option<UnixMillis>,
) -> Result<(), StorageError> {
    sqlx::query("INSERT OR IGNORE INTO keys (id, tenant, created_at_ms) VALUES (?, ?, ?)")
        .bind(entry.id.as_str())
        .bind(entry.id.tenant().as_str())
        .bind(entry.created_at.get())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO key_versions (key_id, version, state, provider, reference, spki, kid, created_at_ms, \
         state_since_ms, activatable_at_ms, activated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(entry.id.as_str())
    .bind(entry.version.get())
    .bind(entry.state.name())
    .bind(&entry.provider)
    .bind(entry.reference.as_str())
    .bind(&entry.public_key.to_spki()[..])
    .bind(&entry.kid)
    .bind(entry.created_at.get())
    .bind(entry.state_since.get())
    .bind(announced.map(UnixMillis::get))
    .bind(entry.activated_at.map(UnixMillis::get))
    .execute(connection)
    .await?;
    Ok(())
}

async fn check(connection: &mut SqliteConnection, entry: &KeyEntry) -> Result<Result<(), CreateError>, StorageError> {
    let id = || entry.id.clone();
    if !entry.certificate_chain.is_empty() {
        let certificates: Vec<&[u8]> = entry.certificate_chain.iter().map(Vec::as_slice).collect();
        if let Err(source) = Chain::from_slices(&certificates) {
            return Ok(Err(CreateError::Chain { id: id(), source }));
        }
    }
    if let Err(fault @ (CertificateFault::Unreadable | CertificateFault::OtherKey)) =
        entry.check_certificate(entry.created_at)
    {
        return Ok(Err(CreateError::Certificate { id: id(), fault }));
    }
    let latest: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM key_versions WHERE key_id = ?")
        .bind(entry.id.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if latest.saturating_add(1) != i64::from(entry.version.get()) {
        return Ok(Err(CreateError::Raced { id: id() }));
    }
    if entry.state.stage() == Stage::Announced {
        let waiting: Option<i64> = sqlx::query_scalar(
            "SELECT version FROM key_versions WHERE key_id = ? AND state = 'announced' ORDER BY version LIMIT 1",
        )
        .bind(entry.id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(version) = waiting {
            let version = KeyVersion::try_from(version).map_err(|error| StorageError::corrupt(error.to_string()))?;
            return Ok(Err(CreateError::Announced { id: id(), version }));
        }
    }
    let same: i64 = sqlx::query_scalar("SELECT count(*) FROM key_versions WHERE key_id = ? AND kid = ?")
        .bind(entry.id.as_str())
        .bind(&entry.kid)
        .fetch_one(connection)
        .await?;
    Ok(if same == 0 { Ok(()) } else { Err(CreateError::SameKey { id: id() }) })
}
