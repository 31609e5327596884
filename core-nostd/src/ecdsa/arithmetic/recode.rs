//! Scalars as few signed odd digits: the width-w non-adjacent form (wNAF).

use crate::ecdsa::arithmetic::Scalar;

/// Digits d with scalar = Σ d[i]·2^i, each zero or odd with |d| < 2^(w−1), and of any w neighbours at most one not zero.
#[derive(Clone, Debug)]
pub(crate) struct Wnaf {
    /// Digit 256 is the carry of a scalar with its highest bits set.
    digits: [i8; 257],
    length: usize,
}

impl Wnaf {
    /// The form of width `w`, from 2 to 8.
    #[expect(clippy::cast_possible_truncation, reason = "a digit has at most eight bits, sign included")]
    pub(crate) fn new(scalar: Scalar, w: u32) -> Self {
        let limbs = scalar.limbs();
        // `w` bits from position `at` on; beyond 256 there are zeros.
        let window = |at: usize| {
            let (limb, shift) = (at / 64, at % 64);
            let low = limbs.get(limb).map_or(0, |limb| limb >> shift);
            let high = if shift == 0 { 0 } else { limbs.get(limb + 1).map_or(0, |limb| limb << (64 - shift)) };
            (low | high) & (u64::MAX >> (64 - w))
        };
        let (mut digits, mut length) = ([0; 257], 0);
        let (mut at, mut carry) = (0, 0);
        while at <= 256 {
            let bits = window(at) + carry;
            // With the carry, the bit is even: the digit is zero and the carry goes on.
            if bits & 1 == 0 {
                at += 1;
                continue;
            }
            carry = bits >> (w - 1) & 1;
            if let Some(place) = digits.get_mut(at) {
                *place = (i64::try_from(bits).unwrap_or(0) - (i64::from(carry == 1) << w)) as i8;
                length = at + 1;
            }
            at += w as usize;
        }
        Self { digits, length }
    }

    /// The digits, most significant first, from the first that is not zero.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The digit at a position; zero beyond the end.
    #[inline]
    pub(crate) fn digit(&self, at: usize) -> i8 {
        self.digits.get(at).copied().unwrap_or(0)
    }
}
