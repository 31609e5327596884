//! The handle that the rest of the service records through.

use core::time::Duration;

use async_trait::async_trait;
use splitsign_core::digest::Sha256Digest;
use sqlx::SqliteConnection;

use crate::audit::signing::{Earlier, Recover, earlier};
use crate::audit::steps::Step;
use crate::audit::{
    Begun, Broken, Event, Head, IdempotencyClaim, Intent, Record, Running, SignedRecord, UnresolvedIntent, append,
};
use crate::clock::UnixMillis;
use crate::identity::{RequestId, TenantId};
use crate::storage::{Command, Statistics, Storage, StorageError};

/// Records in one page of a listing or a verification: some hundred kilobytes.
const PAGE_RECORDS: i64 = 1000;

/// The audit trail. Clones share it.
#[derive(Clone, Debug)]
pub struct Trail {
    storage: Storage,
}

/// Why a chain could not be verified to its end.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error("the audit records cannot be read")]
    Storage(#[from] StorageError),
}

impl Trail {
    /// A trail in `storage`.
    #[must_use]
    pub const fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Records something that is no signing.
    ///
    /// # Errors
    /// [`StorageError`]: it was not recorded.
    pub async fn record(&self, at: UnixMillis, event: Event) -> Result<(), StorageError> {
        self.storage.write(Append { at, event }).await
    }

    /// Records that an admin did something, before it is done or before its answer leaves.
    ///
    /// # Errors
    /// [`StorageError`]: it was not recorded, and must not be done.
    pub async fn admin_action(
        &self,
        request_id: &RequestId,
        token_id: &str,
        action: &'static str,
        detail: String,
        at: UnixMillis,
    ) -> Result<(), StorageError> {
        let (request_id, token_id) = (request_id.to_string(), token_id.to_owned());
        self.record(at, Event::AdminAction { request_id, token_id, action, detail }).await
    }

    /// Records an intent, or finds out that its idempotency key was used before. `running` must have the request.
    ///
    /// # Errors
    /// [`StorageError`]: nothing was recorded, the provider must not be called.
    pub async fn begin(&self, intent: Intent, running: Running) -> Result<Begun, StorageError> {
        self.storage.write_in_group(Step::Begin { intent, running }).await
    }

    /// Looks for a signing that was done before with the same idempotency key: before anything else is decided about a
    /// repeated request, as its key may have been superseded since.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn replay(
        &self,
        tenant: &TenantId,
        claim: &IdempotencyClaim,
        now: UnixMillis,
    ) -> Result<Option<SignedRecord>, StorageError> {
        match earlier(self.storage.readers(), tenant, claim, now).await? {
            Earlier::Signed(signed) => Ok(Some(*signed)),
            Earlier::Conflict | Earlier::Open(_) | Earlier::Nothing => Ok(None),
        }
    }

    /// Whether the idempotency key was used for something else.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn conflicts(
        &self,
        tenant: &TenantId,
        claim: &IdempotencyClaim,
        now: UnixMillis,
    ) -> Result<bool, StorageError> {
        Ok(matches!(earlier(self.storage.readers(), tenant, claim, now).await?, Earlier::Conflict))
    }

    /// Records how a signing ended: with a **verified** signature, or in a class of failure.
    ///
    /// # Errors
    /// [`StorageError`]: nothing was recorded, no signature may leave.
    pub async fn finish(
        &self,
        request_id: RequestId,
        at: UnixMillis,
        outcome: Result<SignedRecord, &'static str>,
    ) -> Result<(), StorageError> {
        self.storage.write_in_group(Step::Finish { request_id, at, outcome }).await.map(drop)
    }

    /// Records every intent without outcome as unresolved. Only the process that holds the directory's lock may,
    /// before it serves.
    ///
    /// # Errors
    /// [`StorageError`]: nothing was recorded.
    pub async fn recover(&self, at: UnixMillis) -> Result<Vec<UnresolvedIntent>, StorageError> {
        self.storage.write(Recover { at }).await
    }

    /// The intents whose outcome is not known, oldest first.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn unresolved(&self) -> Result<Vec<UnresolvedIntent>, StorageError> {
        let mut all: Vec<UnresolvedIntent> = Vec::new();
        loop {
            let rows = sqlx::query(
                "SELECT request_id, key_id, key_version, digest, intent_at_ms FROM signings \
                 WHERE state = 'unresolved' AND request_id > ? ORDER BY request_id LIMIT ?",
            )
            .bind(all.last().map(|last| last.request_id.to_string()).unwrap_or_default())
            .bind(PAGE_RECORDS)
            .fetch_all(self.storage.readers())
            .await?;
            if rows.is_empty() {
                return Ok(all);
            }
            for row in &rows {
                all.push(UnresolvedIntent::from_row(row)?);
            }
        }
    }

    /// How many intents have no known outcome: those that a crash left, and those of this process whose outcome could
    /// not be recorded.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn unresolved_count(&self, running: &Running) -> Result<usize, StorageError> {
        let count = sqlx::query_scalar("SELECT count(*) FROM signings WHERE state = 'unresolved'");
        let unresolved: i64 = count.fetch_one(self.storage.readers()).await?;
        let mut lost = self.open_intents().await?;
        lost.retain(|request| !running.contains(request));
        if !lost.is_empty() {
            // Those that ended between the two looks have an outcome now. The others will never have one.
            let open = self.open_intents().await?;
            lost.retain(|request| open.contains(request));
        }
        Ok(usize::try_from(unresolved).unwrap_or(usize::MAX).saturating_add(lost.len()))
    }

    async fn open_intents(&self) -> Result<Vec<RequestId>, StorageError> {
        let open = sqlx::query_scalar("SELECT request_id FROM signings WHERE state = 'intent'");
        let open: Vec<String> = open.fetch_all(self.storage.readers()).await?;
        Ok(open.into_iter().map(RequestId::stored).collect())
    }

    /// The records after `seq`, a page of them; none at the end.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn records_after(&self, seq: i64) -> Result<Vec<Record>, StorageError> {
        let rows =
            sqlx::query("SELECT seq, previous, hash, body FROM audit_records WHERE seq > ? ORDER BY seq LIMIT ?")
                .bind(seq)
                .bind(PAGE_RECORDS)
                .fetch_all(self.storage.readers())
                .await?;
        Ok(rows.iter().map(Record::from_row).collect::<Result<_, _>>()?)
    }

    /// Computes the whole chain again and returns its head.
    ///
    /// # Errors
    /// [`VerifyError::Broken`] at the first record that cannot be believed.
    pub async fn verify(&self) -> Result<Head, VerifyError> {
        let mut head = Head::EMPTY;
        loop {
            let page = self.records_after(head.seq).await?;
            if page.is_empty() {
                return Ok(head);
            }
            for record in &page {
                head = head.follow(record)?;
            }
        }
    }

    /// Computes the last page of the chain again. The record before it is taken as it is: [`Self::verify`] takes nothing.
    ///
    /// # Errors
    /// [`VerifyError::Broken`] at the first record that cannot be believed.
    pub async fn verify_end(&self) -> Result<Head, VerifyError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM audit_records")
            .fetch_one(self.storage.readers())
            .await
            .map_err(StorageError::from)?;
        let before = last.unwrap_or(0).saturating_sub(PAGE_RECORDS).max(0);
        let page = self.records_after(before).await?;
        let mut head = Head::EMPTY;
        if before > 0
            && let Some(first) = page.first()
        {
            let hash = Sha256Digest::from_slice(&first.previous)
                .map_err(|_| Broken { seq: first.seq, what: "its previous hash has not 32 bytes" })?;
            head = Head { seq: before, hash };
        }
        for record in &page {
            head = head.follow(record)?;
        }
        Ok(head)
    }

    /// Forgets idempotency keys that are older than `retention`; how many.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn purge_idempotency(&self, now: UnixMillis, retention: Duration) -> Result<u64, StorageError> {
        self.storage.write(Purge { before: now.before(retention) }).await
    }

    /// What the database's writer has done so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.storage.statistics()
    }

    /// Writes something of no meaning, to find out whether writing works.
    ///
    /// # Errors
    /// [`StorageError`]: it does not.
    pub async fn probe(&self, now: UnixMillis) -> Result<(), StorageError> {
        self.storage.write(Heartbeat { at: now }).await
    }
}

struct Append {
    at: UnixMillis,
    event: Event,
}

#[async_trait]
impl Command for Append {
    type Output = ();
    const CHANGES_WHAT_IS_KEPT: bool = false;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        append(connection, self.at, &self.event).await
    }
}

struct Purge {
    before: UnixMillis,
}

#[async_trait]
impl Command for Purge {
    type Output = u64;
    const CHANGES_WHAT_IS_KEPT: bool = false;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<u64, StorageError> {
        let purge = sqlx::query("DELETE FROM idempotency WHERE created_at_ms <= ?").bind(self.before.get());
        Ok(purge.execute(connection).await?.rows_affected())
    }
}

struct Heartbeat {
    at: UnixMillis,
}

#[async_trait]
impl Command for Heartbeat {
    type Output = ();
    const CHANGES_WHAT_IS_KEPT: bool = false;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let beat = sqlx::query("INSERT OR REPLACE INTO heartbeat (id, at_ms) VALUES (1, ?)").bind(self.at.get());
        beat.execute(connection).await?;
        Ok(())
    }
}
