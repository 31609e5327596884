//! The only place where a version changes its state: decided, written and audited in one transaction.

use async_trait::async_trait;
use sqlx::{Row as _, SqliteConnection};

use crate::audit::{self, Event};
use crate::clock::UnixMillis;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::change::{Change, Moment, Move, Refusal, decide};
use crate::keys::{KeyEntry, KeyState, Stage, publication};
use crate::storage::{Command, StorageError};

/// Who wants a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// Somebody at the command line.
    CommandLine,
    /// The scheduler of the service.
    Scheduler,
}

impl Actor {
    /// The name in the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "cli",
            Self::Scheduler => "scheduler",
        }
    }
}

/// A change of one version's state, and of those that it takes along.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The key.
    pub key: KeyId,
    /// What is wanted.
    pub change: Change,
    /// Who wants it.
    pub by: Actor,
    /// What is waited for is not waited for, and the trail says so.
    pub force: bool,
    /// Why, for the trail.
    pub reason: Option<String>,
}

/// Applies a [`Transition`].
pub(super) struct Apply {
    pub(super) transition: Transition,
    pub(super) now: UnixMillis,
    pub(super) max_age_ms: i64,
}

#[async_trait]
impl Command for Apply {
    type Output = Result<Vec<Move>, Refusal>;

    async fn apply(self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError> {
        let Transition { key, change, by, force, reason } = &self.transition;
        let versions = versions_with_leaves(connection, key).await?;
        let cached_until = publication::cached_until(connection, self.now, self.max_age_ms).await?;
        let moment = Moment { now: self.now, cached_until };
        let moves = match decide(key, &versions, *change, moment, *force) {
            Ok(moves) => moves,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for step in &moves {
            write(connection, key, step, self.now).await?;
            let until = match step.to {
                KeyState::Announced { activatable_at: at } | KeyState::Draining { until: at } => Some(at.to_string()),
                KeyState::Active | KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => None,
            };
            let event = Event::KeyStateChanged {
                key_id: key.to_string(),
                key_version: step.version.get(),
                from: step.from.name(),
                to: step.to.name(),
                until,
                by: by.name(),
                forced: step.forced,
                reason: reason.clone(),
            };
            audit::append(connection, self.now, &event).await?;
        }
        Ok(Ok(moves))
    }
}

async fn write(
    connection: &mut SqliteConnection,
    key: &KeyId,
    step: &Move,
    now: UnixMillis,
) -> Result<(), StorageError> {
    let (mut activatable_at, mut draining_until, mut activated_at, mut disabled_from) = (None, None, None, None);
    match step.to {
        KeyState::Announced { activatable_at: at } => {
            activatable_at = Some(at.get());
            // The scheduler leaves it to whoever brought it back.
            disabled_from = (step.from == Stage::Disabled).then_some(Stage::Disabled.name());
        }
        KeyState::Draining { until } => draining_until = Some(until.get()),
        KeyState::Active => activated_at = Some(now.get()),
        KeyState::Disabled => disabled_from = Some(step.from.name()),
        // It was not published for a while: rolling back to it waits until caches know it again.
        KeyState::VerifyOnly if step.from == Stage::Disabled => disabled_from = Some(Stage::Disabled.name()),
        KeyState::VerifyOnly | KeyState::Retired => {}
    }
    let changed = sqlx::query(
        "UPDATE key_versions SET state = ?, state_since_ms = ?, activatable_at_ms = ?, draining_until_ms = ?, \
         activated_at_ms = coalesce(?, activated_at_ms), disabled_from = ? \
         WHERE key_id = ? AND version = ? AND state = ?",
    )
    .bind(step.to.name())
    .bind(now.get())
    .bind(activatable_at)
    .bind(draining_until)
    .bind(activated_at)
    .bind(disabled_from)
    .bind(key.as_str())
    .bind(step.version.get())
    .bind(step.from.name())
    .execute(connection)
    .await?;
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    Err(StorageError::corrupt(format!("version {} of key {key} is not {}", step.version, step.from)))
}

/// The versions of a key, oldest first, each with its leaf certificate.
async fn versions_with_leaves(connection: &mut SqliteConnection, key: &KeyId) -> Result<Vec<KeyEntry>, StorageError> {
    let rows = sqlx::query(
        "SELECT v.*, c.der AS leaf FROM key_versions v LEFT JOIN certificates c \
         ON c.key_id = v.key_id AND c.version = v.version AND c.position = 0 WHERE v.key_id = ? ORDER BY v.version",
    )
    .bind(key.as_str())
    .fetch_all(connection)
    .await?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in &rows {
        let leaf: Option<Vec<u8>> = row.try_get("leaf")?;
        versions.push(KeyEntry::from_row(row)?.with_certificates(leaf.into_iter().collect()));
    }
    Ok(versions)
}

/// The versions that are in a state.
#[must_use]
pub fn in_stage(versions: &[KeyEntry], stage: Stage) -> Option<KeyVersion> {
    versions.iter().filter(|entry| entry.state.stage() == stage).map(|entry| entry.version).max()
}
