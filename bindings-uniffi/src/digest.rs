//! SHA-256, at once or in pieces.

use std::sync::Arc;

use splitsign_core::digest::Sha256;

use crate::Result;
use crate::stream::Stream;

/// The SHA-256 digest of bytes: 32 bytes.
#[uniffi::export]
#[must_use]
pub fn sha256(data: Vec<u8>) -> Vec<u8> {
    Sha256::digest(&data).as_bytes().to_vec()
}

/// A SHA-256 digest of bytes that come in pieces.
#[derive(Debug, uniffi::Object)]
pub struct Sha256Stream(Stream<Sha256>);

#[uniffi::export]
impl Sha256Stream {
    /// Starts with no bytes.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Stream::new(Sha256::new())))
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `stream_finished`.
    pub fn update(&self, chunk: Vec<u8>) -> Result<()> {
        self.0.update(|hash| {
            hash.update(&chunk);
            Ok(())
        })
    }

    /// The digest of all that was taken: 32 bytes. The stream is over.
    ///
    /// # Errors
    /// `stream_finished`.
    pub fn finish(&self) -> Result<Vec<u8>> {
        Ok(self.0.finish()?.finish().as_bytes().to_vec())
    }
}
