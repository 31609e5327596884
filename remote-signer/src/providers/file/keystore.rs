//! The files: where each one is, how it is written so that no crash leaves half of it, how it is read.

use core::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use p256::SecretKey;
use p256::ecdsa::SigningKey;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use zeroize::Zeroizing;

use crate::providers::file::development_ca::{self, DevelopmentCa};
use crate::providers::file::error;
use crate::providers::{ErrorClass, KeyReference, ProviderError};

/// More than this is a mistake, or an attack with a file that takes hours to open.
pub(super) const SCRYPT_LOG_N_MAX: u8 = 20;

/// A key file has a few hundred bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Which key version: `tenant/name/version`. Every part is checked, so that it cannot leave the directory.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Location {
    tenant: String,
    name: String,
    version: u32,
}

impl Location {
    pub(super) fn new(key_id: &str, version: u32) -> Result<Self, ProviderError> {
        let invalid = || {
            let message = format!(
                "`{key_id}` version {version} is no name for a key file: it must be tenant/name of 1 to 64 \
                 letters a-z, digits, `.`, `_` or `-`, starting with a letter or digit, and the version from 1"
            );
            ProviderError::new(ErrorClass::Invalid, message)
        };
        match key_id.split_once('/') {
            Some((tenant, name)) if is_name(tenant) && is_name(name) && version > 0 => {
                Ok(Self { tenant: tenant.to_owned(), name: name.to_owned(), version })
            }
            _ => Err(invalid()),
        }
    }

    /// From `file:tenant/name/version`.
    pub(super) fn parse(reference: &KeyReference) -> Result<Self, ProviderError> {
        let parsed = reference.as_str().strip_prefix("file:").and_then(|path| {
            let (key_id, version) = path.rsplit_once('/')?;
            let number = version.parse().ok().filter(|number: &u32| number.to_string() == version)?;
            Self::new(key_id, number).ok()
        });
        parsed.ok_or_else(|| {
            let message =
                format!("`{}` is no reference of this provider: write file:tenant/name/version", reference.as_str());
            ProviderError::new(ErrorClass::Invalid, message)
        })
    }

    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(format!("file:{}/{}/{}", self.tenant, self.name, self.version))
    }

    fn file(&self, directory: &Path, extension: &str) -> PathBuf {
        directory.join(&self.tenant).join(&self.name).join(format!("{}.{extension}", self.version))
    }
}

fn is_name(part: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'_' | b'-');
    (1..=64).contains(&part.len())
        && part.bytes().all(allowed)
        && part.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// The directory and what opens it.
pub(super) struct Keystore {
    directory: PathBuf,
    passphrase: SecretString,
    scrypt_log_n: u8,
    ca: development_ca::Lock,
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Keystore {
    pub(super) fn open(
        directory: PathBuf,
        passphrase: Zeroizing<String>,
        scrypt_log_n: u8,
    ) -> Result<Self, ProviderError> {
        create_folders(&directory)?;
        let passphrase = SecretString::from(passphrase.as_str());
        Ok(Self { directory, passphrase, scrypt_log_n, ca: development_ca::Lock::default() })
    }

    /// Whether the directory is there.
    pub(super) fn probe(&self) -> Result<(), ProviderError> {
        fs::read_dir(&self.directory).map(drop).map_err(|e| error::io("list", &self.directory, e))
    }

    /// Makes a key and its development certificates.
    pub(super) fn create(&self, location: &Location, key_id: &str) -> Result<(), ProviderError> {
        let path = location.file(&self.directory, "age");
        if path.exists() {
            return Err(error::io("create", &path, io::ErrorKind::AlreadyExists.into()));
        }
        create_folders(path.parent().unwrap_or(&self.directory))?;
        let key = generate()?;
        let chain = {
            let _one_at_a_time = self.ca.lock();
            let ca = self.development_ca()?;
            ca.issue(key_id, key.verifying_key())?
        };
        // The chain first: a key without its chain would be used, a chain without its key is nothing.
        write_new(&location.file(&self.directory, "chain.der"), &chain.concat())?;
        self.write_key(&path, &key)
    }

    /// The signing key of a version.
    pub(super) fn read(&self, location: &Location) -> Result<SigningKey, ProviderError> {
        self.read_key(&location.file(&self.directory, "age"))
    }

    /// The certificates made with a version, leaf first; none if somebody removed them.
    pub(super) fn chain(&self, location: &Location) -> Result<Vec<Vec<u8>>, ProviderError> {
        let path = location.file(&self.directory, "chain.der");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(error::io("read", &path, e)),
        };
        let chain = splitsign_core::x509::Chain::from_concatenated(&bytes).map_err(|e| error::key_file(&path, e))?;
        Ok(chain.iter().map(<[u8]>::to_vec).collect())
    }

    /// The development CA of this directory, made when it is first needed.
    fn development_ca(&self) -> Result<DevelopmentCa, ProviderError> {
        let (key_path, certificate_path) =
            (self.directory.join("development-ca.age"), self.directory.join("development-ca.der"));
        if !key_path.exists() {
            let key = generate()?;
            let ca = DevelopmentCa::create(key.clone())?;
            replace(&certificate_path, ca.certificate())?;
            self.write_key(&key_path, &key)?;
            return Ok(ca);
        }
        let certificate = fs::read(&certificate_path).map_err(|e| error::io("read", &certificate_path, e))?;
        DevelopmentCa::open(self.read_key(&key_path)?, certificate)
    }

    fn write_key(&self, path: &Path, key: &SigningKey) -> Result<(), ProviderError> {
        let pkcs8 = SecretKey::from(key.as_nonzero_scalar())
            .to_pkcs8_der()
            .map_err(|e| error::internal("encode the key", e))?;
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        recipient.set_work_factor(self.scrypt_log_n);
        let encryptor = age::Encryptor::with_recipients(core::iter::once(&recipient as &dyn age::Recipient))
            .map_err(|e| error::internal("encrypt the key", e))?;
        let mut encrypted = Vec::new();
        encryptor
            .wrap_output(&mut encrypted)
            .and_then(|mut writer| {
                writer.write_all(pkcs8.as_bytes())?;
                writer.finish()
            })
            .map_err(|e| error::internal("encrypt the key", e))?;
        write_new(path, &encrypted)
    }

    fn read_key(&self, path: &Path) -> Result<SigningKey, ProviderError> {
        let file = fs::File::open(path).map_err(|e| error::io("open", path, e))?;
        let decryptor = age::Decryptor::new(file.take(FILE_BYTES_MAX)).map_err(|e| error::key_file(path, e))?;
        let mut identity = age::scrypt::Identity::new(self.passphrase.clone());
        identity.set_max_work_factor(SCRYPT_LOG_N_MAX);
        let mut reader = decryptor
            .decrypt(core::iter::once(&identity as &dyn age::Identity))
            .map_err(|e| error::key_file(path, e))?;
        let mut pkcs8 = Zeroizing::new(Vec::new());
        reader.read_to_end(&mut pkcs8).map_err(|e| error::key_file(path, e))?;
        let key = SecretKey::from_pkcs8_der(&pkcs8).map_err(|e| error::key_file(path, e))?;
        Ok(SigningKey::from(&key))
    }
}

/// A new key from the randomness of the operating system.
fn generate() -> Result<SigningKey, ProviderError> {
    let mut bytes = Zeroizing::new([0; 32]);
    loop {
        getrandom::fill(bytes.as_mut()).map_err(|e| error::internal("draw random bytes", e))?;
        // Out of range once in four billion times: then again.
        if let Ok(key) = SigningKey::from_slice(bytes.as_ref()) {
            return Ok(key);
        }
    }
}

fn create_folders(path: &Path) -> Result<(), ProviderError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(|e| error::io("create", path, e))
}

/// Writes a file that must not exist yet, so that it is there as a whole or not at all, also after a crash.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ProviderError> {
    let temporary = write_temporary(path, bytes)?;
    // A hard link, unlike a rename, fails if the name is taken.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary).map_err(|e| error::io("remove", &temporary, e))?;
    linked.map_err(|e| error::io("create", path, e))?;
    sync_folder(path)
}

/// Writes a file over whatever an interrupted attempt left.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ProviderError> {
    let temporary = write_temporary(path, bytes)?;
    fs::rename(&temporary, path).map_err(|e| error::io("create", path, e))?;
    sync_folder(path)
}

fn write_temporary(path: &Path, bytes: &[u8]) -> Result<PathBuf, ProviderError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|e| error::internal("draw random bytes", e))?;
    let temporary = path.with_extension(format!("{:016x}.tmp", u64::from_ne_bytes(random)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(|e| error::io("write", &temporary, e))?;
    Ok(temporary)
}

fn sync_folder(path: &Path) -> Result<(), ProviderError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| error::io("flush", folder, e))
}
