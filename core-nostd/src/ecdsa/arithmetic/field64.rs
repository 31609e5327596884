//! The field in four limbs of 64 bits, for machines that multiply 64 by 64 bits into 128.

use crate::ecdsa::arithmetic::field::{Field, P, R, R_SQUARED};

/// An integer modulo p, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field64([u64; 4]);

/// a + b + carry, and the carry out.
#[inline(always)]
fn adc(a: u64, b: u64, carry: bool) -> (u64, bool) {
    a.carrying_add(b, carry)
}

/// a − b − borrow, and the borrow out.
#[inline(always)]
fn sbb(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    a.borrowing_sub(b, borrow)
}

/// sum + a·b + carry, which always fits: low and high half.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a double word")]
const fn mac(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = sum as u128 + a as u128 * b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

/// The value, or the value − p if that is not negative; `carry` stands for 2^256.
#[inline(always)]
fn reduce_once(value: [u64; 4], carry: bool) -> Field64 {
    let [a0, a1, a2, a3] = value;
    let (r0, borrow) = sbb(a0, P[0], false);
    let (r1, borrow) = sbb(a1, P[1], borrow);
    let (r2, borrow) = sbb(a2, P[2], borrow);
    let (r3, borrow) = sbb(a3, P[3], borrow);
    // Without a branch: it would be mispredicted half of the time.
    let keep = u64::from(borrow & !carry).wrapping_neg();
    Field64([a0 & keep | r0 & !keep, a1 & keep | r1 & !keep, a2 & keep | r2 & !keep, a3 & keep | r3 & !keep])
}

/// Divides by R = 2^256 modulo p.
///
/// −1/p modulo 2^64 is 1, so each step adds the lowest limb m times p. With p = 2^256 − 2^224 + 2^192 + 2^96 − 1 that
/// needs no multiplication: m·p + m = m·2^96 + m·(2^64 − 2^32 + 1)·2^192.
#[inline(always)]
fn reduce(t: [u64; 8]) -> Field64 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = t;
    let step = |m: u64, a1: u64, a2: u64, a3: u64, a4: u64| {
        let (low, borrow) = m.overflowing_sub(m << 32);
        let high = m - (m >> 32) - u64::from(borrow);
        let (a1, carry) = adc(a1, m << 32, false);
        let (a2, carry) = adc(a2, m >> 32, carry);
        let (a3, carry) = adc(a3, low, carry);
        let (a4, carry) = adc(a4, high, carry);
        (a1, a2, a3, a4, carry)
    };
    let (t1, t2, t3, t4, c4) = step(t0, t1, t2, t3, t4);
    let (t2, t3, t4, t5, c5) = step(t1, t2, t3, t4, t5);
    let (t5, d5) = adc(t5, 0, c4);
    let (t3, t4, t5, t6, c6) = step(t2, t3, t4, t5, t6);
    let (t6, d6) = adc(t6, u64::from(c5), d5);
    let (t4, t5, t6, t7, c7) = step(t3, t4, t5, t6, t7);
    let (t7, d7) = adc(t7, u64::from(c6), d6);
    // At most one of the two: the sum is below 2p.
    reduce_once([t4, t5, t6, t7], c7 | d7)
}

impl Field for Field64 {
    const ZERO: Self = Self([0; 4]);
    const ONE: Self = Self(R);

    #[inline(always)]
    fn from_montgomery_bytes(bytes: &[u8; 32]) -> Self {
        let (limbs, _) = bytes.as_chunks::<8>();
        let mut out = [0; 4];
        for (place, limb) in out.iter_mut().zip(limbs) {
            *place = u64::from_le_bytes(*limb);
        }
        Self(out)
    }

    fn to_montgomery_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (places, _) = out.as_chunks_mut::<8>();
        for (place, limb) in places.iter_mut().zip(self.0) {
            *place = limb.to_le_bytes();
        }
        out
    }

    fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut little = *bytes;
        little.reverse();
        let value = Self::from_montgomery_bytes(&little);
        let below = value.0.iter().rev().lt(P.iter().rev());
        below.then(|| value.mul(Self(R_SQUARED)))
    }

    fn to_bytes(self) -> [u8; 32] {
        let [a0, a1, a2, a3] = self.0;
        let mut out = reduce([a0, a1, a2, a3, 0, 0, 0, 0]).to_montgomery_bytes();
        out.reverse();
        out
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let (s0, carry) = adc(a0, b0, false);
        let (s1, carry) = adc(a1, b1, carry);
        let (s2, carry) = adc(a2, b2, carry);
        let (s3, carry) = adc(a3, b3, carry);
        reduce_once([s0, s1, s2, s3], carry)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let (d0, borrow) = sbb(a0, b0, false);
        let (d1, borrow) = sbb(a1, b1, borrow);
        let (d2, borrow) = sbb(a2, b2, borrow);
        let (d3, borrow) = sbb(a3, b3, borrow);
        // p if it went below zero.
        let mask = u64::from(borrow).wrapping_neg();
        let (d0, carry) = adc(d0, P[0] & mask, false);
        let (d1, carry) = adc(d1, P[1] & mask, carry);
        let (d2, carry) = adc(d2, 0, carry);
        let (d3, _) = adc(d3, P[3] & mask, carry);
        Self([d0, d1, d2, d3])
    }

    #[inline(always)]
    fn negate_if(self, negate: bool) -> Self {
        let ([a0, a1, a2, a3], Self([n0, n1, n2, n3])) = (self.0, Self::ZERO.sub(self));
        // Signs of digits are random: a branch would be mispredicted half of the time.
        let mask = u64::from(negate).wrapping_neg();
        let pick = |a: u64, n: u64| a ^ (a ^ n) & mask;
        Self([pick(a0, n0), pick(a1, n1), pick(a2, n2), pick(a3, n3)])
    }

    #[inline(always)]
    fn half(self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        // p if it is odd, which makes it even.
        let mask = (a0 & 1).wrapping_neg();
        let (s0, carry) = adc(a0, P[0] & mask, false);
        let (s1, carry) = adc(a1, P[1] & mask, carry);
        let (s2, carry) = adc(a2, 0, carry);
        let (s3, carry) = adc(a3, P[3] & mask, carry);
        Self([s0 >> 1 | s1 << 63, s1 >> 1 | s2 << 63, s2 >> 1 | s3 << 63, s3 >> 1 | u64::from(carry) << 63])
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let (t0, c) = mac(0, a0, b0, 0);
        let (t1, c) = mac(0, a0, b1, c);
        let (t2, c) = mac(0, a0, b2, c);
        let (t3, t4) = mac(0, a0, b3, c);
        let (t1, c) = mac(t1, a1, b0, 0);
        let (t2, c) = mac(t2, a1, b1, c);
        let (t3, c) = mac(t3, a1, b2, c);
        let (t4, t5) = mac(t4, a1, b3, c);
        let (t2, c) = mac(t2, a2, b0, 0);
        let (t3, c) = mac(t3, a2, b1, c);
        let (t4, c) = mac(t4, a2, b2, c);
        let (t5, t6) = mac(t5, a2, b3, c);
        let (t3, c) = mac(t3, a3, b0, 0);
        let (t4, c) = mac(t4, a3, b1, c);
        let (t5, c) = mac(t5, a3, b2, c);
        let (t6, t7) = mac(t6, a3, b3, c);
        reduce([t0, t1, t2, t3, t4, t5, t6, t7])
    }

    #[inline(always)]
    fn square(self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        // The products that occur twice,
        let (t1, c) = mac(0, a0, a1, 0);
        let (t2, c) = mac(0, a0, a2, c);
        let (t3, t4) = mac(0, a0, a3, c);
        let (t3, c) = mac(t3, a1, a2, 0);
        let (t4, t5) = mac(t4, a1, a3, c);
        let (t5, t6) = mac(t5, a2, a3, 0);
        // doubled,
        let t7 = t6 >> 63;
        let t6 = t6 << 1 | t5 >> 63;
        let t5 = t5 << 1 | t4 >> 63;
        let t4 = t4 << 1 | t3 >> 63;
        let t3 = t3 << 1 | t2 >> 63;
        let t2 = t2 << 1 | t1 >> 63;
        let t1 = t1 << 1;
        // and the squares.
        let (t0, c) = mac(0, a0, a0, 0);
        let (t1, carry) = adc(t1, c, false);
        let (low, high) = mac(0, a1, a1, 0);
        let (t2, carry) = adc(t2, low, carry);
        let (t3, carry) = adc(t3, high, carry);
        let (low, high) = mac(0, a2, a2, 0);
        let (t4, carry) = adc(t4, low, carry);
        let (t5, carry) = adc(t5, high, carry);
        let (low, high) = mac(0, a3, a3, 0);
        let (t6, carry) = adc(t6, low, carry);
        let (t7, _) = adc(t7, high, carry);
        reduce([t0, t1, t2, t3, t4, t5, t6, t7])
    }
}
