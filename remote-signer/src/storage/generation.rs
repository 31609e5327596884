//! The number of the newest change to what others keep in memory, in a file beside the database.
//!
//! ```text
//! even ──(a change begins, within its transaction)──▶ odd ──(the transaction has ended)──▶ the next even number
//! ```
//! What was read of the database is still what is there as long as the number is even and the same as before it was
//! read: whoever makes a change, in whichever process, makes it odd before the change can be seen by anybody. Asking is
//! one read of eight bytes, which is a microsecond; asking the database itself is thirty, and a change of threads.
//!
//! A change that begins before an earlier one was settled takes the next odd number, and the earlier one is then not
//! settled any more: its process may come late, when the later change is not committed yet.
//!
//! A process that dies between the two leaves it odd: nothing is taken from memory then, until the next change; the
//! start of the service makes one. Changes that are made without this program, with a shell of SQLite, are not seen by a
//! service that runs.

use alloc::sync::Arc;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::storage::StorageError;
use crate::storage::directory::private;

/// The name of the file in the directory of the database.
pub(super) const GENERATION_FILE: &str = "generation";

/// The odd number that a change began with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ChangeNumber(u64);

#[derive(Debug)]
pub(super) struct Generation {
    file: File,
    /// The lock of the file keeps other processes out, and not the other threads.
    turn: Mutex<()>,
}

impl Generation {
    pub(super) fn open(directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join(GENERATION_FILE);
        let file = private(&path).map_err(|source| StorageError::Directory { path, source: Arc::new(source) })?;
        Ok(Self { file, turn: Mutex::new(()) })
    }

    /// The number; `None` while somebody makes a change, or if it cannot be read.
    pub(super) fn settled(&self) -> Option<u64> {
        let number = self.read()?;
        number.is_multiple_of(2).then_some(number)
    }

    /// A change begins. Call it with SQLite's lock held, so that there is one at a time.
    ///
    /// # Errors
    /// The number cannot be written: then the change must not be made, as nobody would learn of it.
    pub(super) fn change(&self) -> std::io::Result<ChangeNumber> {
        self.alone(|| {
            let number = self.read().unwrap_or_default();
            // Odd, and one that nobody has begun with: whoever is still to settle an earlier change must not settle this.
            let begun = number.wrapping_add(if number.is_multiple_of(2) { 1 } else { 2 });
            self.write(begun).map(|()| ChangeNumber(begun))
        })
    }

    /// The transaction of this change has ended. Another change that began meanwhile settles for both.
    pub(super) fn settle(&self, change: ChangeNumber) {
        let settled = self.alone(|| match self.read() {
            Some(number) if number == change.0 => self.write(number.wrapping_add(1)),
            _ => Ok(()),
        });
        if let Err(error) = settled {
            // It stays odd: slow, and right.
            tracing::warn!(%error, "cannot write `{GENERATION_FILE}`: nothing is taken from memory until the next change");
        }
    }

    /// Reads and writes as one, against all processes and all threads of this one.
    fn alone<T>(&self, work: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
        let _thread = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.lock()?;
        let result = work();
        self.file.unlock()?;
        result
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

    fn write(&self, number: u64) -> std::io::Result<()> {
        self.file.write_all_at(&number.to_le_bytes(), 0)
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
        let change = theirs.change().unwrap();
        assert_eq!(ours.settled(), None);
        theirs.settle(change);
        let after = ours.settled().unwrap();
        assert!(after > before);
        assert_eq!(theirs.settled(), Some(after));
    }

    #[test]
    fn who_settles_late_does_not_settle_the_change_of_another() {
        let directory = tempfile::tempdir().unwrap();
        let [ours, first, second] = [0, 1, 2].map(|_| Generation::open(directory.path()).unwrap());
        let before = ours.settled().unwrap();
        let committed = first.change().unwrap();
        let under_way = second.change().unwrap();
        first.settle(committed);
        assert_eq!(ours.settled(), None, "the second change may be committed any time now");
        second.settle(under_way);
        let after = ours.settled().unwrap();
        assert!(after > before);
        // Nor does it if it comes when all is over.
        first.settle(committed);
        assert_eq!(ours.settled(), Some(after));
    }

    #[test]
    fn a_process_that_died_leaves_it_unsettled_until_the_next_change() {
        let directory = tempfile::tempdir().unwrap();
        let dead = Generation::open(directory.path()).unwrap();
        let before = dead.settled().unwrap();
        dead.change().unwrap();
        drop(dead);
        let next = Generation::open(directory.path()).unwrap();
        assert_eq!(next.settled(), None);
        let change = next.change().unwrap();
        assert_eq!(next.settled(), None);
        next.settle(change);
        assert!(next.settled().unwrap() > before);
    }
}
