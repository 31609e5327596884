//! The directory: where each file is, and what is made when.
//!
//! ```text
//! development-ca.age   development-ca.der        the key and the certificate of the development root
//! <tenant>/<name>/<version>.age                  the key: there is a version if and only if there is this file
//! <tenant>/<name>/<version>.chain.der            its certificates, leaf first, one after the other
//! ```
//!
//! Keys are written first and everything that can be made from them after, so that a crash between the two mends
//! itself. Several processes may use one directory. The folder is trusted not to lose files; a file is checked
//! against the others before it is used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use splitsign_core::x509::Chain;
use zeroize::Zeroizing;

use crate::providers::file::development_ca::{self, DevelopmentCa};
use crate::providers::file::reference::{DEVELOPMENT_CA, Location};
use crate::providers::file::sealed_key::{self, Seal};
use crate::providers::file::{durable, error};
use crate::providers::software::SoftwareKey;
use crate::providers::{ErrorClass, ProviderError};

/// The directory, opened. All of its functions block.
#[derive(Debug)]
pub(super) struct Keystore {
    directory: PathBuf,
    seal: Seal,
    now: fn() -> SystemTime,
    ca: DevelopmentCa,
}

impl Keystore {
    /// Opens the directory, and makes it and its development CA if they are not there. A passphrase that is not that
    /// of the directory is found here and not at the first signature.
    pub(super) fn open(
        directory: PathBuf,
        passphrase: &Zeroizing<String>,
        scrypt_log_n: u8,
        now: fn() -> SystemTime,
    ) -> Result<Self, ProviderError> {
        durable::create_folders(&directory).map_err(|e| error::io("create", &directory, e))?;
        let seal = Seal::new(passphrase, scrypt_log_n);
        let ca = open_development_ca(&directory, &seal, now)?;
        Ok(Self { directory, seal, now, ca })
    }

    /// Makes the key of a version that does not exist yet.
    pub(super) fn create(&self, location: &Location) -> Result<SoftwareKey, ProviderError> {
        let path = location.file(&self.directory, "age");
        let folder = path.parent().unwrap_or(&self.directory);
        durable::create_folders(folder).map_err(|e| error::io("create", folder, e))?;
        let key = sealed_key::generate()?;
        self.seal.write_new(&path, &key)?;
        SoftwareKey::new(&key)
    }

    /// The signing key of a version. Where the whole directory is gone, no key is missing: its volume is.
    pub(super) fn read(&self, location: &Location) -> Result<SoftwareKey, ProviderError> {
        let path = location.file(&self.directory, "age");
        if !self.directory.is_dir() {
            return Err(error::io("read", &path, io::Error::from(io::ErrorKind::NotFound)));
        }
        SoftwareKey::new(&self.seal.read(&path)?)
    }

    /// The certificates of a version, leaf first. They are issued now if they never were, or if somebody removed them.
    pub(super) fn chain(&self, location: &Location, key: &SoftwareKey) -> Result<Vec<Vec<u8>>, ProviderError> {
        let path = location.file(&self.directory, "chain.der");
        let bytes = read_or_make(&path, || {
            Ok(self.ca.issue(&location.common_name(), key.verifying_key(), (self.now)())?.concat())
        })?;
        let chain = Chain::from_concatenated(&bytes)
            .map_err(|e| error::damaged(&path, "is not a chain of certificates in DER", e))?;
        let chain: Vec<_> = chain.iter().map(<[u8]>::to_vec).collect();
        match chain.first() {
            Some(leaf) if development_ca::certifies(leaf, key.verifying_key()) => Ok(chain),
            _ => Err(error::unfit(&path, "does not begin with the certificate of its key")),
        }
    }
}

fn open_development_ca(directory: &Path, seal: &Seal, now: fn() -> SystemTime) -> Result<DevelopmentCa, ProviderError> {
    let [key_path, certificate_path] =
        ["age", "der"].map(|extension| directory.join(format!("{DEVELOPMENT_CA}.{extension}")));
    if !key_path.exists() {
        let made = sealed_key::generate().and_then(|key| seal.write_new(&key_path, &key));
        // `Invalid` is "exists": another process was faster, and its key is the one.
        made.or_else(|e| if e.class() == ErrorClass::Invalid { Ok(()) } else { Err(e) })?;
    }
    let key = seal.read(&key_path)?;
    let certificate = read_or_make(&certificate_path, || DevelopmentCa::certificate_for(&key, now()))?;
    DevelopmentCa::open(key, certificate)
        .ok_or_else(|| error::unfit(&certificate_path, "is not the certificate of development-ca.age"))
}

/// Reads a file, or makes it; if two make it at once, both get what the first one wrote.
fn read_or_make(path: &Path, make: impl FnOnce() -> Result<Vec<u8>, ProviderError>) -> Result<Vec<u8>, ProviderError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map_err(|e| error::io("read", path, e)),
    }
    match durable::write_new(path, &make()?) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error::io("create", path, error)),
        _ => fs::read(path).map_err(|e| error::io("read", path, e)),
    }
}
