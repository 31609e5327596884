//! One task that writes, with group commit.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::storage::StorageError;

/// Commands that may wait for the writer; who comes later waits until there is room.
const QUEUE_COMMANDS: usize = 4096;

/// Commands in one transaction at most, so that the first of them does not wait for long.
const BATCH_COMMANDS: usize = 512;

/// A change of the database: statements that are made together or not at all.
#[async_trait]
pub trait Command: Send + 'static {
    /// What the command finds out.
    type Output: Send + 'static;

    /// Makes the statements. An error undoes those that were made.
    async fn apply(self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError>;
}

/// What the writer has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Commands that became durable.
    pub commands: u64,
    /// Transactions that made them so.
    pub commits: u64,
}

#[derive(Debug, Default)]
struct Counters {
    commands: AtomicU64,
    commits: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    counters: Arc<Counters>,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Command(Box<dyn Pending>),
    Stop,
}

impl Writer {
    pub(super) fn start(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_COMMANDS);
        let counters = Arc::new(Counters::default());
        let task = Task { options, connection: Some(connection), counters: Arc::clone(&counters) };
        Self { queue, counters, task: Mutex::new(Some(tokio::spawn(task.run(messages)))) }
    }

    pub(super) async fn write<C: Command>(&self, command: C) -> Result<C::Output, StorageError> {
        let (reply, answer) = oneshot::channel();
        let pending = Box::new(Waiting { command: Some(command), result: None, reply });
        self.queue.send(Message::Command(pending)).await.map_err(|_| StorageError::Closed)?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            commands: self.counters.commands.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }

    pub(super) async fn stop(&self) {
        // Fails if the task has ended, which is what is wanted.
        drop(self.queue.send(Message::Stop).await);
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the writer ended badly");
        }
    }
}

/// A command whose caller waits, without its type.
#[async_trait]
trait Pending: Send {
    /// Runs the command and keeps what it says; whether its changes are to stay.
    async fn apply(&mut self, connection: &mut SqliteConnection) -> bool;

    /// Tells the caller: the command's own result if the transaction was committed.
    fn answer(self: Box<Self>, committed: &Result<(), StorageError>);
}

struct Waiting<C: Command> {
    command: Option<C>,
    result: Option<Result<C::Output, StorageError>>,
    reply: oneshot::Sender<Result<C::Output, StorageError>>,
}

#[async_trait]
impl<C: Command> Pending for Waiting<C> {
    async fn apply(&mut self, connection: &mut SqliteConnection) -> bool {
        let Some(command) = self.command.take() else { return false };
        let result = command.apply(connection).await;
        let stays = result.is_ok();
        self.result = Some(result);
        stays
    }

    fn answer(self: Box<Self>, committed: &Result<(), StorageError>) {
        let result = match (committed, self.result) {
            // What failed by itself was not part of the transaction, however that ended.
            (_, Some(Err(own))) => Err(own),
            (Ok(()), Some(Ok(output))) => Ok(output),
            (Ok(()), None) => Err(StorageError::Closed),
            (Err(error), _) => Err(error.clone()),
        };
        // Nobody waits any more: the change stays all the same.
        drop(self.reply.send(result));
    }
}

struct Task {
    options: SqliteConnectOptions,
    /// `None` after a doubtful error: the next transaction starts on a fresh one.
    connection: Option<SqliteConnection>,
    counters: Arc<Counters>,
}

impl Task {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut received = Vec::with_capacity(BATCH_COMMANDS);
        let mut stopping = false;
        while !stopping && messages.recv_many(&mut received, BATCH_COMMANDS).await > 0 {
            let mut batch = Vec::with_capacity(received.len());
            for message in received.drain(..) {
                match message {
                    Message::Command(command) => batch.push(command),
                    Message::Stop => {
                        stopping = true;
                        messages.close();
                    }
                }
            }
            self.commit_and_answer(batch).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly; nothing is lost");
        }
    }

    async fn commit_and_answer(&mut self, mut batch: Vec<Box<dyn Pending>>) {
        if batch.is_empty() {
            return;
        }
        let committed = self.commit(&mut batch).await;
        match &committed {
            Ok(()) => {
                self.counters.commits.fetch_add(1, Ordering::Relaxed);
                self.counters.commands.fetch_add(batch.len() as u64, Ordering::Relaxed);
            }
            Err(error) => tracing::error!(error = error as &dyn core::error::Error, "a commit failed"),
        }
        for pending in batch {
            pending.answer(&committed);
        }
    }

    /// One transaction for all. On any doubt the connection is dropped, which rolls back.
    async fn commit(&mut self, batch: &mut [Box<dyn Pending>]) -> Result<(), StorageError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        let committed = transaction(&mut connection, batch).await;
        if committed.is_ok() {
            self.connection = Some(connection);
        }
        committed.map_err(|source| StorageError::Commit { source: Arc::new(source) })
    }
}

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StorageError> {
    options.connect().await.map_err(|source| StorageError::Open { source: Arc::new(source) })
}

async fn transaction(connection: &mut SqliteConnection, batch: &mut [Box<dyn Pending>]) -> Result<(), sqlx::Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for pending in batch {
        sqlx::query("SAVEPOINT command").execute(&mut *connection).await?;
        if !pending.apply(connection).await {
            sqlx::query("ROLLBACK TO command").execute(&mut *connection).await?;
        }
        sqlx::query("RELEASE command").execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Command, Statistics};
    use crate::clock::SystemClock;
    use crate::storage::{Config, Storage, StorageError};
    use async_trait::async_trait;
    use sqlx::SqliteConnection;

    struct Note(&'static str);

    #[async_trait]
    impl Command for Note {
        type Output = i64;

        async fn apply(self, connection: &mut SqliteConnection) -> Result<i64, StorageError> {
            sqlx::query("INSERT INTO keys (id, tenant, created_at_ms) VALUES (?, 't', 0)")
                .bind(self.0)
                .execute(&mut *connection)
                .await?;
            Ok(sqlx::query_scalar("SELECT count(*) FROM keys").fetch_one(connection).await?)
        }
    }

    async fn storage() -> (Storage, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        (Storage::open(&config, &SystemClock::start()).await.unwrap(), directory)
    }

    /// On one thread all writes are handed in before the writer runs, so the count is exact.
    #[tokio::test]
    async fn waiting_writes_share_a_commit_and_a_failing_one_fails_alone() {
        let (storage, _directory) = storage().await;
        let (a, twice, b) = tokio::join!(storage.write(Note("a")), storage.write(Note("a")), storage.write(Note("b")));
        assert_eq!((a.unwrap(), b.unwrap()), (1, 2));
        assert!(matches!(twice, Err(StorageError::Statement { .. })));
        assert_eq!(storage.statistics(), Statistics { commands: 3, commits: 1 });
    }

    #[tokio::test]
    async fn closing_finishes_what_was_handed_in_and_refuses_what_comes_later() {
        let (storage, _directory) = storage().await;
        let ((), write) = tokio::join!(biased; async { tokio::task::yield_now().await; storage.close().await }, storage.write(Note("a")));
        assert!(write.is_ok());
        assert!(matches!(storage.write(Note("b")).await, Err(StorageError::Closed)));
    }

    #[tokio::test]
    async fn one_process_serves() {
        let (storage, _directory) = storage().await;
        let lock = storage.lock_for_serving().unwrap();
        assert!(matches!(storage.lock_for_serving(), Err(StorageError::Served { .. })));
        drop(lock);
        assert!(storage.lock_for_serving().is_ok());
    }
}
