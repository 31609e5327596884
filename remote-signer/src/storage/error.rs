//! How storage fails.

use alloc::sync::Arc;
use std::path::PathBuf;

/// A failure of storage. Nothing was changed by the operation that reports it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// The directory or a file in it cannot be made or used.
    #[error("cannot use `{path}` for storage; check that it is a directory that this user may write to")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// Another process serves the directory.
    #[error("`{path}` is served by another process; stop it, or set storage.directory to another directory")]
    Served {
        /// Which one.
        path: PathBuf,
    },
    /// Others may use the directory.
    #[error("everybody may use `{path}`: `chmod 700` it, or set storage.directory to one that is made for this")]
    Public {
        /// The directory.
        path: PathBuf,
    },
    /// There is no database to read.
    #[error("there is no database in `{path}`; name its directory with --data or storage.directory")]
    Absent {
        /// The directory.
        path: PathBuf,
    },
    /// The database was opened to be read.
    #[error("the database is open for reading only")]
    ReadOnly,
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open {
        /// Why.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The database was written by a newer splitsign, or a migration was edited.
    #[error("the database does not fit this program: {detail}")]
    Schema {
        /// In what way.
        detail: String,
    },
    /// A statement failed.
    #[error("a statement failed")]
    Statement {
        /// Why.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The transaction could not be committed.
    #[error("the transaction could not be committed")]
    Commit {
        /// Why.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// What is stored makes no sense.
    #[error("the database holds something that was not written by this program: {detail}")]
    Corrupt {
        /// What and where.
        detail: String,
    },
    /// The service stops and takes no more writes.
    #[error("storage is closed")]
    Closed,
}

impl From<sqlx::Error> for StorageError {
    fn from(source: sqlx::Error) -> Self {
        Self::Statement { source: Arc::new(source) }
    }
}

impl StorageError {
    /// Something stored that cannot be.
    #[must_use]
    pub fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }
}
