//! Intents, outcomes, and the idempotency keys that tie a repeated request to them.

use core::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqliteExecutor};

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::audit::{Event, append};
use crate::clock::UnixMillis;
use crate::identity::{KeyId, KeyVersion, RequestId, TenantId};
use crate::storage::{Command, StorageError};

/// What is about to be signed, for whom.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Intent {
    pub request_id: RequestId,
    pub tenant: TenantId,
    pub token_id: String,
    pub key_id: KeyId,
    pub key_version: KeyVersion,
    pub digest: Sha256Digest,
    pub profile: &'static str,
    pub at: UnixMillis,
    pub idempotency: Option<IdempotencyClaim>,
}

/// An `Idempotency-Key` and what was asked with it.
#[derive(Clone, Debug)]
pub struct IdempotencyClaim {
    /// The header's value; it belongs to the tenant.
    pub key: String,
    /// 0 for a single request, from 1 for those of a batch.
    pub item: u32,
    /// SHA-256 of all members of the request that matter, or of the whole batch.
    pub request_sha256: Sha256Digest,
    /// How long a claim holds.
    pub retention: Duration,
}

/// What became of the wish to sign.
#[derive(Clone, Debug)]
pub enum Begun {
    /// The intent is recorded: go on.
    Recorded,
    /// This was signed before: reply with that.
    Replay(Box<SignedRecord>),
    /// The same idempotency key is being worked on.
    InProgress,
    /// The idempotency key was used for another request.
    Conflict,
    /// The version does not sign any more: somebody stopped it after the request was looked at.
    Stopped,
}

/// A signing that ended well.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SignedRecord {
    pub request_id: RequestId,
    pub key_id: KeyId,
    pub key_version: KeyVersion,
    pub signature: Signature,
    pub kms: Duration,
    pub total: Duration,
}

/// An intent that a crash left without an outcome: the provider may have signed.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct UnresolvedIntent {
    pub request_id: RequestId,
    pub key_id: String,
    pub key_version: i64,
    pub digest: Vec<u8>,
    pub at: UnixMillis,
}

impl UnresolvedIntent {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            request_id: RequestId::stored(row.try_get("request_id")?),
            key_id: row.try_get("key_id")?,
            key_version: row.try_get("key_version")?,
            digest: row.try_get("digest")?,
            at: UnixMillis::new(row.try_get("intent_at_ms")?),
        })
    }
}

/// What an earlier request with the same idempotency key came to.
pub(super) enum Earlier {
    /// It was signed.
    Signed(Box<SignedRecord>),
    /// It asked for something else.
    Conflict,
    /// It has an intent and no outcome.
    Open(RequestId),
    /// There was none, or one that failed, is unresolved, or is too old: nothing that binds.
    Nothing,
}

pub(super) async fn earlier<'c>(
    executor: impl SqliteExecutor<'c>,
    tenant: &TenantId,
    claim: &IdempotencyClaim,
    now: UnixMillis,
) -> Result<Earlier, StorageError> {
    // All items: the key binds to one request or one batch, also those items that have not been signed yet.
    let rows = sqlx::query(
        "SELECT i.item, i.request_sha256, s.request_id, s.state, s.key_id, s.key_version, s.signature, s.kms_us, s.total_us \
         FROM idempotency i JOIN signings s USING (request_id) \
         WHERE i.tenant = ? AND i.key = ? AND i.created_at_ms > ?",
    )
    .bind(tenant.as_str())
    .bind(&claim.key)
    .bind(now.before(claim.retention).get())
    .fetch_all(executor)
    .await?;
    let mut same_item = None;
    for row in rows {
        if row.try_get::<&[u8], _>("request_sha256")? != claim.request_sha256.as_bytes() {
            return Ok(Earlier::Conflict);
        }
        if row.try_get::<u32, _>("item")? == claim.item {
            same_item = Some(row);
        }
    }
    let Some(row) = same_item else { return Ok(Earlier::Nothing) };
    let request_id = RequestId::stored(row.try_get("request_id")?);
    match row.try_get("state")? {
        "signed" => Ok(Earlier::Signed(Box::new(signed_record(request_id, &row)?))),
        "intent" => Ok(Earlier::Open(request_id)),
        "failed" | "unresolved" => Ok(Earlier::Nothing),
        state => Err(StorageError::corrupt(format!("signing {request_id} is in the unknown state {state}"))),
    }
}

fn signed_record(request_id: RequestId, row: &SqliteRow) -> Result<SignedRecord, StorageError> {
    let corrupt = |what: &str| StorageError::corrupt(format!("signing {request_id} has an invalid {what}"));
    let microseconds = |column| -> Result<Duration, StorageError> {
        let microseconds: i64 = row.try_get(column)?;
        Ok(Duration::from_micros(u64::try_from(microseconds).map_err(|_| corrupt(column))?))
    };
    Ok(SignedRecord {
        key_id: row.try_get::<&str, _>("key_id")?.parse().map_err(|_| corrupt("key_id"))?,
        key_version: KeyVersion::try_from(row.try_get::<i64, _>("key_version")?).map_err(|_| corrupt("key_version"))?,
        signature: Signature::from_raw(row.try_get("signature")?).map_err(|_| corrupt("signature"))?,
        kms: microseconds("kms_us")?,
        total: microseconds("total_us")?,
        request_id,
    })
}

/// Replaces the claim of a request that failed, is unresolved, or is too old to count.
pub(super) async fn insert_claim(
    connection: &mut SqliteConnection,
    intent: &Intent,
    claim: &IdempotencyClaim,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT OR REPLACE INTO idempotency (tenant, key, item, request_sha256, request_id, created_at_ms) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(intent.tenant.as_str())
    .bind(&claim.key)
    .bind(claim.item)
    .bind(&claim.request_sha256.as_bytes()[..])
    .bind(intent.request_id.as_str())
    .bind(intent.at.get())
    .execute(connection)
    .await?;
    Ok(())
}

/// Records every intent without outcome as unresolved. Only for the process that serves, before it does.
pub(super) struct Recover {
    pub(super) at: UnixMillis,
}

#[async_trait]
impl Command for Recover {
    type Output = Vec<UnresolvedIntent>;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Vec<UnresolvedIntent>, StorageError> {
        let rows = sqlx::query(
            "SELECT request_id, key_id, key_version, digest, intent_at_ms FROM signings WHERE state = 'intent' \
             ORDER BY request_id",
        )
        .fetch_all(&mut *connection)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let intent = UnresolvedIntent::from_row(row)?;
            let event = mark_unresolved(connection, &intent.request_id, self.at).await?;
            append(connection, self.at, &event).await?;
            found.push(intent);
        }
        Ok(found)
    }
}

/// What there is to record of it.
pub(super) async fn mark_unresolved(
    connection: &mut SqliteConnection,
    request_id: &RequestId,
    at: UnixMillis,
) -> Result<Event, StorageError> {
    sqlx::query("UPDATE signings SET state = 'unresolved', outcome_at_ms = ? WHERE request_id = ?")
        .bind(at.get())
        .bind(request_id.as_str())
        .execute(&mut *connection)
        .await?;
    Ok(Event::IntentUnresolved { request_id: request_id.to_string() })
}
