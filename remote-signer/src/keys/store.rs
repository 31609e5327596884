//! Keys in storage.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicI64, Ordering};

use sqlx::sqlite::SqliteRow;

use crate::clock::{Clock, UnixMillis};
use crate::identity::{Caller, KeyId, KeyScope, KeyVersion, TenantId};
use crate::keys::attempt::Attempt;
use crate::keys::certificates::Import;
use crate::keys::chain::CheckedChain;
use crate::keys::change::{Change, Moment, Move, Refusal, decide};
use crate::keys::create::{self, CreateError, FirstStage, Insert};
use crate::keys::policy::Policy;
use crate::keys::publication::{self, Promise};
use crate::keys::transition::{Actor, Apply, Transition};
use crate::keys::{CertificateFault, Config, KeyEntry, KeyState, certificates};
use crate::providers::{KeyReference, Provider};
use crate::storage::{CacheUse, Kept, Storage, StorageError};

/// Keys in one page of a list of all.
const PAGE_KEYS: usize = 1000;

/// The keys. Clones share them.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(super) storage: Storage,
    config: Config,
    kept: Arc<KeptKeys>,
}

/// What every signature needs to know of its key, for as long as nothing is changed.
#[derive(Debug)]
pub(super) struct KeptKeys {
    /// With certificates, oldest first.
    versions: Kept<KeyId, Arc<[Arc<KeyEntry>]>>,
    pub(super) policies: Kept<KeyId, Option<Policy>>,
    /// When the scheduler last looked, in milliseconds since 1970; 0 is never.
    rotation_check: AtomicI64,
}

/// A page of keys.
#[derive(Clone, Debug)]
pub struct KeyPage {
    /// The active versions, in order of key, with certificates.
    pub entries: Vec<Arc<KeyEntry>>,
    /// The key to go on after, if there may be more.
    pub next: Option<KeyId>,
}

/// How many versions a provider has to sign with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderUse {
    /// The provider's name, as the versions have it.
    pub provider: String,
    /// Versions that sign or may sign again.
    pub versions: i64,
    /// One of their keys.
    pub example: String,
}

/// A wish for a key version.
#[derive(Clone, Debug)]
pub struct NewKeyVersion {
    /// The key.
    pub id: KeyId,
    /// The name of the provider in the configuration.
    pub provider: String,
    /// A key that exists at the provider, instead of a new one.
    pub existing: Option<KeyReference>,
    /// Whether this is the next version of a key that there is: it is announced, and signs once it is activated.
    pub next_version: bool,
}

/// Which version a request is for.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// This one, and it may sign.
    Ready(Arc<KeyEntry>),
    /// The version that was pinned does not sign any more; this one does.
    Superseded {
        /// The active version.
        active: Arc<KeyEntry>,
    },
    /// The version does not sign.
    Disabled,
    /// The version does not sign yet.
    NotYetActive {
        /// From when on it may be activated.
        activatable_at: UnixMillis,
    },
    /// The version would sign, and its certificate does not let it.
    Certificate(CertificateFault),
    /// The key has no such version.
    NoSuchVersion,
    /// There is no such key.
    NoSuchKey,
}

impl Keys {
    /// The keys in `storage`.
    #[must_use]
    pub fn new(storage: Storage, config: Config) -> Self {
        let versions = Kept::new("keys", storage.clone(), config.cached_keys);
        let policies = Kept::new("policies", storage.clone(), config.cached_keys);
        Self { storage, config, kept: Arc::new(KeptKeys { versions, policies, rotation_check: AtomicI64::new(0) }) }
    }

    pub(super) fn kept(&self) -> &KeptKeys {
        &self.kept
    }

    /// How often keys were in memory.
    #[must_use]
    pub fn cache_use(&self) -> CacheUse {
        self.kept.versions.usage()
    }

    /// When the scheduler of this process last looked at all keys.
    #[must_use]
    pub fn last_rotation_check(&self) -> Option<UnixMillis> {
        let at = self.kept.rotation_check.load(Ordering::Relaxed);
        (at > 0).then(|| UnixMillis::new(at))
    }

    pub(super) fn note_rotation_check(&self, now: UnixMillis) {
        self.kept.rotation_check.store(now.get(), Ordering::Relaxed);
    }

    /// The number of the newest change: what was made of the keys before is good as long as it is the same. `None` while
    /// somebody makes one.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.storage.generation()
    }

    /// The section of the configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Makes a key version at the provider, or looks it up there, and records it. The first version of a key signs at
    /// once: nobody has prepared with the key, and who fetches its descriptor can fetch the key set too. A next version
    /// is announced.
    ///
    /// # Errors
    /// [`CreateError`]. If storage fails after the provider made the key, the key stays there without being used.
    pub async fn create(
        &self,
        new: NewKeyVersion,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<KeyEntry, CreateError> {
        let stage = if new.next_version { FirstStage::Announced } else { FirstStage::Active };
        self.make(new, stage, Actor::CommandLine, provider, clock).await
    }

    /// The same, announced in any case.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn announce(
        &self,
        new: NewKeyVersion,
        by: Actor,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<KeyEntry, CreateError> {
        self.make(new, FirstStage::Announced, by, provider, clock).await
    }

    async fn make(
        &self,
        new: NewKeyVersion,
        stage: FirstStage,
        by: Actor,
        provider: &dyn Provider,
        clock: &dyn Clock,
    ) -> Result<KeyEntry, CreateError> {
        let version = self.next_number(&new, stage).await?;
        let described = match &new.existing {
            Some(reference) => provider.describe_key(reference).await,
            None => {
                let attempt = Attempt { key: new.id.clone(), version, provider: new.provider.clone() };
                attempt.carry_out(&self.storage, provider, clock).await?
            }
        };
        let described = described.map_err(|source| CreateError::Provider { provider: new.provider.clone(), source })?;
        let insert = Insert::new(new, version, stage, described, by, clock.now(), self.max_age_ms());
        self.storage.write(insert).await?
    }

    /// The number that the version would have; what can be refused without asking the provider is refused here.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn number_of_next(&self, new: &NewKeyVersion) -> Result<KeyVersion, CreateError> {
        let stage = if new.next_version { FirstStage::Announced } else { FirstStage::Active };
        self.next_number(new, stage).await
    }

    async fn next_number(&self, new: &NewKeyVersion, stage: FirstStage) -> Result<KeyVersion, CreateError> {
        let versions = self.versions(&new.id).await?;
        create::version_after(&versions, new, stage)
    }

    /// Changes the state of a version, with its audit records.
    ///
    /// # Errors
    /// [`TransitionError`]. Nothing was changed then.
    pub async fn change(&self, transition: Transition, now: UnixMillis) -> Result<Vec<Move>, TransitionError> {
        let moved = self.storage.write(Apply { transition, now, max_age_ms: self.max_age_ms() }).await?;
        Ok(moved?)
    }

    /// What [`Self::change`] would do. Nothing is written.
    ///
    /// # Errors
    /// [`TransitionError`].
    pub async fn preview(
        &self,
        key: &KeyId,
        change: Change,
        force: bool,
        now: UnixMillis,
    ) -> Result<Vec<Move>, TransitionError> {
        let versions = self.with_certificates(self.versions(key).await?).await?;
        let mut connection = self.storage.readers().acquire().await.map_err(StorageError::from)?;
        let cached_until = publication::cached_until(&mut connection, now, self.max_age_ms()).await?;
        Ok(decide(key, &versions, change, Moment { now, cached_until }, force)?)
    }

    /// Puts a chain that was checked against the key in the place of the one that the version has.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn import_chain(
        &self,
        entry: &KeyEntry,
        chain: CheckedChain,
        now: UnixMillis,
    ) -> Result<(), StorageError> {
        let import = Import { key: entry.id.clone(), version: entry.version, chain, now };
        self.storage.write(import).await
    }

    /// Where the keys are.
    pub(super) const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Notes how long copies of what is published may be kept from now on. A service does so when it starts.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn promise_max_age(&self, now: UnixMillis) -> Result<(), StorageError> {
        self.storage.write(Promise { now, max_age_ms: self.max_age_ms() }).await
    }

    fn max_age_ms(&self) -> i64 {
        i64::from(self.config.descriptor_max_age_seconds).saturating_mul(1000)
    }

    /// Finds the version that a request is for: the pinned one, or the active one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn resolve(
        &self,
        id: &KeyId,
        pinned: Option<KeyVersion>,
        now: UnixMillis,
    ) -> Result<Resolution, StorageError> {
        let versions = self.remembered(id).await?;
        let (entry, superseded) = match choose(&versions, pinned, now) {
            Choice::Sign(entry) => (entry, false),
            Choice::Superseded(entry) => (entry, true),
            Choice::Nothing(resolution) => return Ok(resolution),
        };
        if superseded {
            return Ok(Resolution::Superseded { active: entry });
        }
        Ok(match entry.check_certificate(now) {
            Ok(()) => Resolution::Ready(entry),
            Err(fault) => Resolution::Certificate(fault),
        })
    }

    /// Every version of a key with certificates, from memory where it is there.
    async fn remembered(&self, id: &KeyId) -> Result<Arc<[Arc<KeyEntry>]>, StorageError> {
        let read = async {
            let versions = self.versions_with_certificates(id).await?;
            Ok::<_, StorageError>((!versions.is_empty()).then(|| versions.into_iter().map(Arc::new).collect()))
        };
        Ok(self.kept.versions.get_or_read(id, read).await?.unwrap_or_default())
    }

    /// One version with its certificates, whatever its state.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn version(&self, id: &KeyId, version: KeyVersion) -> Result<Option<Arc<KeyEntry>>, StorageError> {
        let versions = self.remembered(id).await?;
        Ok(versions.iter().find(|entry| entry.version == version).map(Arc::clone))
    }

    /// The active version of a key, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_version(&self, id: &KeyId) -> Result<Option<Arc<KeyEntry>>, StorageError> {
        let versions = self.remembered(id).await?;
        Ok(versions.iter().find(|entry| entry.state == KeyState::Active).map(Arc::clone))
    }

    /// The active versions of all keys that `caller` may use, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active(&self, caller: &Caller) -> Result<Vec<Arc<KeyEntry>>, StorageError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.active_page(caller, after.as_ref(), PAGE_KEYS).await?;
            all.extend(page.entries);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The active versions of the keys that `caller` may use, from the one after `after`, `limit` keys at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_page(
        &self,
        caller: &Caller,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<KeyPage, StorageError> {
        let ids: Vec<KeyId> = match &caller.scope {
            KeyScope::All => self.active_ids(Some(&caller.tenant), after, limit).await?,
            KeyScope::Only(keys) => {
                let later = keys.iter().filter(|key| after.is_none_or(|after| key.as_str() > after.as_str()));
                later.filter(|key| caller.may_use(key)).take(limit).cloned().collect()
            }
        };
        self.page(ids, limit).await
    }

    /// The active versions of all keys of all tenants, from the one after `after`, `limit` keys at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn active_of_all(&self, after: Option<&KeyId>, limit: usize) -> Result<KeyPage, StorageError> {
        let ids = self.active_ids(None, after, limit).await?;
        self.page(ids, limit).await
    }

    async fn active_ids(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeyId>, StorageError> {
        // A key is `tenant/name`, and `0` comes after `/`: the index of keys is that of tenants as well.
        let (first, end) = match tenant {
            Some(tenant) => (format!("{tenant}/"), format!("{tenant}0")),
            None => (String::new(), "~".to_owned()),
        };
        let after = after.map_or(first.as_str(), KeyId::as_str).max(first.as_str());
        let ids = sqlx::query_scalar(
            "SELECT key_id FROM key_versions WHERE state = 'active' AND key_id > ? AND key_id < ? \
             ORDER BY key_id LIMIT ?",
        )
        .bind(after)
        .bind(&end)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let ids: Vec<String> = ids.fetch_all(self.storage.readers()).await?;
        let corrupt = |_| StorageError::corrupt("a key has an invalid id");
        ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(corrupt)
    }

    async fn page(&self, ids: Vec<KeyId>, limit: usize) -> Result<KeyPage, StorageError> {
        let mut entries = Vec::with_capacity(ids.len());
        for id in &ids {
            let versions = self.remembered(id).await?;
            entries.extend(versions.iter().find(|entry| entry.state == KeyState::Active).map(Arc::clone));
        }
        let next = if ids.len() < limit { None } else { ids.last().cloned() };
        Ok(KeyPage { entries, next })
    }

    /// The active version at a provider that was made the longest time ago.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn oldest_active(&self, provider: &str) -> Result<Option<KeyEntry>, StorageError> {
        let oldest = sqlx::query(
            "SELECT * FROM key_versions WHERE state = 'active' AND provider = ? ORDER BY created_at_ms LIMIT 1",
        )
        .bind(provider);
        oldest.fetch_optional(self.storage.readers()).await?.as_ref().map(KeyEntry::from_row).transpose()
    }

    /// Which providers the keys are at, in one query.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn providers_in_use(&self) -> Result<Vec<ProviderUse>, StorageError> {
        let rows = sqlx::query_as(
            "SELECT provider, count(*), min(key_id) FROM key_versions WHERE state IN ('announced', 'active', 'draining') \
             GROUP BY provider",
        );
        let rows: Vec<(String, i64, String)> = rows.fetch_all(self.storage.readers()).await?;
        let usage = |(provider, versions, example)| ProviderUse { provider, versions, example };
        Ok(rows.into_iter().map(usage).collect())
    }

    /// Every version that verifiers need: announced, active, draining and verify-only. Without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn published(&self) -> Result<Vec<KeyEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM key_versions WHERE state IN ('announced', 'active', 'draining', 'verify-only') \
             ORDER BY key_id, version DESC",
        )
        .fetch_all(self.storage.readers())
        .await?;
        entries(&rows)
    }

    /// Every version of every key, without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn all(&self) -> Result<Vec<KeyEntry>, StorageError> {
        let query = sqlx::query("SELECT * FROM key_versions ORDER BY key_id, version");
        entries(&query.fetch_all(self.storage.readers()).await?)
    }

    /// Every version of a key, oldest first, without certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn versions(&self, id: &KeyId) -> Result<Vec<KeyEntry>, StorageError> {
        let query = sqlx::query("SELECT * FROM key_versions WHERE key_id = ? ORDER BY version").bind(id.as_str());
        entries(&query.fetch_all(self.storage.readers()).await?)
    }

    /// Every version of a key, oldest first, with certificates.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn versions_with_certificates(&self, id: &KeyId) -> Result<Vec<KeyEntry>, StorageError> {
        self.with_certificates(self.versions(id).await?).await
    }

    async fn with_certificates(&self, entries: Vec<KeyEntry>) -> Result<Vec<KeyEntry>, StorageError> {
        let mut complete = Vec::with_capacity(entries.len());
        for entry in entries {
            let chain = self.certificates(&entry.id, entry.version).await?;
            complete.push(entry.with_certificates(chain));
        }
        Ok(complete)
    }

    async fn certificates(&self, id: &KeyId, version: KeyVersion) -> Result<Vec<Vec<u8>>, StorageError> {
        certificates::read(self.storage.readers(), id, version).await
    }
}

/// A change of state that was not made.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    /// It is not permitted, or not yet.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Storage failed.
    #[error("the change cannot be recorded")]
    Storage(#[from] StorageError),
}

enum Choice {
    Sign(Arc<KeyEntry>),
    Superseded(Arc<KeyEntry>),
    Nothing(Resolution),
}

/// Which of the versions is to sign. Decided by the states alone.
fn choose(versions: &[Arc<KeyEntry>], pinned: Option<KeyVersion>, now: UnixMillis) -> Choice {
    if versions.is_empty() {
        return Choice::Nothing(Resolution::NoSuchKey);
    }
    let active = versions.iter().find(|entry| entry.state == KeyState::Active);
    let wanted = match pinned {
        Some(version) => match versions.iter().find(|entry| entry.version == version) {
            Some(wanted) => Some(wanted),
            None => return Choice::Nothing(Resolution::NoSuchVersion),
        },
        None => active.or_else(|| versions.iter().rfind(|entry| matches!(entry.state, KeyState::Announced { .. }))),
    };
    let Some(wanted) = wanted else { return Choice::Nothing(Resolution::Disabled) };
    match wanted.state.at(now) {
        KeyState::Active | KeyState::Draining { .. } => Choice::Sign(Arc::clone(wanted)),
        KeyState::Announced { activatable_at } => Choice::Nothing(Resolution::NotYetActive { activatable_at }),
        KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => match active {
            Some(active) => Choice::Superseded(Arc::clone(active)),
            None => Choice::Nothing(Resolution::Disabled),
        },
    }
}

fn entries(rows: &[SqliteRow]) -> Result<Vec<KeyEntry>, StorageError> {
    rows.iter().map(KeyEntry::from_row).collect()
}
