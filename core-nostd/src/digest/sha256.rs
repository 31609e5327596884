//! SHA-256 (FIPS 180-4), one-shot and streaming.

use core::fmt;

use sha2::Digest as _;

use crate::error::{Code, Error, Result};
use crate::sink::{Encode, Sink};

/// The 32 bytes that travel to the signer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Digest([u8; Self::LENGTH]);

impl Sha256Digest {
    /// Length in bytes.
    pub const LENGTH: usize = 32;

    /// Takes a digest that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// Takes a digest that was computed elsewhere.
    ///
    /// # Errors
    /// [`DigestWrongLength`](Code::DigestWrongLength) unless `bytes` has 32 bytes; the offset is where it should end,
    /// or does end.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        match <[u8; Self::LENGTH]>::try_from(bytes) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => Err(Error::new(Code::DigestWrongLength, bytes.len().min(Self::LENGTH))),
        }
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256Digest(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A SHA-256 computation in progress. It is a [`Sink`], so everything that can be encoded can be hashed without a copy.
#[derive(Clone, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Starts with no input.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(bytes: &[u8]) -> Sha256Digest {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.finish()
    }

    /// The digest of an encoding, which is never built.
    #[must_use]
    pub fn digest_of<E: Encode + ?Sized>(value: &E) -> Sha256Digest {
        let mut hash = Self::new();
        value.encode(&mut hash);
        hash.finish()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was taken.
    #[must_use]
    pub fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }
}

impl Sink for Sha256 {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Sha256, Sha256Digest};
    use crate::Code;

    #[test]
    fn fips_180_example_one_shot_and_byte_by_byte() {
        let expected = "Sha256Digest(ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad)";
        assert_eq!(alloc::format!("{:?}", Sha256::digest(b"abc")), expected);
        let mut hash = Sha256::new();
        for byte in b"abc" {
            hash.update(&[*byte]);
        }
        assert_eq!(alloc::format!("{:?}", hash.finish()), expected);
    }

    #[test]
    fn other_lengths_refused() {
        for length in [0, 31, 33, 64] {
            let error = Sha256Digest::from_slice(&[7; 64][..length]).unwrap_err();
            assert_eq!((error.code(), error.at() as usize), (Code::DigestWrongLength, length.min(32)));
        }
    }
}
