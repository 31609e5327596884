//! One task that writes, with group commit.

use alloc::sync::Arc;
use core::any::{Any, TypeId};
use core::mem;
use core::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

use crate::storage::checkpoint::Checkpointer;
use crate::storage::generation::{ChangeNumber, Generation};
use crate::storage::{StorageError, checkpoint};

/// Commands that may wait for the writer; who comes later waits until there is room.
const QUEUE_COMMANDS: usize = 4096;

/// Commands in one transaction at most, so that the first of them does not wait for long.
const BATCH_COMMANDS: usize = 512;

/// A change of the database: statements that are made together or not at all.
#[async_trait]
pub trait Command: Send + 'static {
    /// What the command finds out.
    type Output: Send + 'static;

    /// Whether it changes what somebody may keep in memory ([`Storage::generation`](crate::storage::Storage::generation)).
    const CHANGES_WHAT_IS_KEPT: bool = true;

    /// Makes the statements. An error undoes those that were made.
    async fn apply(self, connection: &mut SqliteConnection) -> Result<Self::Output, StorageError>;
}

/// A change of which many wait at once, and that changes nothing that anybody keeps in memory: they are made together, with as many statements as one of them takes.
#[async_trait]
pub trait GroupCommand: Send + Sync + Sized + 'static {
    /// What the command finds out.
    type Output: Send + 'static;

    /// Makes the statements of all, and answers all in their order. An error undoes those that were made; then each
    /// command is applied by itself, so that the one at fault fails alone.
    async fn apply(group: &[Self], connection: &mut SqliteConnection) -> Result<Vec<Self::Output>, StorageError>;
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
    checkpointer: Checkpointer,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

enum Message {
    Command(Box<dyn Pending>),
    Stop,
}

impl Writer {
    pub(super) fn start(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        generation: Arc<Generation>,
    ) -> Result<Self, StorageError> {
        let (queue, messages) = mpsc::channel(QUEUE_COMMANDS);
        let counters = Arc::new(Counters::default());
        let checkpointer = Checkpointer::start(options.clone());
        let task = Task {
            options,
            connection: Some(connection),
            counters: Arc::clone(&counters),
            checkpoint_due: checkpointer.due(),
            generation,
        };
        Ok(Self { queue, counters, checkpointer, ended: Mutex::new(Some(spawn(task.run(messages))?)) })
    }

    pub(super) async fn write<C: Command>(&self, command: C) -> Result<C::Output, StorageError> {
        let (reply, answer) = oneshot::channel();
        self.queue_and_wait(Box::new(Waiting { command: Some(command), result: None, reply }), answer).await
    }

    pub(super) async fn write_in_group<C: GroupCommand>(&self, command: C) -> Result<C::Output, StorageError> {
        let (reply, answer) = oneshot::channel();
        let group = Group { commands: vec![command], replies: vec![reply], results: Vec::new() };
        self.queue_and_wait(Box::new(group), answer).await
    }

    async fn queue_and_wait<T>(
        &self,
        pending: Box<dyn Pending>,
        answer: oneshot::Receiver<Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
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
        if let Some(ended) = self.ended.lock().await.take()
            && ended.await.is_err()
        {
            tracing::error!("the writer ended badly");
        }
        self.checkpointer.stop().await;
    }
}

/// Where there are threads the writer has one of its own: several times in each transaction it waits for SQLite's, and
/// among the tasks of requests its turn would come after theirs.
fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Result<oneshot::Receiver<()>, StorageError> {
    let (ends, ended) = oneshot::channel();
    let work = async move {
        work.await;
        // Nobody waits if the storage was not closed.
        ends.send(()).unwrap_or_default();
    };
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        drop(tokio::spawn(work));
        return Ok(ended);
    }
    let failed = |source: std::io::Error| StorageError::Open { source: Arc::new(source.into()) };
    let runtime = Builder::new_current_thread().build().map_err(failed)?;
    let thread = std::thread::Builder::new().name("splitsign-writer".to_owned());
    thread.spawn(move || runtime.block_on(work)).map_err(failed)?;
    Ok(ended)
}

/// Commands whose callers wait, without their type.
#[async_trait]
trait Pending: Any + Send {
    /// Runs the command and keeps what it says; whether its changes are to stay.
    async fn apply(&mut self, connection: &mut SqliteConnection) -> bool;

    /// Whether it changes what somebody may keep in memory.
    fn changes_what_is_kept(&self) -> bool {
        false
    }

    /// How many commands are still to be applied each by itself, after they could not be applied together.
    fn to_be_applied_alone(&self) -> usize {
        0
    }

    /// Runs the next one of these.
    async fn apply_alone(&mut self, _connection: &mut SqliteConnection) -> bool {
        false
    }

    /// Takes another one of the same kind in, where that can be; gives it back where it cannot.
    fn join(&mut self, other: Box<dyn Pending>) -> Option<Box<dyn Pending>> {
        Some(other)
    }

    /// How many callers wait.
    fn commands(&self) -> u64 {
        1
    }

    /// Tells the callers: the command's own result if the transaction was committed.
    fn answer(self: Box<Self>, committed: &Result<(), StorageError>);
}

struct Waiting<C: Command> {
    command: Option<C>,
    result: Option<Result<C::Output, StorageError>>,
    reply: oneshot::Sender<Result<C::Output, StorageError>>,
}

#[async_trait]
impl<C: Command> Pending for Waiting<C> {
    fn changes_what_is_kept(&self) -> bool {
        C::CHANGES_WHAT_IS_KEPT
    }

    async fn apply(&mut self, connection: &mut SqliteConnection) -> bool {
        let Some(command) = self.command.take() else { return false };
        let result = command.apply(connection).await;
        let stays = result.is_ok();
        self.result = Some(result);
        stays
    }

    fn answer(self: Box<Self>, committed: &Result<(), StorageError>) {
        reply(self.reply, committed, self.result);
    }
}

fn reply<T>(
    reply: oneshot::Sender<Result<T, StorageError>>,
    committed: &Result<(), StorageError>,
    result: Option<Result<T, StorageError>>,
) {
    let result = match (committed, result) {
        // What failed by itself was not part of the transaction, however that ended.
        (_, Some(Err(own))) => Err(own),
        (Ok(()), Some(Ok(output))) => Ok(output),
        (Ok(()), None) => Err(StorageError::Closed),
        (Err(error), _) => Err(error.clone()),
    };
    // Nobody waits any more: the change stays all the same.
    drop(reply.send(result));
}

/// Commands of one kind that were handed in one after the other.
struct Group<C: GroupCommand> {
    commands: Vec<C>,
    replies: Vec<oneshot::Sender<Result<C::Output, StorageError>>>,
    /// Of the first commands; of all, once all were applied.
    results: Vec<Result<C::Output, StorageError>>,
}

#[async_trait]
impl<C: GroupCommand> Pending for Group<C> {
    async fn apply(&mut self, connection: &mut SqliteConnection) -> bool {
        match C::apply(&self.commands, connection).await {
            Ok(outputs) => self.results.extend(outputs.into_iter().map(Ok)),
            Err(error) if self.commands.len() == 1 => {
                self.results.push(Err(error));
                return false;
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn core::error::Error, "a group of writes is taken apart");
                return false;
            }
        }
        true
    }

    fn to_be_applied_alone(&self) -> usize {
        self.commands.len().saturating_sub(self.results.len())
    }

    async fn apply_alone(&mut self, connection: &mut SqliteConnection) -> bool {
        let Some(command) = self.commands.get(self.results.len()..).and_then(|rest| rest.get(..1)) else {
            return false;
        };
        let result = C::apply(command, connection).await.and_then(|mut outputs| {
            outputs.pop().ok_or_else(|| StorageError::corrupt("a command that answers nothing"))
        });
        let stays = result.is_ok();
        self.results.push(result);
        stays
    }

    fn join(&mut self, other: Box<dyn Pending>) -> Option<Box<dyn Pending>> {
        if (*other).type_id() != TypeId::of::<Self>() {
            return Some(other);
        }
        if let Ok(mut other) = (other as Box<dyn Any>).downcast::<Self>() {
            self.commands.append(&mut other.commands);
            self.replies.append(&mut other.replies);
        }
        None
    }

    fn commands(&self) -> u64 {
        self.commands.len() as u64
    }

    fn answer(mut self: Box<Self>, committed: &Result<(), StorageError>) {
        let mut results = mem::take(&mut self.results).into_iter();
        for sender in self.replies {
            reply(sender, committed, results.next());
        }
    }
}

struct Task {
    options: SqliteConnectOptions,
    /// `None` after a doubtful error: the next transaction starts on a fresh one.
    connection: Option<SqliteConnection>,
    counters: Arc<Counters>,
    checkpoint_due: Arc<Notify>,
    generation: Arc<Generation>,
}

impl Task {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut received = Vec::with_capacity(BATCH_COMMANDS);
        let mut stopping = false;
        while !stopping && messages.recv_many(&mut received, BATCH_COMMANDS).await > 0 {
            let mut batch: Vec<Box<dyn Pending>> = Vec::new();
            for message in received.drain(..) {
                match message {
                    Message::Command(command) => {
                        let alone = match batch.last_mut() {
                            Some(last) => last.join(command),
                            None => Some(command),
                        };
                        batch.extend(alone);
                    }
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
        let mut begun = None;
        let committed = self.commit(&mut batch, &mut begun).await;
        match &committed {
            Ok(()) => {
                self.counters.commits.fetch_add(1, Ordering::Relaxed);
                let commands: u64 = batch.iter().map(|pending| pending.commands()).sum();
                let before = self.counters.commands.fetch_add(commands, Ordering::Relaxed);
                if before / checkpoint::COMMANDS != (before + commands) / checkpoint::COMMANDS {
                    self.checkpoint_due.notify_one();
                }
            }
            Err(error) => tracing::error!(error = error as &dyn core::error::Error, "a commit failed"),
        }
        // Before anybody is told: who is told that a change was made does not get what was there before it.
        if let Some(change) = begun {
            self.generation.settle(change);
        }
        for pending in batch {
            pending.answer(&committed);
        }
    }

    /// One transaction for all. On any doubt the connection is dropped, which rolls back.
    async fn commit(
        &mut self,
        batch: &mut [Box<dyn Pending>],
        begun: &mut Option<ChangeNumber>,
    ) -> Result<(), StorageError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        let committed = transaction(&mut connection, batch, &self.generation, begun).await;
        if committed.is_ok() {
            self.connection = Some(connection);
        }
        committed.map_err(|source| StorageError::Commit { source: Arc::new(source) })
    }
}

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StorageError> {
    options.connect().await.map_err(|source| StorageError::Open { source: Arc::new(source) })
}

async fn transaction(
    connection: &mut SqliteConnection,
    batch: &mut [Box<dyn Pending>],
    generation: &Generation,
    begun: &mut Option<ChangeNumber>,
) -> Result<(), sqlx::Error> {
    // Each call is a way to SQLite's thread and back, so that statements which need no answer go together.
    let mut savepoint = "BEGIN IMMEDIATE; SAVEPOINT command";
    for pending in batch {
        sqlx::query(savepoint).execute(&mut *connection).await?;
        if pending.changes_what_is_kept() {
            *begun = Some(generation.change()?);
        }
        if !pending.apply(connection).await {
            sqlx::query("ROLLBACK TO command").execute(&mut *connection).await?;
            for _ in 0..pending.to_be_applied_alone() {
                let end = if pending.apply_alone(connection).await {
                    "RELEASE command; SAVEPOINT command"
                } else {
                    "ROLLBACK TO command"
                };
                sqlx::query(end).execute(&mut *connection).await?;
            }
        }
        savepoint = "RELEASE command; SAVEPOINT command";
    }
    sqlx::query("RELEASE command; COMMIT").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Command, GroupCommand, Statistics};
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

    /// Counts the statements that it takes; `bad` breaks the database's rules.
    struct Mark(&'static str);

    #[async_trait]
    impl GroupCommand for Mark {
        type Output = usize;

        async fn apply(group: &[Self], connection: &mut SqliteConnection) -> Result<Vec<usize>, StorageError> {
            for mark in group {
                Note(mark.0).apply(&mut *connection).await?;
            }
            Ok(vec![group.len(); group.len()])
        }
    }

    #[tokio::test]
    async fn what_waits_of_one_kind_is_applied_together_and_taken_apart_only_for_the_one_at_fault() {
        let (storage, _directory) = storage().await;
        let mark = |name| storage.write_in_group(Mark(name));
        let (a, b, c) = tokio::join!(mark("a"), mark("b"), mark("c"));
        assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (3, 3, 3));
        let (d, twice, e) = tokio::join!(mark("d"), mark("a"), mark("e"));
        assert_eq!((d.unwrap(), e.unwrap()), (1, 1));
        assert!(matches!(twice, Err(StorageError::Statement { .. })));
        assert_eq!(storage.statistics(), Statistics { commands: 6, commits: 2 });
        assert_eq!(storage.write(Note("f")).await.unwrap(), 6, "what failed left nothing behind");
    }

    #[tokio::test]
    async fn groups_keep_their_place_among_others() {
        let (storage, _directory) = storage().await;
        let mark = |name| storage.write_in_group(Mark(name));
        let (a, b, c) = tokio::join!(mark("a"), storage.write(Note("b")), mark("c"));
        assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (1, 2, 1));
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
