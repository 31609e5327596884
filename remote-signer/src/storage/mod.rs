//! The database: SQLite, one writer, many readers. Imports nothing of ours but the clock.
//!
//! # Contract
//! - **Durability.** When [`Storage::write`] returns `Ok`, the change is on disk: WAL with `synchronous=FULL`, so a
//!   power cut after it loses nothing. When it returns an error, the change was not made.
//! - **Group commit.** All writes that wait while a commit is under way go into the next one together: the cost of a
//!   flush to disk is shared. Each has its own savepoint, so one that fails does not take the others with it. If the
//!   commit itself fails, all of its writes fail and the connection is made anew: nothing is assumed of its state.
//! - **Concurrency.** Writes of this process are in the order in which they were handed in. Other processes (the command line
//!   beside a server) may write too; SQLite's lock keeps them apart, and everything that a command decides on is
//!   read within its own transaction.
//! - **No retries.** A write that fails is answered with its error.

mod checkpoint;
mod directory;
mod error;
mod generation;
mod kept;
mod migrations;
mod rows;
mod writer;

use alloc::sync::Arc;
use core::time::Duration;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::clock::Clock;
use generation::Generation;

pub use directory::ServeLock;
pub use error::StorageError;
pub use kept::{CacheUse, Kept};
pub use rows::rows;
pub use writer::{Command, GroupCommand, Statistics};

/// The name of the database in its directory.
pub const DATABASE_FILE: &str = "splitsign.sqlite";

/// How long a statement waits for another process's transaction: those are as long as one flush to disk.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections for reading. Each is a thread; reads take microseconds.
const READERS: u32 = 4;

/// The section `[storage]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The directory of the database, made with mode 0700 if it is not there. Default `splitsign-data`, in the
    /// directory that the process is started in. Prevents two services on one database: only one may serve it.
    pub directory: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self { directory: PathBuf::from("splitsign-data") }
    }
}

/// A handle on the database. Clones share it.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Behind one count: whoever handles a request has some clones of this.
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    readers: SqlitePool,
    /// `None` if it was opened to be read.
    writer: Option<writer::Writer>,
    directory: PathBuf,
    /// `None` if it was opened to be read.
    generation: Option<Arc<Generation>>,
}

impl Storage {
    /// Opens the database, after making or updating it where needed.
    ///
    /// # Errors
    /// [`StorageError`] where the directory or the database cannot be made, opened, or is of a newer version.
    pub async fn open(config: &Config, clock: &dyn Clock) -> Result<Self, StorageError> {
        directory::make(&config.directory)?;
        let options = SqliteConnectOptions::new()
            .filename(config.directory.join(DATABASE_FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What a savepoint may have to undo: in a file, it would be made and removed, which the next flush pays for.
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", checkpoint::LOG_PAGES)
            .busy_timeout(BUSY_TIMEOUT);
        let mut connection = writer::connect(&options).await?;
        migrations::run(&mut connection, clock.now()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file in this machine does not hang up.
            .test_before_acquire(false)
            .connect_with(options.clone().pragma("query_only", "ON"))
            .await
            .map_err(|source| StorageError::Open { source: Arc::new(source) })?;
        let generation = Arc::new(Generation::open(&config.directory)?);
        let writer = Some(writer::Writer::start(options, connection, Arc::clone(&generation))?);
        let directory = config.directory.clone();
        let parts = Parts { readers, writer, directory, generation: Some(generation) };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Opens a database that is there, to read it: nothing is made, so a copy in a directory that cannot be written to
    /// will do.
    ///
    /// # Errors
    /// [`StorageError::Absent`], or where it cannot be opened or is of another version.
    pub async fn open_to_read(config: &Config) -> Result<Self, StorageError> {
        let file = config.directory.join(DATABASE_FILE);
        if !file.exists() {
            return Err(StorageError::Absent { path: config.directory.clone() });
        }
        let options = SqliteConnectOptions::new().filename(&file).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let log = config.directory.join(format!("{DATABASE_FILE}-wal"));
        let readers = match Self::readers_with(options.clone()).await {
            // SQLite wants to make its files beside the database. Where it cannot, nobody else writes, and if there is
            // nothing in the log the database alone is the whole.
            Err(_) if std::fs::metadata(log).map_or(true, |log| log.len() == 0) => {
                Self::readers_with(options.immutable(true)).await?
            }
            opened => opened?,
        };
        let parts = Parts { readers, writer: None, directory: config.directory.clone(), generation: None };
        Ok(Self { parts: Arc::new(parts) })
    }

    async fn readers_with(options: SqliteConnectOptions) -> Result<SqlitePool, StorageError> {
        let pool = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await;
        let readers = pool.map_err(|source| StorageError::Open { source: Arc::new(source) })?;
        migrations::check(&readers).await?;
        Ok(readers)
    }

    /// Where the database is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.parts.directory
    }

    /// Takes the right to serve this directory, for as long as the answer lives.
    ///
    /// # Errors
    /// [`StorageError::Served`] while another process has it.
    pub fn lock_for_serving(&self) -> Result<ServeLock, StorageError> {
        ServeLock::take(&self.parts.directory)
    }

    /// The number of the newest change to keys, tokens and all else that is not a step of a signing, by any process:
    /// what was read since the number was this one is still so. `None` if nobody can say.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.parts.generation.as_ref()?.settled()
    }

    /// Connections for reading; what they see is committed.
    #[must_use]
    pub fn readers(&self) -> &SqlitePool {
        &self.parts.readers
    }

    /// Runs a command in a transaction and returns when it is durable.
    ///
    /// # Errors
    /// The command's own, or [`StorageError`] of the commit. Nothing was changed then.
    pub async fn write<C: Command>(&self, command: C) -> Result<C::Output, StorageError> {
        let writer = self.parts.writer.as_ref().ok_or(StorageError::ReadOnly)?;
        writer.write(command).await
    }

    /// The same for a command of which many wait at once.
    ///
    /// # Errors
    /// The command's own, or [`StorageError`] of the commit. Nothing was changed then.
    pub async fn write_in_group<C: GroupCommand>(&self, command: C) -> Result<C::Output, StorageError> {
        let writer = self.parts.writer.as_ref().ok_or(StorageError::ReadOnly)?;
        writer.write_in_group(command).await
    }

    /// How many commands were committed in how many transactions.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.parts.writer.as_ref().map(|writer| writer.statistics()).unwrap_or_default()
    }

    /// Finishes what was handed in and closes the database. Writes that come later fail.
    pub async fn close(&self) {
        if let Some(writer) = &self.parts.writer {
            writer.stop().await;
        }
        self.parts.readers.close().await;
    }
}
