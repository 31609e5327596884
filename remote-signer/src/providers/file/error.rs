//! What goes wrong with files, and what to do about it.

use std::io;
use std::path::Path;

use crate::providers::{ErrorClass, ProviderError};

/// A failure of the file system.
pub(super) fn io(doing: &str, path: &Path, error: io::Error) -> ProviderError {
    let (class, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorClass::NotFound, "create the key, or restore its file from a backup"),
        io::ErrorKind::PermissionDenied => {
            (ErrorClass::Denied, "let the user of the service read and write this folder")
        }
        io::ErrorKind::AlreadyExists => {
            (ErrorClass::Invalid, "keys are never overwritten: use another name or version")
        }
        _ => (ErrorClass::Unavailable, "look at the disk"),
    };
    ProviderError::new(class, format!("cannot {doing} {}: {remedy}", path.display())).with_source(error)
}

/// Something that the cryptography crates refuse, which they never do with keys that we made.
pub(super) fn internal(doing: &str, error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::BadResponse, format!("cannot {doing}")).with_source(error)
}

/// A key file that does not open, or does not hold a key.
pub(super) fn key_file(path: &Path, error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    let message = format!(
        "{} does not open as a P-256 key: is this the passphrase that it was made with, and is the file whole?",
        path.display()
    );
    ProviderError::new(ErrorClass::Denied, message).with_source(error)
}
