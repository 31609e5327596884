//! Many verifications that share what can be shared.

use crate::digest::Sha256Digest;
use crate::ecdsa::arithmetic::Scalar;
use crate::ecdsa::{Signature, Verifier};
use crate::error::{Code, Error, Result};

/// How many signatures share an inversion: beyond this it is a small part of the work.
const CHUNK: usize = 32;

/// A signature to be verified with others.
#[derive(Debug)]
pub struct BatchItem<'a, V: ?Sized> {
    /// The key, plain or prepared.
    pub verifier: &'a V,
    /// What was signed.
    pub digest: Sha256Digest,
    /// The signature.
    pub signature: Signature,
}

impl<V: ?Sized> Clone for BatchItem<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: ?Sized> Copy for BatchItem<'_, V> {}

/// Verifies signatures under any keys, and reports the verdict of each with its index, in order.
///
/// Each is verified by itself, exactly as by [`Verifier::verify_digest`]: no verdict depends on another item, and a bad
/// signature cannot hide among good ones. What is shared is the inversion modulo n, one for 32 signatures.
pub fn verify_batch<V: Verifier + ?Sized>(items: &[BatchItem<'_, V>], mut report: impl FnMut(usize, Result<()>)) {
    let mut index = 0;
    for chunk in items.chunks(CHUNK) {
        let inverses = inverses(chunk);
        for (item, inverse) in chunk.iter().zip(inverses) {
            let valid = item.verifier.verify_with_inverse(&item.digest, &item.signature, inverse);
            report(index, if valid { Ok(()) } else { Err(Error::new(Code::BadSignature, 0)) });
            index += 1;
        }
    }
}

/// 1/s of each signature, with one inversion (Montgomery). No s is zero: a [`Signature`] cannot be made with one.
fn inverses<V: ?Sized>(chunk: &[BatchItem<'_, V>]) -> [Scalar; CHUNK] {
    let s = |item: &BatchItem<'_, V>| Scalar::reduce(item.signature.r_and_s().1);
    let (mut places, mut product) = ([Scalar::ONE; CHUNK], Scalar::ONE);
    for (place, item) in places.iter_mut().zip(chunk) {
        *place = product;
        product = product.mul(s(item));
    }
    let mut inverse = product.invert();
    for (place, item) in places.iter_mut().zip(chunk).rev() {
        *place = place.mul(inverse);
        inverse = inverse.mul(s(item));
    }
    places
}
