//! What goes wrong with files, and what to do about it.

use core::error::Error;
use std::io;
use std::path::Path;

use age::DecryptError;

use crate::providers::file::sealed_key::SCRYPT_LOG_N_MAX;
use crate::providers::{ErrorClass, ProviderError};

/// Where the folder, the passphrase and the classes are explained.
pub(super) const GUIDE: &str = "docs/guides/file.md";

/// A folder or file of the keystore that cannot be read or written.
pub(super) fn io(doing: &str, path: &Path, error: io::Error) -> ProviderError {
    let (class, remedy) = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            (ErrorClass::Denied, "let the user of the service, and nobody else, read and write this folder")
        }
        io::ErrorKind::NotFound => (ErrorClass::Unavailable, "is the volume with the keys mounted?"),
        _ => (ErrorClass::Unavailable, "look at the disk"),
    };
    ProviderError::new(class, format!("cannot {doing} {}: {remedy}", path.display())).see(GUIDE).with_source(error)
}

/// A key that cannot be created.
pub(super) fn create(path: &Path, error: io::Error) -> ProviderError {
    if error.kind() != io::ErrorKind::AlreadyExists {
        return io("create", path, error);
    }
    let message = format!("{} exists, and keys are never overwritten: use another name or version", path.display());
    ProviderError::new(ErrorClass::Invalid, message).see(GUIDE).with_source(error)
}

/// A key file that cannot be read.
pub(super) fn key_file(path: &Path, error: io::Error) -> ProviderError {
    // A name that goes through a file (`NotADirectory`) names no key either.
    if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        return io("read", path, error);
    }
    let message = format!(
        "there is no key file {}: create the key, restore the file from a backup, or correct providers.file.directory",
        path.display()
    );
    ProviderError::new(ErrorClass::NotFound, message).see(GUIDE).with_source(error)
}

/// A key file that `age` does not open.
pub(super) fn sealed(path: &Path, error: DecryptError) -> ProviderError {
    let denied = |remedy: &str| {
        ProviderError::new(ErrorClass::Denied, format!("{} does not open: {remedy}", path.display())).see(GUIDE)
    };
    match &error {
        // Over scrypt, a wrong passphrase and a changed header cannot be told apart.
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            denied("providers.file.passphrase is not the one that it was made with").with_source(error)
        }
        DecryptError::NoMatchingKeys => {
            denied("it is encrypted to a recipient, and must be to a passphrase (`age --passphrase`)")
                .with_source(error)
        }
        DecryptError::ExcessiveWork { required, .. } => {
            let remedy = format!("it asks for scrypt work 2^{required}, and more than 2^{SCRYPT_LOG_N_MAX} is refused");
            denied(&remedy).with_source(error)
        }
        _ => damaged(path, "is no whole age file", error),
    }
}

/// A file whose content is not what it must be.
pub(super) fn damaged(path: &Path, what: &str, error: impl Error + Send + Sync + 'static) -> ProviderError {
    unfit(path, what).with_source(error)
}

/// A file whose content does not fit the rest.
pub(super) fn unfit(path: &Path, what: &str) -> ProviderError {
    ProviderError::new(ErrorClass::BadResponse, format!("{} {what}: restore the file from a backup", path.display()))
        .see(GUIDE)
}

/// What the cryptography crates refuse, which they never do with keys that we made.
pub(super) fn internal(doing: &str, error: impl Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::BadResponse, format!("cannot {doing}")).with_source(error)
}
