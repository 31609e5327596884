//! The two steps of a signing, intent and outcome, as many of them as wait for the next commit.

use core::mem;
use core::time::Duration;
use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;
use sqlx::{Row as _, SqliteConnection};

use crate::audit::chain::{Records, insert_records};
use crate::audit::signing::{Earlier, Intent, earlier, insert_claim, mark_unresolved};
use crate::audit::{Begun, Event, Head, IdempotencyClaim, Running, SignedRecord, SigningOutcome};
use crate::clock::UnixMillis;
use crate::encoding::{base64url, hex};
use crate::identity::RequestId;
use crate::storage::{GroupCommand, StorageError, rows};

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
        let mut view = View::of(group, connection).await?;
        // Outcomes before intents, so that a repeated request finds them; within each, in the order of arrival.
        let outcomes = group.iter().filter_map(Ended::of).collect();
        let mut writes = Writes { outcomes, ..Writes::default() };
        if group.iter().any(Self::is_idempotent) {
            writes.execute(connection).await?;
        }
        let mut begun = Vec::with_capacity(group.len());
        for step in group {
            begun.push(match step {
                Self::Begin { intent, running } => match &intent.idempotency {
                    // One after the other: what is decided about one depends on those before it.
                    Some(claim) => {
                        let signs = view.signs(intent);
                        let (begun, lost) = begin_idempotent(intent, claim, running, signs, connection).await?;
                        if let Some(event) = lost {
                            writes.records.append(&mut view.head, intent.at, &event)?;
                        }
                        begun
                    }
                    None if view.signs(intent) => {
                        writes.intents.push(Row::of(intent));
                        Begun::Recorded
                    }
                    None => Begun::Stopped,
                },
                Self::Finish { .. } => Begun::Recorded,
            });
        }
        for (step, begun) in group.iter().zip(&begun) {
            if matches!(begun, Begun::Recorded) {
                let (at, event) = step.event();
                writes.records.append(&mut view.head, at, &event)?;
            }
        }
        writes.execute(connection).await?;
        Ok(begun)
    }
}

impl Step {
    const fn is_idempotent(&self) -> bool {
        matches!(self, Self::Begin { intent, .. } if intent.idempotency.is_some())
    }

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

/// What is decided on, as the transaction sees it: what stops a version is on record before an intent with it, or after.
struct View<'g> {
    head: Head,
    /// When the newest of the intents was made: some wait for the transaction longer than others.
    at: UnixMillis,
    /// The versions of the group that are active (`None`) or draining (until when).
    signing: HashMap<(&'g str, u32), Option<UnixMillis>>,
}

impl<'g> View<'g> {
    /// In one query: each is a way to SQLite's thread and back.
    async fn of(group: &'g [Step], connection: &mut SqliteConnection) -> Result<Self, StorageError> {
        let (mut signing, mut at) = (HashMap::new(), UnixMillis::new(0));
        for step in group {
            if let Step::Begin { intent, .. } = step {
                at = at.max(intent.at);
                signing.insert((intent.key_id.as_str(), intent.key_version.get()), None);
            }
        }
        let wanted: Vec<(&str, u32)> = signing.drain().map(|(name, _)| name).collect();
        let found = sqlx::query(
            "SELECT NULL AS wanted, NULL AS until, seq, hash FROM \
             (SELECT seq, hash FROM audit_records ORDER BY seq DESC LIMIT 1) \
             UNION ALL SELECT wanted.key, draining_until_ms, NULL, NULL FROM json_each(?) AS wanted \
             JOIN key_versions ON key_id = wanted.value ->> 0 AND version = wanted.value ->> 1 \
             WHERE state IN ('active', 'draining')",
        );
        let mut head = Head::EMPTY;
        for row in found.bind(rows(&wanted)?).fetch_all(connection).await? {
            match row.try_get::<Option<i64>, _>("wanted")? {
                None => head = Head::from_row(&row)?,
                Some(number) => {
                    let name = usize::try_from(number).ok().and_then(|number| wanted.get(number));
                    let until = row.try_get::<Option<i64>, _>("until")?.map(UnixMillis::new);
                    signing.extend(name.map(|name| (*name, until)));
                }
            }
        }
        Ok(Self { head, at, signing })
    }

    /// Whether the version signs still.
    fn signs(&self, intent: &Intent) -> bool {
        match self.signing.get(&(intent.key_id.as_str(), intent.key_version.get())) {
            Some(Some(until)) => *until > self.at,
            Some(None) => true,
            None => false,
        }
    }
}

/// And what there is to record of the earlier request with the same idempotency key.
async fn begin_idempotent(
    intent: &Intent,
    claim: &IdempotencyClaim,
    running: &Running,
    signs: bool,
    connection: &mut SqliteConnection,
) -> Result<(Begun, Option<Event>), StorageError> {
    let mut lost = None;
    match earlier(&mut *connection, &intent.tenant, claim, intent.at).await? {
        Earlier::Signed(signed) => return Ok((Begun::Replay(signed), None)),
        Earlier::Conflict => return Ok((Begun::Conflict, None)),
        Earlier::Open(request_id) if running.contains(&request_id) => return Ok((Begun::InProgress, None)),
        // What was signed before is given again; only a new intent needs a version that signs.
        Earlier::Open(_) | Earlier::Nothing if !signs => return Ok((Begun::Stopped, None)),
        // Its outcome could not be recorded. The provider may have signed, and nobody was told.
        Earlier::Open(request_id) => lost = Some(mark_unresolved(connection, &request_id, intent.at).await?),
        Earlier::Nothing => {}
    }
    Writes { intents: vec![Row::of(intent)], ..Writes::default() }.execute(connection).await?;
    insert_claim(connection, intent, claim).await?;
    Ok((Begun::Recorded, lost))
}

/// What is to be written, in one call.
#[derive(Default)]
struct Writes<'g> {
    outcomes: Vec<Ended<'g>>,
    intents: Vec<Row<'g>>,
    records: Records,
}

/// An intent: request, tenant, token, key, version, digest in hex, profile, time.
#[derive(Serialize)]
struct Row<'g>(&'g str, &'g str, &'g str, &'g str, u32, String, &'static str, i64);

impl<'g> Row<'g> {
    fn of(intent: &'g Intent) -> Self {
        Self(
            intent.request_id.as_str(),
            intent.tenant.as_str(),
            &intent.token_id,
            intent.key_id.as_str(),
            intent.key_version.get(),
            hex(intent.digest.as_bytes()),
            intent.profile,
            intent.at.get(),
        )
    }
}

/// How a signing ended: request, time, failure, signature in hex, microseconds in the provider and in all.
#[derive(Serialize)]
struct Ended<'g>(&'g str, i64, Option<&'static str>, Option<String>, Option<i64>, Option<i64>);

impl<'g> Ended<'g> {
    fn of(step: &'g Step) -> Option<Self> {
        let Step::Finish { request_id, at, outcome } = step else { return None };
        let signed = outcome.as_ref().ok();
        let whole = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Some(Self(
            request_id.as_str(),
            at.get(),
            outcome.as_ref().err().copied(),
            signed.map(|signed| hex(signed.signature.as_bytes())),
            signed.map(|signed| whole(signed.kms)),
            signed.map(|signed| whole(signed.total)),
        ))
    }
}

impl Writes<'_> {
    /// Writes all, and is empty then.
    async fn execute(&mut self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let writes = mem::take(self);
        let statements = concat!(
            "UPDATE signings SET state = iif(ended.value ->> 2 IS NULL, 'signed', 'failed'), \
             outcome_at_ms = ended.value ->> 1, failure = ended.value ->> 2, signature = unhex(ended.value ->> 3), \
             kms_us = ended.value ->> 4, total_us = ended.value ->> 5 FROM json_each(?) AS ended \
             WHERE signings.request_id = ended.value ->> 0 AND signings.state = 'intent'; \
             INSERT INTO signings \
             (request_id, tenant, token_id, key_id, key_version, digest, profile, state, intent_at_ms) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5), value ->> 6, \
             'intent', value ->> 7 FROM json_each(?); ",
            insert_records!()
        );
        let written = sqlx::query(statements)
            .bind(rows(&writes.outcomes)?)
            .bind(rows(&writes.intents)?)
            .bind(rows(&writes.records.rows)?)
            .execute(connection)
            .await?
            .rows_affected();
        let rows = writes.outcomes.len() + writes.intents.len() + writes.records.rows.len();
        if written != rows as u64 {
            let named = writes.outcomes.iter().map(|ended| ended.0).collect::<Vec<_>>().join(", ");
            let detail =
                format!("{written} of {rows} rows were written; not all of these have an open intent: {named}");
            return Err(StorageError::corrupt(detail));
        }
        Ok(())
    }
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

    /// What a transition writes, and nothing of what it checks.
    struct Stop(&'static str);

    #[async_trait]
    impl Command for Stop {
        type Output = ();

        async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
            let update = format!("UPDATE {} SET {}", "key_versions", self.0);
            sqlx::query(sqlx::AssertSqlSafe(update)).execute(connection).await?;
            Ok(())
        }
    }

    /// Whoever reads the trail finds no intent behind the record of what stopped the version.
    #[tokio::test]
    async fn nothing_is_begun_with_a_version_that_was_stopped_after_the_request_was_looked_at() {
        let (trail, storage, _directory) = trail().await;
        for (change, recorded) in [
            ("state = 'disabled'", false),
            ("state = 'draining', draining_until_ms = 1", false),
            ("state = 'draining', draining_until_ms = 2", true),
            ("state = 'verify-only', draining_until_ms = NULL", false),
            ("state = 'active'", true),
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

    /// That it was lost is recorded before the new intent, in the same transaction.
    #[tokio::test]
    async fn a_request_whose_outcome_was_lost_begins_again() {
        let (trail, _storage, _directory) = trail().await;
        for number in [1, 2] {
            let begun = trail.begin(intent(number, Some("k")), Running::default()).await.unwrap();
            assert!(matches!(begun, Begun::Recorded), "{begun:?}");
        }
        let lost = trail.unresolved().await.unwrap();
        assert_eq!(lost.iter().map(|lost| &lost.request_id).collect::<Vec<_>>(), [&request(1)]);
        assert_eq!(trail.verify().await.unwrap().seq, 3);
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
        // Also when the version signs no more.
        storage.write(Stop("state = 'disabled'")).await.unwrap();
        let again = trail.begin(intent(4, Some("k")), running.clone()).await.unwrap();
        assert!(matches!(again, Begun::Replay(record) if record.request_id == request(1)));
        assert_eq!(trail.verify().await.unwrap().seq, 2);
    }
}
