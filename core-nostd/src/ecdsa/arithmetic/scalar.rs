//! Integers modulo n, the order of the group.

use crate::ecdsa::arithmetic::inverse::NativeModulus;

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

static MODULUS: NativeModulus = NativeModulus::new(N);

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

    /// self·a and self·b.
    pub(crate) fn mul_both(self, a: Self, b: Self) -> (Self, Self) {
        let factor = montgomery(self.0, R_SQUARED);
        (Self(montgomery(factor, a.0)), Self(montgomery(factor, b.0)))
    }

    /// 1/self; zero for zero.
    pub(crate) fn invert(self) -> Self {
        Self(MODULUS.invert(self.0))
    }
}

/// As on a machine of 32 bits.
#[cfg(fuzzing)]
impl Scalar {
    pub(crate) fn mul_32(self, other: Self) -> Self {
        Self(montgomery32(montgomery32(self.0, R_SQUARED), other.0))
    }

    pub(crate) fn invert_32(self) -> Self {
        Self(crate::ecdsa::arithmetic::inverse::Modulus::<i64, 30, 9>::new(N).invert(self.0))
    }
}

/// a·b/R modulo n.
fn montgomery(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    #[cfg(target_pointer_width = "64")]
    return montgomery64(a, b);
    #[cfg(not(target_pointer_width = "64"))]
    return montgomery32(a, b);
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

/// a·b/R modulo n, limb by limb (CIOS), for machines that multiply 64 by 64 bits into 128.
#[cfg(any(test, target_pointer_width = "64"))]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a double word")]
fn montgomery64(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
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

/// As [`montgomery64`], for machines that multiply 32 by 32 bits into 64.
#[cfg(any(test, fuzzing, not(target_pointer_width = "64")))]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a double word")]
fn montgomery32(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let halves = |value: [u64; 4]| {
        let mut out = [0_u32; 8];
        for (pair, limb) in out.as_chunks_mut::<2>().0.iter_mut().zip(value) {
            *pair = [limb as u32, (limb >> 32) as u32];
        }
        out
    };
    let (b, n) = (halves(b), halves(N));
    // Eight limbs, and the one above them.
    let (mut t, mut top) = ([0_u32; 8], 0_u64);
    for a in halves(a) {
        let mut carry = 0;
        for (place, limb) in t.iter_mut().zip(&b) {
            let wide = u64::from(*place) + u64::from(a) * u64::from(*limb) + carry;
            (*place, carry) = (wide as u32, wide >> 32);
        }
        top += carry;
        let ([t0, above @ ..], [n0, n_above @ ..]) = (&t, &n);
        let m = t0.wrapping_mul(N_INVERSE as u32);
        // The lowest limb becomes zero, and all others move down by one.
        let mut carry = (u64::from(*t0) + u64::from(m) * u64::from(*n0)) >> 32;
        let mut lower = [0; 8];
        for ((place, limb), n) in lower.iter_mut().zip(above).zip(n_above) {
            let wide = u64::from(*limb) + u64::from(m) * u64::from(*n) + carry;
            (*place, carry) = (wide as u32, wide >> 32);
        }
        top += carry;
        let [.., highest] = &mut lower;
        (*highest, top) = (top as u32, top >> 32);
        t = lower;
    }
    let mut out = [0; 4];
    for (limb, [low, high]) in out.iter_mut().zip(t.as_chunks::<2>().0) {
        *limb = u64::from(*low) | u64::from(*high) << 32;
    }
    let (reduced, borrow) = subtract(out, N);
    if borrow && top == 0 { out } else { reduced }
}

#[cfg(test)]
mod tests {
    use super::{N, Scalar, montgomery32, montgomery64};
    use crate::ecdsa::arithmetic::tests::{any_integer, bytes, edges};
    use p256::elliptic_curve::bigint::U256;
    use proptest::proptest;

    fn check(a: &U256, b: &U256) {
        let (a, b) = (Scalar::reduce(&bytes(a)).limbs(), Scalar::reduce(&bytes(b)).limbs());
        let product = montgomery64(a, b);
        assert_eq!(product, montgomery32(a, b));
        assert!(product.iter().rev().lt(N.iter().rev()));
    }

    proptest! {
        #[test]
        fn both_widths_give_the_same_product(a in any_integer(), b in any_integer()) {
            check(&a, &b);
        }
    }

    #[test]
    fn both_widths_give_the_same_product_of_edge_integers() {
        for a in edges() {
            for b in edges() {
                check(&a, &b);
            }
        }
    }
}
