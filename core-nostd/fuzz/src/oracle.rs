//! What the targets compare with: the crate `p256`, and the key that signs for them.

use std::sync::OnceLock;

use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::elliptic_curve::PrimeField as _;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{FieldBytes, ProjectivePoint, Scalar};
use sha2::Digest as _;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::{Code, Error};

/// Stands in for the remote signer, and verifies independently of the core.
pub struct Remote {
    /// The key that the targets verify with.
    pub key: PublicKey,
    theirs: VerifyingKey,
    secret: Scalar,
    /// r, the same for every signature, and 1/k.
    r: Scalar,
    inverse: Scalar,
}

impl Remote {
    /// The one key of the fuzz targets, known to everybody.
    pub fn get() -> &'static Self {
        static REMOTE: OnceLock<Remote> = OnceLock::new();
        REMOTE.get_or_init(|| {
            let (secret, nonce) = (Scalar::from(0x5eed_u64), Scalar::from(0x2bad_u64));
            let sec1 = (ProjectivePoint::GENERATOR * secret).to_affine().to_sec1_point(true);
            let x = (ProjectivePoint::GENERATOR * nonce).to_affine().x();
            Self {
                key: PublicKey::from_sec1(sec1.as_bytes()).expect("a point of the curve"),
                theirs: VerifyingKey::from_sec1_bytes(sec1.as_bytes()).expect("a point of the curve"),
                secret,
                r: Reduce::<FieldBytes>::reduce(&x),
                inverse: nonce.invert().expect("not zero"),
            }
        })
    }

    /// Signs 32 bytes, always with the same nonce: no multiplication of a point slows the fuzzer down, and nothing is
    /// given away that is not known.
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        let e = <Scalar as Reduce<FieldBytes>>::reduce(&(*digest).into());
        let s = (e + self.r * self.secret) * self.inverse;
        Signature::from_scalars(&self.r.to_repr(), &s.to_repr()).expect("r and s are in range")
    }

    /// What `p256` says of a raw signature by this key.
    pub(crate) fn verifies(&self, digest: &[u8; 32], raw: &[u8]) -> bool {
        verifies(&self.theirs, digest, raw)
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
