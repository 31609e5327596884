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

mod directory;
mod error;
mod migrations;
mod writer;

use alloc::sync::Arc;
use core::time::Duration;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::clock::Clock;

pub use directory::ServeLock;
pub use error::StorageError;
pub use writer::{Command, Statistics};

/// The name of the database in its directory.
pub const DATABASE_FILE: &str = "splitsign.sqlite";

/// How long a statement waits for another process's transaction: those are as long as one flush to disk.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections for reading. Each is a thread; reads take microseconds.
const READERS: u32 = 4;

/// The section `[storage]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
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
    readers: SqlitePool,
    writer: Arc<writer::Writer>,
    directory: Arc<Path>,
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
            .busy_timeout(BUSY_TIMEOUT);
        let mut connection = writer::connect(&options).await?;
        migrations::run(&mut connection, clock.now()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.clone().pragma("query_only", "ON"))
            .await
            .map_err(|source| StorageError::Open { source: Arc::new(source) })?;
        let writer = Arc::new(writer::Writer::start(options, connection));
        Ok(Self { readers, writer, directory: Arc::from(config.directory.as_path()) })
    }

    /// Where the database is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Takes the right to serve this directory, for as long as the answer lives.
    ///
    /// # Errors
    /// [`StorageError::Served`] while another process has it.
    pub fn lock_for_serving(&self) -> Result<ServeLock, StorageError> {
        ServeLock::take(&self.directory)
    }

    /// Connections for reading; what they see is committed.
    #[must_use]
    pub const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Runs a command in a transaction and returns when it is durable.
    ///
    /// # Errors
    /// The command's own, or [`StorageError`] of the commit. Nothing was changed then.
    pub async fn write<C: Command>(&self, command: C) -> Result<C::Output, StorageError> {
        self.writer.write(command).await
    }

    /// How many commands were committed in how many transactions.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.writer.statistics()
    }

    /// Finishes what was handed in and closes the database. Writes that come later fail.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.readers.close().await;
    }
}
