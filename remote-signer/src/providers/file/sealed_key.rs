//! A private key as it is at rest: PKCS#8 in DER, in an `age` file (age-encryption.org/v1, binary) with one scrypt
//! recipient. `age --decrypt` opens it without us.
//!
//! The content of a file is not trusted before it is decrypted: its size and the work that it asks for are limited.

use core::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use age::secrecy::SecretString;
use p256::SecretKey;
use p256::ecdsa::SigningKey;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use zeroize::Zeroizing;

use crate::providers::ProviderError;
use crate::providers::file::durable;
use crate::providers::file::error;

/// More is a mistake, or an attack with a file that needs all of the memory: 20 is 1 GiB and some seconds.
pub(super) const SCRYPT_LOG_N_MAX: u8 = 20;

/// A key file has about 350 bytes; with recipients that we do not write, still less than this.
const FILE_BYTES_MAX: u64 = 16 * 1024;
/// PKCS#8 of a P-256 key has 138 bytes.
const PKCS8_BYTES_MAX: usize = 1024;

/// What seals and opens the files.
pub(super) struct Seal {
    passphrase: SecretString,
    scrypt_log_n: u8,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("scrypt_log_n", &self.scrypt_log_n).finish_non_exhaustive()
    }
}

impl Seal {
    pub(super) fn new(passphrase: &Zeroizing<String>, scrypt_log_n: u8) -> Self {
        Self { passphrase: SecretString::from(passphrase.as_str()), scrypt_log_n }
    }

    /// Writes a key to a file that does not exist yet.
    pub(super) fn write_new(&self, path: &Path, key: &SigningKey) -> Result<(), ProviderError> {
        let pkcs8 = SecretKey::from(key.as_nonzero_scalar())
            .to_pkcs8_der()
            .map_err(|e| error::internal("encode the new key", e))?;
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        recipient.set_work_factor(self.scrypt_log_n);
        let encryptor = age::Encryptor::with_recipients(core::iter::once(&recipient as &dyn age::Recipient))
            .map_err(|e| error::internal("encrypt the new key", e))?;
        let mut sealed = Vec::new();
        let seal = || -> io::Result<()> {
            let mut writer = encryptor.wrap_output(&mut sealed)?;
            writer.write_all(pkcs8.as_bytes())?;
            writer.finish()?;
            Ok(())
        };
        seal().map_err(|e| error::internal("encrypt the new key", e))?;
        durable::write_new(path, &sealed).map_err(|e| error::create(path, e))
    }

    /// Reads a key. This takes as long as scrypt is to take.
    pub(super) fn read(&self, path: &Path) -> Result<SigningKey, ProviderError> {
        let mut sealed = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut sealed))
            .map_err(|e| error::key_file(path, e))?;
        let decryptor = age::Decryptor::new(&sealed[..]).map_err(|e| error::sealed(path, e))?;
        let mut identity = age::scrypt::Identity::new(self.passphrase.clone());
        identity.set_max_work_factor(SCRYPT_LOG_N_MAX);
        let reader =
            decryptor.decrypt(core::iter::once(&identity as &dyn age::Identity)).map_err(|e| error::sealed(path, e))?;
        // As large as it may get at once: a buffer that grows leaves copies behind that nobody wipes.
        let mut pkcs8 = Zeroizing::new(Vec::with_capacity(PKCS8_BYTES_MAX));
        reader
            .take(PKCS8_BYTES_MAX as u64)
            .read_to_end(&mut pkcs8)
            .map_err(|e| error::damaged(path, "is cut off or changed", e))?;
        let key = SecretKey::from_pkcs8_der(&pkcs8)
            .map_err(|e| error::damaged(path, "opens, but holds no P-256 key in PKCS#8", e))?;
        Ok(SigningKey::from(&key))
    }
}

/// A new key from the randomness of the operating system.
pub(super) fn generate() -> Result<SigningKey, ProviderError> {
    let mut bytes = Zeroizing::new([0; 32]);
    loop {
        getrandom::fill(bytes.as_mut()).map_err(|e| error::internal("draw random bytes", e))?;
        // Out of range once in four billion times: then again.
        if let Ok(key) = SigningKey::from_slice(bytes.as_ref()) {
            return Ok(key);
        }
    }
}
