//! Signing in this process, for providers whose keys are in its memory.

use core::fmt;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use p256::ecdsa::{SigningKey, VerifyingKey};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use zeroize::Zeroizing;

use crate::providers::{ErrorClass, ProviderError};

/// A private key in memory, which is wiped when it is dropped. It is read and made by `p256`, and AWS-LC signs with it
/// (docs/adr/0015).
pub(super) struct SoftwareKey {
    pair: EcdsaKeyPair,
    verifying: VerifyingKey,
}

impl SoftwareKey {
    /// Takes a key.
    pub(super) fn new(key: &SigningKey) -> Result<Self, ProviderError> {
        let private = Zeroizing::new(key.to_bytes());
        let verifying = *key.verifying_key();
        let point = verifying.to_sec1_point(false);
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private.as_slice(), point.as_bytes())
            .map_err(|e| internal("take the key", e))?;
        Ok(Self { pair, verifying })
    }

    /// A signature over exactly these 32 bytes. AWS-LC draws the nonce from its generator and mixes the key and the
    /// digest in, so that a bad source of randomness cannot give the key away.
    pub(super) fn sign(&self, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        let digest =
            Digest::import_less_safe(digest.as_bytes(), &SHA256).map_err(|e| internal("take the digest", e))?;
        let signature = self.pair.sign_digest(&digest).map_err(|e| internal("sign", e))?;
        Signature::from_raw(signature.as_ref()).map_err(|e| internal("read the signature", e))
    }

    /// The public key.
    pub(super) fn public_key(&self) -> Result<PublicKey, ProviderError> {
        let point = self.verifying.to_sec1_point(false);
        PublicKey::from_sec1(point.as_bytes()).map_err(|e| internal("read the public key", e))
    }

    /// The public key, for what is made with `p256`.
    pub(super) const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }
}

/// The public key only.
impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SoftwareKey").field(&self.verifying).finish()
    }
}

/// What the cryptography crates refuse, which they never do with keys that they took.
fn internal(doing: &str, error: impl core::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(ErrorClass::BadResponse, format!("cannot {doing}")).with_source(error)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use splitsign_core::digest::Sha256Digest;

    use super::SoftwareKey;

    /// `p256` made the key, AWS-LC signs, and the core verifies: three who have nothing in common.
    #[test]
    fn signatures_are_over_the_digest_itself_by_the_key_that_was_taken() {
        for seed in 1..50 {
            let key = SoftwareKey::new(&SigningKey::from_slice(&[seed; 32]).unwrap()).unwrap();
            let digest = Sha256Digest::from_bytes([seed.wrapping_mul(7); 32]);
            let signature = key.sign(&digest).unwrap();
            key.public_key().unwrap().verify_digest(&digest, &signature).unwrap();
            assert_ne!(signature, key.sign(&digest).unwrap(), "the nonce is not the digest's alone");
        }
    }

    #[test]
    fn debug_keeps_the_key() {
        let secret = [0x5a; 32];
        let text = format!("{:?}", SoftwareKey::new(&SigningKey::from_slice(&secret).unwrap()).unwrap());
        assert!(!text.contains("90, 90, 90") && !text.to_lowercase().contains("5a5a5a"), "{text}");
    }
}
