//! The directory that the database is in, and the lock of the one process that serves it.

use alloc::sync::Arc;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use crate::storage::StorageError;

const LOCK_FILE: &str = "serve.lock";

/// Makes the directory with mode 0700 unless it is there.
pub(super) fn make(path: &Path) -> Result<(), StorageError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StorageError::Directory { path: path.to_owned(), source: Arc::new(source) })
}

/// The right to serve a directory. The operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held for its lock, which goes when it is dropped")] File);

impl ServeLock {
    pub(super) fn take(directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join(LOCK_FILE);
        let unusable = |source| StorageError::Directory { path: path.clone(), source: Arc::new(source) };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StorageError::Served { path: directory.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }
}
