//! Integers modulo n, the order of the group.

use crate::ecdsa::arithmetic::inverse::{self, Modulus};

/// n, the order of the group, big-endian.
pub(crate) const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// n, least significant limb first.
const N: [u64; 4] = [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000];
/// R² mod n for R = 2^256.
const R_SQUARED: [u64; 4] =
    [0x8324_4c95_be79_eea2, 0x4699_799c_49bd_6fa6, 0x2845_b239_2b6b_ec59, 0x66e1_2d94_f3d9_5620];
/// −1/n modulo 2^64.
const N_INVERSE: u64 = 0xccd1_c8aa_ee00_bc4f;

static MODULUS: Modulus = Modulus::new(N);

/// An integer modulo n, always fully reduced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scalar([u64; 4]);

impl Scalar {
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// An integer of 256 bits, reduced: a digest becomes a scalar like this (FIPS 186-5, 6.4.2 step 2).
    pub(crate) fn reduce(bytes: &[u8; 32]) -> Self {
        let (limbs, _) = bytes.as_chunks::<8>();
        let mut value = [0; 4];
        for (place, limb) in value.iter_mut().zip(limbs.iter().rev()) {
            *place = u64::from_be_bytes(*limb);
        }
        // 2^256 < 2n: once is enough.
        let (reduced, borrow) = subtract(value, N);
        Self(if borrow { value } else { reduced })
    }

    /// Big-endian bytes.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (places, _) = out.as_chunks_mut::<8>();
        for (place, limb) in places.iter_mut().rev().zip(self.0) {
            *place = limb.to_be_bytes();
        }
        out
    }

    /// The limbs, least significant first.
    pub(crate) const fn limbs(self) -> [u64; 4] {
        self.0
    }

    pub(crate) fn mul(self, other: Self) -> Self {
        Self(montgomery(montgomery(self.0, R_SQUARED), other.0))
    }

    /// The scalar, or its opposite if that is smaller; and whether it is the opposite. The result is below 2^255.
    pub(crate) fn or_opposite(self) -> (Self, bool) {
        let (opposite, _) = subtract(N, self.0);
        if opposite.iter().rev().lt(self.0.iter().rev()) { (Self(opposite), true) } else { (self, false) }
    }

    /// 1/self; zero for zero.
    pub(crate) fn invert(self) -> Self {
        Self(inverse::invert(self.0, &MODULUS))
    }
}

fn subtract(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (mut out, mut borrow) = ([0; 4], false);
    for ((place, a), b) in out.iter_mut().zip(a).zip(b) {
        let (difference, first) = a.overflowing_sub(b);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *place = difference;
        borrow = first | second;
    }
    (out, borrow)
}

/// a·b/R modulo n, limb by limb (CIOS).
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a double word")]
fn montgomery(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mac = |sum: u64, a: u64, b: u64, carry: u64| {
        let wide = u128::from(sum) + u128::from(a) * u128::from(b) + u128::from(carry);
        (wide as u64, (wide >> 64) as u64)
    };
    // Five limbs and one bit.
    let (mut t, mut t4, mut t5) = ([0_u64; 4], 0_u64, false);
    for a in a {
        let mut carry = 0;
        for (place, b) in t.iter_mut().zip(b) {
            (*place, carry) = mac(*place, a, b, carry);
        }
        let (sum, over) = t4.overflowing_add(carry);
        (t4, t5) = (sum, t5 | over);

        let [t0, ..] = t;
        let m = t0.wrapping_mul(N_INVERSE);
        let [n0, n1, n2, n3] = N;
        let [t0, t1, t2, t3] = t;
        let (_, carry) = mac(t0, m, n0, 0);
        let (s0, carry) = mac(t1, m, n1, carry);
        let (s1, carry) = mac(t2, m, n2, carry);
        let (s2, carry) = mac(t3, m, n3, carry);
        let (s3, over) = t4.overflowing_add(carry);
        t = [s0, s1, s2, s3];
        t4 = u64::from(t5) + u64::from(over);
        t5 = false;
    }
    let (reduced, borrow) = subtract(t, N);
    if borrow && t4 == 0 { t } else { reduced }
}
