//! What the targets compare with: the crate `p256`, and the key that signs for them.

use std::sync::OnceLock;

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::{SigningKey, VerifyingKey};
use sha2::Digest as _;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::{Code, Error};

/// Stands in for the remote signer, and verifies independently of the core.
pub struct Remote {
    signing: SigningKey,
    /// The key that the targets verify with.
    pub key: PublicKey,
}

impl Remote {
    /// The one key of the fuzz targets, known to everybody.
    pub fn get() -> &'static Self {
        static REMOTE: OnceLock<Remote> = OnceLock::new();
        REMOTE.get_or_init(|| {
            let signing = SigningKey::from_slice(&[7; 32]).expect("a scalar in range");
            let sec1 = signing.verifying_key().to_sec1_point(true);
            let key = PublicKey::from_sec1(sec1.as_bytes()).expect("a point of the curve");
            Self { signing, key }
        })
    }

    /// Signs 32 bytes.
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        let signature: p256::ecdsa::Signature = self.signing.sign_prehash(digest).expect("32 bytes can be signed");
        Signature::from_raw(&signature.to_bytes()).expect("r and s are in range")
    }

    /// What `p256` says of a raw signature by this key.
    pub(crate) fn verifies(&self, digest: &[u8; 32], raw: &[u8]) -> bool {
        verifies(self.signing.verifying_key(), digest, raw)
    }
}

/// What `p256` says of a raw signature.
pub(crate) fn verifies(key: &VerifyingKey, digest: &[u8], raw: &[u8]) -> bool {
    p256::ecdsa::Signature::from_slice(raw).is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
}

/// SHA-256 of the pieces, one behind the other, by another implementation than the core's interface.
pub(crate) fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut hash = sha2::Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().into()
}

/// An error points into the input, or at its end.
pub(crate) fn points_into(error: Error, input: &[u8]) {
    assert_ne!(error.code(), Code::OutputTooSmall, "every output here is large enough");
    assert!(error.at() as usize <= input.len(), "{error} in {} bytes", input.len());
}
