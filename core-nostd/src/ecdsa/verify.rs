//! One-shot verification (FIPS 186-5, 6.4.2): R = u₁·G + u₂·Q by two interleaved non-adjacent forms.

use crate::digest::Sha256Digest;
use crate::ecdsa::Signature;
use crate::ecdsa::arithmetic::{Affine, Field, Jacobian, Scalar, Wnaf, generator};

/// The width of the form of u₂: a table of eight odd multiples of Q is made for each verification.
const WIDTH: u32 = 5;

/// Whether the signature over the digest is that of the key at point `q`; `inverse` is 1/s.
pub(super) fn verify<F: Field>(q: &Affine<F>, digest: &Sha256Digest, signature: &Signature, inverse: Scalar) -> bool {
    let (u1, u2) = factors(digest, signature, inverse);
    double_multiply(u1, u2, q).has_x(signature.r_and_s().0)
}

/// 1/s.
pub(super) fn inverse_of_s(signature: &Signature) -> Scalar {
    Scalar::reduce(signature.r_and_s().1).invert()
}

/// u₁ = e/s and u₂ = r/s.
pub(super) fn factors(digest: &Sha256Digest, signature: &Signature, inverse: Scalar) -> (Scalar, Scalar) {
    inverse.mul_both(Scalar::reduce(digest.as_bytes()), Scalar::reduce(signature.r_and_s().0))
}

/// a·G + b·Q.
pub(super) fn double_multiply<F: Field>(a: Scalar, b: Scalar, q: &Affine<F>) -> Jacobian<F> {
    let table = odd_multiples(q);
    let (a, b) = (Wnaf::new(a, generator::WIDTH), Wnaf::new(b, WIDTH));
    let mut sum = Jacobian::INFINITY;
    for at in (0..a.len().max(b.len())).rev() {
        sum = sum.double();
        let digit = b.digit(at);
        if let Some(multiple) = table.get(index(digit)).filter(|_| digit != 0) {
            sum = sum.add(&Jacobian { y: multiple.y.negate_if(digit < 0), ..*multiple });
        }
        let digit = a.digit(at);
        if digit != 0
            && let Some(multiple) = generator::odd_multiple::<F>(index(digit))
        {
            sum = sum.add_affine(&Affine { y: multiple.y.negate_if(digit < 0), ..multiple });
        }
    }
    sum
}

/// Where the multiple of an odd digit is in a table of odd multiples.
#[inline]
fn index(digit: i8) -> usize {
    usize::from(digit.unsigned_abs() / 2)
}

/// Q, 3Q, 5Q … 15Q.
fn odd_multiples<F: Field>(q: &Affine<F>) -> [Jacobian<F>; 8] {
    let twice = Jacobian::from(*q).double();
    let mut multiple = Jacobian::from(*q);
    core::array::from_fn(|i| {
        if i > 0 {
            multiple = multiple.add(&twice);
        }
        multiple
    })
}

#[cfg(test)]
mod tests {
    use super::{inverse_of_s, verify};
    use crate::digest::Sha256;
    use crate::ecdsa::Signature;
    use crate::ecdsa::arithmetic::{Affine, Field, Field29, Field32, Field64};
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::hazmat::PrehashSigner as _;

    fn point<F: Field>(key: &SigningKey) -> Affine<F> {
        let sec1 = key.verifying_key().to_sec1_point(false);
        let bytes: [u8; 65] = sec1.as_bytes().try_into().unwrap();
        let x = F::from_bytes(bytes[1..33].try_into().unwrap()).unwrap();
        let y = F::from_bytes(bytes[33..].try_into().unwrap()).unwrap();
        Affine::new(x, y).unwrap()
    }

    fn agrees<F: Field>() {
        for seed in 1..40_u8 {
            let key = SigningKey::from_slice(&[seed; 32]).unwrap();
            let digest = Sha256::digest(&[seed]);
            let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
            let signature = Signature::from_raw(&signature.to_bytes()).unwrap();
            let inverse = inverse_of_s(&signature);
            assert!(verify(&point::<F>(&key), &digest, &signature, inverse), "{seed}");
            let other = Sha256::digest(&[seed, 1]);
            assert!(!verify(&point::<F>(&key), &other, &signature, inverse), "{seed}");
        }
    }

    #[test]
    fn accepts_what_p256_signs_in_64_bit_limbs() {
        agrees::<Field64>();
    }

    #[test]
    fn accepts_what_p256_signs_in_29_bit_limbs() {
        agrees::<Field29>();
    }

    #[test]
    fn accepts_what_p256_signs_in_32_bit_limbs() {
        agrees::<Field32>();
    }
}
