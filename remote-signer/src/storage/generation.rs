//! The number of the newest change to what others keep in memory, in a file beside the database.
//!
//! ```text
//! even ──(a change begins, within its transaction)──▶ odd ──(the transaction has ended)──▶ the next even number
//! ```
//! What was read of the database is still what is there as long as the number is even and the same as before it was
//! read: whoever makes a change, in whichever process, makes it odd before the change can be seen by anybody. Asking is
//! one read of eight bytes, which is a microsecond; asking the database itself is thirty, and a change of threads.
//!
//! A process that dies between the two leaves it odd: nothing is taken from memory then, until the next change or the
//! next start of the service. Changes that are made without this program, with a shell of SQLite, are not seen by a
//! service that runs.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::storage::StorageError;
use crate::storage::directory::private;

/// The name of the file in the directory of the database.
pub(super) const GENERATION_FILE: &str = "generation";

#[derive(Debug)]
pub(super) struct Generation {
    file: File,
    /// Whether this process could not write the number: then it does not believe it either.
    broken: AtomicBool,
}

impl Generation {
    pub(super) fn open(directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join(GENERATION_FILE);
        let file = private(&path).map_err(|source| StorageError::Directory { path, source: Arc::new(source) })?;
        Ok(Self { file, broken: AtomicBool::new(false) })
    }

    /// The number; `None` while somebody makes a change, or if it cannot be read.
    pub(super) fn settled(&self) -> Option<u64> {
        let number = self.read()?;
        (number.is_multiple_of(2) && !self.broken.load(Ordering::Relaxed)).then_some(number)
    }

    /// A change begins. Call it with SQLite's lock held, so that there is one at a time.
    pub(super) fn change(&self) {
        let number = self.read().unwrap_or_default();
        self.write(number.wrapping_add(if number.is_multiple_of(2) { 1 } else { 2 }));
    }

    /// No change is under way.
    pub(super) fn settle(&self) {
        let number = self.read().unwrap_or_default();
        if !number.is_multiple_of(2) {
            self.write(number.wrapping_add(1));
        }
    }

    fn read(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        match self.file.read_at(&mut bytes, 0) {
            // New, and nothing was changed since.
            Ok(0) => Some(0),
            Ok(8) => Some(u64::from_le_bytes(bytes)),
            Ok(_) | Err(_) => None,
        }
    }

    fn write(&self, number: u64) {
        if let Err(error) = self.file.write_all_at(&number.to_le_bytes(), 0)
            && !self.broken.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%error, "cannot write `{GENERATION_FILE}`: nothing is taken from memory until the next start");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Generation;

    #[test]
    fn a_change_by_anybody_is_seen_by_all_before_and_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let [ours, theirs] = [0, 1].map(|_| Generation::open(directory.path()).unwrap());
        let before = ours.settled().unwrap();
        theirs.change();
        assert_eq!(ours.settled(), None);
        theirs.settle();
        let after = ours.settled().unwrap();
        assert!(after > before);
        assert_eq!(theirs.settled(), Some(after));
    }

    #[test]
    fn a_process_that_died_leaves_it_unsettled_until_the_next_change() {
        let directory = tempfile::tempdir().unwrap();
        let dead = Generation::open(directory.path()).unwrap();
        let before = dead.settled().unwrap();
        dead.change();
        drop(dead);
        let next = Generation::open(directory.path()).unwrap();
        assert_eq!(next.settled(), None);
        next.change();
        assert_eq!(next.settled(), None);
        next.settle();
        assert!(next.settled().unwrap() > before);
    }
}
