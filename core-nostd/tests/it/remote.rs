//! Stands in for the remote signer: a key that signs 32 bytes.

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

pub(crate) struct Remote(SigningKey);

impl Remote {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn sign(&self, digest: &Sha256Digest) -> Signature {
        let signature: p256::ecdsa::Signature = self.0.sign_prehash(digest.as_bytes()).unwrap();
        Signature::from_raw(&signature.to_bytes()).unwrap()
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey::from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }
}

/// The other signature over the same digest: n − s for s.
pub(crate) fn negated(signature: &Signature) -> Signature {
    let theirs = p256::ecdsa::Signature::from_slice(signature.as_bytes()).unwrap();
    let (r, s) = theirs.split_scalars();
    let negated = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
    Signature::from_raw(&negated.to_bytes()).unwrap()
}

/// A test value of hexadecimal digits; white space and anything behind a `/` up to the end of the line is ignored.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: String = text
        .lines()
        .flat_map(|line| line.split('/').next().unwrap().chars())
        .filter(|character| !character.is_whitespace())
        .collect();
    assert!(digits.len().is_multiple_of(2), "{digits}");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
