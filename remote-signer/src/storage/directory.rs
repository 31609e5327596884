//! The directory that the database is in, and the lock of the one process that serves it.

use alloc::sync::Arc;
use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::storage::generation::GENERATION_FILE;
use crate::storage::{DATABASE_FILE, StorageError};

const LOCK_FILE: &str = "serve.lock";

/// Files that may hold what is nobody's business; those beside the database are made by SQLite with the mode of it.
const PRIVATE_FILES: [&str; 5] =
    [DATABASE_FILE, "splitsign.sqlite-wal", "splitsign.sqlite-shm", LOCK_FILE, GENERATION_FILE];

/// Makes the directory with mode 0700 and the database with 0600 unless they are there. A directory that others may use
/// is refused, and not changed: it may be one that is there for something else.
pub(super) fn make(path: &Path) -> Result<(), StorageError> {
    let unusable = |source| StorageError::Directory { path: path.to_owned(), source: Arc::new(source) };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
    if path.metadata().map_err(unusable)?.permissions().mode() & 0o007 != 0 {
        return Err(StorageError::Public { path: path.to_owned() });
    }
    private(&path.join(DATABASE_FILE)).map_err(unusable)?;
    for name in PRIVATE_FILES {
        match std::fs::set_permissions(path.join(name), Permissions::from_mode(0o600)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            changed => changed.map_err(unusable)?,
        }
    }
    Ok(())
}

pub(super) fn private(path: &Path) -> std::io::Result<File> {
    File::options().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)
}

/// The right to serve a directory. The operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held for its lock, which goes when it is dropped")] File);

impl ServeLock {
    pub(super) fn take(directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join(LOCK_FILE);
        let unusable = |source| StorageError::Directory { path: path.clone(), source: Arc::new(source) };
        let file = private(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StorageError::Served { path: directory.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }
}
