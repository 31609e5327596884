//! The two steps of a signing, intent and outcome, as many of them as wait for the next commit.

use async_trait::async_trait;
use sqlx::{QueryBuilder, SqliteConnection};

use splitsign_core::ecdsa::Signature;

use crate::audit::chain::append_all;
use crate::audit::signing::{Earlier, Intent, earlier, insert_claim, mark_unresolved};
use crate::audit::{Begun, Event, Running, SignedRecord, SigningOutcome};
use crate::clock::UnixMillis;
use crate::encoding::{base64url, hex};
use crate::identity::RequestId;
use crate::storage::{GroupCommand, StorageError, pieces};

/// A step of a signing.
pub(super) enum Step {
    /// Records an intent, unless its idempotency key says otherwise.
    Begin { intent: Intent, running: Running },
    /// Records how a signing ended: the verified signature with the times it took, or the class of the failure.
    Finish { request_id: RequestId, at: UnixMillis, outcome: Result<SignedRecord, &'static str> },
}

#[async_trait]
impl GroupCommand for Step {
    /// Of an intent, what became of it; of an outcome, nothing that matters.
    type Output = Begun;

    async fn apply(group: &[Self], connection: &mut SqliteConnection) -> Result<Vec<Begun>, StorageError> {
        // Outcomes before intents, so that a repeated request finds them; within each, in the order of arrival.
        record_outcomes(group, connection).await?;
        let begun = begin(group, connection).await?;
        let mut events = Vec::with_capacity(group.len());
        for (step, begun) in group.iter().zip(&begun) {
            if matches!(begun, Begun::Recorded) {
                events.push(step.event());
            }
        }
        append_all(connection, &events).await?;
        Ok(begun)
    }
}

impl Step {
    fn event(&self) -> (UnixMillis, Event) {
        match self {
            Self::Begin { intent, .. } => {
                let event = Event::SignIntent {
                    request_id: intent.request_id.to_string(),
                    tenant: intent.tenant.to_string(),
                    token_id: intent.token_id.clone(),
                    key_id: intent.key_id.to_string(),
                    key_version: intent.key_version.get(),
                    digest: hex(intent.digest.as_bytes()),
                    profile: intent.profile,
                    idempotent: intent.idempotency.is_some(),
                };
                (intent.at, event)
            }
            Self::Finish { request_id, at, outcome } => {
                let outcome = match outcome {
                    Ok(signed) => SigningOutcome::Signed { signature: base64url(signed.signature.as_bytes()) },
                    Err(failure) => SigningOutcome::Failed { failure },
                };
                (*at, Event::SignOutcome { request_id: request_id.to_string(), outcome })
            }
        }
    }
}

/// An answer for every step; that of an outcome says nothing.
async fn begin(group: &[Step], connection: &mut SqliteConnection) -> Result<Vec<Begun>, StorageError> {
    let mut plain = Vec::with_capacity(group.len());
    let mut begun = Vec::with_capacity(group.len());
    for step in group {
        begun.push(match step {
            // One after the other: what is decided about one depends on those before it.
            Step::Begin { intent, running } if intent.idempotency.is_some() => {
                begin_idempotent(intent, running, connection).await?
            }
            Step::Begin { intent, .. } => {
                plain.push(intent);
                Begun::Recorded
            }
            Step::Finish { .. } => Begun::Recorded,
        });
    }
    insert_signings(connection, &plain).await?;
    Ok(begun)
}

async fn begin_idempotent(
    intent: &Intent,
    running: &Running,
    connection: &mut SqliteConnection,
) -> Result<Begun, StorageError> {
    let Some(claim) = &intent.idempotency else { return Ok(Begun::Recorded) };
    match earlier(&mut *connection, &intent.tenant, claim, intent.at).await? {
        Earlier::Signed(signed) => return Ok(Begun::Replay(signed)),
        Earlier::Conflict => return Ok(Begun::Conflict),
        Earlier::Open(request_id) if running.contains(&request_id) => return Ok(Begun::InProgress),
        // Its outcome could not be recorded. The provider may have signed, and nobody was told.
        Earlier::Open(request_id) => mark_unresolved(connection, &request_id, intent.at).await?,
        Earlier::Nothing => {}
    }
    insert_signings(connection, &[intent]).await?;
    insert_claim(connection, intent, claim).await?;
    Ok(Begun::Recorded)
}

async fn insert_signings(connection: &mut SqliteConnection, intents: &[&Intent]) -> Result<(), StorageError> {
    for piece in pieces(intents) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO signings \
             (request_id, tenant, token_id, key_id, key_version, digest, profile, state, intent_at_ms) ",
        );
        insert.push_values(piece, |mut row, intent| {
            row.push_bind(intent.request_id.as_str())
                .push_bind(intent.tenant.as_str())
                .push_bind(intent.token_id.as_str())
                .push_bind(intent.key_id.as_str())
                .push_bind(intent.key_version.get())
                .push_bind(&intent.digest.as_bytes()[..])
                .push_bind(intent.profile)
                .push("'intent'")
                .push_bind(intent.at.get());
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// How a signing ended, as the columns of a row.
struct Ended<'a> {
    request_id: &'a RequestId,
    at: UnixMillis,
    failure: Option<&'static str>,
    signature: Option<&'a Signature>,
    kms_us: Option<i64>,
    total_us: Option<i64>,
}

async fn record_outcomes(group: &[Step], connection: &mut SqliteConnection) -> Result<(), StorageError> {
    let mut ended = Vec::with_capacity(group.len());
    for step in group {
        if let Step::Finish { request_id, at, outcome } = step {
            let signed = outcome.as_ref().ok();
            let whole = |duration: core::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
            ended.push(Ended {
                request_id,
                at: *at,
                failure: outcome.as_ref().err().copied(),
                signature: signed.map(|signed| &signed.signature),
                kms_us: signed.map(|signed| whole(signed.kms)),
                total_us: signed.map(|signed| whole(signed.total)),
            });
        }
    }
    for piece in pieces(&ended) {
        // `VALUES` names its columns so.
        let mut update = QueryBuilder::new(
            "UPDATE signings SET state = iif(ended.column3 IS NULL, 'signed', 'failed'), \
             outcome_at_ms = ended.column2, failure = ended.column3, signature = ended.column4, \
             kms_us = ended.column5, total_us = ended.column6 FROM (",
        );
        update.push_values(piece, |mut row, ended| {
            row.push_bind(ended.request_id.as_str())
                .push_bind(ended.at.get())
                .push_bind(ended.failure)
                .push_bind(ended.signature.map(|signature| &signature.as_bytes()[..]))
                .push_bind(ended.kms_us)
                .push_bind(ended.total_us);
        });
        update.push(") AS ended WHERE signings.request_id = ended.column1 AND signings.state = 'intent'");
        let changed = update.build().execute(&mut *connection).await?.rows_affected();
        if changed != piece.len() as u64 {
            let named = piece.iter().map(|ended| ended.request_id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(StorageError::corrupt(format!("{named}: {changed} of {} have an open intent", piece.len())));
        }
    }
    Ok(())
}
