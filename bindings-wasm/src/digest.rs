//! SHA-256.

use alloc::vec::Vec;

use splitsign_core::digest;
use wasm_bindgen::prelude::wasm_bindgen;

/// The digest of `bytes`.
#[wasm_bindgen]
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::Sha256::digest(bytes).as_bytes().to_vec()
}

/// A digest in progress.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sha256Stream(digest::Sha256);

#[wasm_bindgen]
impl Sha256Stream {
    /// Starts with no input.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "called from JavaScript only")]
    pub fn new() -> Self {
        Self(digest::Sha256::new())
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was taken.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_bytes().to_vec()
    }
}
