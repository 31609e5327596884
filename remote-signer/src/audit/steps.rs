//! The two steps of a signing, intent and outcome, as many of them as wait for the next commit.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{QueryBuilder, SqliteConnection};

use splitsign_core::ecdsa::Signature;

use crate::audit::chain::append_all;
use crate::audit::signing::{Earlier, Intent, earlier, insert_claim, mark_unresolved};
use crate::audit::{Begun, Event, Running, SignedRecord, SigningOutcome};
use crate::clock::UnixMillis;
use crate::encoding::{base64url, hex};
use crate::identity::{KeyId, KeyVersion, RequestId};
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

/// Whether the version signs still. Within the transaction: what stops it is on record before this intent, or after.
async fn signs(intent: &Intent, connection: &mut SqliteConnection) -> Result<bool, StorageError> {
    let found = sqlx::query_scalar(
        "SELECT count(*) FROM key_versions WHERE key_id = ? AND version = ? \
         AND (state = 'active' OR (state = 'draining' AND draining_until_ms > ?))",
    )
    .bind(intent.key_id.as_str())
    .bind(intent.key_version.get())
    .bind(intent.at.get());
    let found: i64 = found.fetch_one(connection).await?;
    Ok(found == 1)
}

/// The versions of the group that sign still; each is looked at once, however many want it.
async fn signing_versions<'g>(
    group: &'g [Step],
    connection: &mut SqliteConnection,
) -> Result<HashMap<(&'g KeyId, KeyVersion), bool>, StorageError> {
    let mut versions = HashMap::new();
    for step in group {
        if let Step::Begin { intent, .. } = step {
            let name = (&intent.key_id, intent.key_version);
            if !versions.contains_key(&name) {
                versions.insert(name, signs(intent, connection).await?);
            }
        }
    }
    Ok(versions)
}

/// An answer for every step; that of an outcome says nothing.
async fn begin(group: &[Step], connection: &mut SqliteConnection) -> Result<Vec<Begun>, StorageError> {
    let sign = signing_versions(group, connection).await?;
    let mut plain = Vec::with_capacity(group.len());
    let mut begun = Vec::with_capacity(group.len());
    for step in group {
        begun.push(match step {
            Step::Begin { intent, .. } if sign.get(&(&intent.key_id, intent.key_version)) != Some(&true) => {
                Begun::Stopped
            }
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

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use async_trait::async_trait;
    use splitsign_core::digest::Sha256;
    use splitsign_core::ecdsa::Signature;
    use sqlx::SqliteConnection;

    use crate::audit::{Begun, IdempotencyClaim, Intent, Running, SignedRecord, Trail};
    use crate::clock::{SystemClock, UnixMillis};
    use crate::identity::{KeyVersion, RequestId};
    use crate::storage::{Command, Config, Statistics, Storage, StorageError};

    struct Key;

    #[async_trait]
    impl Command for Key {
        type Output = ();

        async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
            let statements = "INSERT INTO keys (id, tenant, created_at_ms) VALUES ('acme/k', 'acme', 0); \
                INSERT INTO key_versions (key_id, version, state, provider, reference, spki, kid, created_at_ms) \
                VALUES ('acme/k', 1, 'active', 'file', 'file:acme/k/1', x'00', 'kid', 0)";
            sqlx::query(statements).execute(connection).await?;
            Ok(())
        }
    }

    async fn trail() -> (Trail, Storage, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        let storage = Storage::open(&config, &SystemClock::start()).await.unwrap();
        storage.write(Key).await.unwrap();
        (Trail::new(storage.clone()), storage, directory)
    }

    fn request(number: usize) -> RequestId {
        RequestId::stored(format!("{number:032}"))
    }

    fn intent(number: usize, idempotency: Option<&str>) -> Intent {
        Intent {
            request_id: request(number),
            tenant: "acme".parse().unwrap(),
            token_id: "t".to_owned(),
            key_id: "acme/k".parse().unwrap(),
            key_version: KeyVersion::FIRST,
            digest: Sha256::digest(b"x"),
            profile: "raw",
            at: UnixMillis::new(1),
            idempotency: idempotency.map(|key| IdempotencyClaim {
                key: key.to_owned(),
                item: 0,
                request_sha256: Sha256::digest(b"request"),
                retention: Duration::from_secs(1),
            }),
        }
    }

    fn signed(number: usize) -> SignedRecord {
        SignedRecord {
            request_id: request(number),
            key_id: "acme/k".parse().unwrap(),
            key_version: KeyVersion::FIRST,
            signature: Signature::from_raw(&[1; 64]).unwrap(),
            kms: Duration::from_micros(7),
            total: Duration::from_micros(9),
        }
    }

    async fn begin(trail: &Trail, intents: Vec<Intent>) -> Vec<Result<Begun, StorageError>> {
        let mut tasks = Vec::new();
        for intent in intents {
            let trail = trail.clone();
            tasks.push(tokio::spawn(async move { trail.begin(intent, Running::default()).await }));
        }
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    }

    /// On one thread all are handed in before the writer runs, so that the counts are exact.
    #[tokio::test]
    async fn sixty_four_intents_are_one_flush_to_disk_and_so_are_their_outcomes() {
        let (trail, storage, _directory) = trail().await;
        let before = storage.statistics();
        let begun = begin(&trail, (0..64).map(|number| intent(number, None)).collect()).await;
        assert!(begun.iter().all(|begun| matches!(begun, Ok(Begun::Recorded))));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..64 {
            let (trail, outcome) = (trail.clone(), if number == 5 { Err("timeout") } else { Ok(signed(number)) });
            tasks.spawn(async move { trail.finish(request(number), UnixMillis::new(2), outcome).await });
        }
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
        let after = storage.statistics();
        let done = Statistics { commands: after.commands - before.commands, commits: after.commits - before.commits };
        assert_eq!(done, Statistics { commands: 128, commits: 2 });
        assert_eq!(trail.verify().await.unwrap().seq, 128);
        assert!(trail.recover(UnixMillis::new(3)).await.unwrap().is_empty());
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM signings GROUP BY state ORDER BY state")
                .fetch_all(storage.readers())
                .await
                .unwrap();
        assert_eq!(rows, [("failed".to_owned(), 1), ("signed".to_owned(), 63)]);
    }

    #[tokio::test]
    async fn a_step_that_cannot_be_recorded_fails_alone_and_leaves_no_record() {
        let (trail, _storage, _directory) = trail().await;
        let begun = begin(&trail, vec![intent(1, None), intent(1, None), intent(2, None)]).await;
        assert!(matches!(&begun[..], [Ok(Begun::Recorded), Err(_), Ok(Begun::Recorded)]), "{begun:?}");
        assert_eq!(trail.verify().await.unwrap().seq, 2);
        let at = UnixMillis::new(2);
        let (unknown, known) =
            tokio::join!(trail.finish(request(9), at, Ok(signed(9))), trail.finish(request(1), at, Ok(signed(1))));
        assert!(matches!(unknown, Err(StorageError::Corrupt { .. })) && known.is_ok());
        assert!(trail.finish(request(1), at, Ok(signed(1))).await.is_err(), "an outcome is recorded once");
        assert_eq!(trail.verify().await.unwrap().seq, 3);
    }

    struct Stop(&'static str);

    #[async_trait]
    impl Command for Stop {
        type Output = ();

        async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
            sqlx::query(self.0).execute(connection).await?;
            Ok(())
        }
    }

    /// Whoever reads the trail finds no intent behind the record of what stopped the version.
    #[tokio::test]
    async fn nothing_is_begun_with_a_version_that_was_stopped_after_the_request_was_looked_at() {
        let (trail, storage, _directory) = trail().await;
        for (change, recorded) in [
            ("UPDATE key_versions SET state = 'disabled'", false),
            ("UPDATE key_versions SET state = 'draining', draining_until_ms = 1", false),
            ("UPDATE key_versions SET state = 'draining', draining_until_ms = 2", true),
            ("UPDATE key_versions SET state = 'verify-only', draining_until_ms = NULL", false),
            ("UPDATE key_versions SET state = 'active'", true),
        ] {
            storage.write(Stop(change)).await.unwrap();
            let number = usize::try_from(trail.verify().await.unwrap().seq).unwrap() + 10;
            for (number, idempotency) in [(number, None), (number + 100, Some("k"))] {
                let begun = trail.begin(intent(number, idempotency), Running::default()).await.unwrap();
                assert_eq!(matches!(begun, Begun::Recorded), recorded, "{change}: {begun:?}");
                assert_eq!(matches!(begun, Begun::Stopped), !recorded, "{change}: {begun:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_second_of_two_with_one_idempotency_key_finds_the_first_in_the_same_commit() {
        let (trail, storage, _directory) = trail().await;
        let before = storage.statistics().commits;
        let running = Running::default();
        let _guard = running.enter(request(1));
        let (first, second) = tokio::join!(
            trail.begin(intent(1, Some("k")), running.clone()),
            trail.begin(intent(2, Some("k")), running.clone())
        );
        assert!(matches!((first.unwrap(), second.unwrap()), (Begun::Recorded, Begun::InProgress)));
        assert_eq!(storage.statistics().commits - before, 1);
        trail.finish(request(1), UnixMillis::new(2), Ok(signed(1))).await.unwrap();
        let again = trail.begin(intent(3, Some("k")), running.clone()).await.unwrap();
        assert!(matches!(again, Begun::Replay(record) if record.request_id == request(1)));
        assert_eq!(trail.verify().await.unwrap().seq, 2);
    }
}
