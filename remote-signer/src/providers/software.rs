//! Signing in this process, for providers whose keys are in its memory.

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::providers::{ErrorClass, ProviderError};

/// A signature over exactly these 32 bytes. RFC 6979: no randomness is needed, and a bad source of it cannot give the
/// key away.
pub(super) fn sign(key: &SigningKey, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
    let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).map_err(|e| internal("sign", e))?;
    Signature::from_raw(&signature.to_bytes()).map_err(|e| internal("read the signature", e))
}

/// The public key.
pub(super) fn public_key(key: &SigningKey) -> Result<PublicKey, ProviderError> {
    let point = key.verifying_key().to_sec1_point(false);
    PublicKey::from_sec1(point.as_bytes()).map_err(|e| internal("read the public key", e))
}

/// What the cryptography crates refuse, which they never do with keys that they took.
fn internal(doing: &str, error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::BadResponse, format!("cannot {doing}")).with_source(error)
}
