//! The field in eight limbs of 32 bits, for machines that multiply 32 by 32 bits into 64.

use crate::ecdsa::arithmetic::field::{Field, P, R, R_SQUARED};

/// An integer modulo p, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field32([u32; 8]);

const P32: [u32; 8] = halves(P);
const R32: [u32; 8] = halves(R);

/// Limbs of 64 bits, halved.
#[expect(clippy::cast_possible_truncation, clippy::indexing_slicing, reason = "halves of limbs, at compile time")]
const fn halves(limbs: [u64; 4]) -> [u32; 8] {
    let mut out = [0; 8];
    let mut i = 0;
    while i < 4 {
        out[2 * i] = limbs[i] as u32;
        out[2 * i + 1] = (limbs[i] >> 32) as u32;
        i += 1;
    }
    out
}

/// Low and high half of a double word.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a double word")]
const fn split(wide: u64) -> (u32, u32) {
    (wide as u32, (wide >> 32) as u32)
}

/// The low half of a signed sum, and the rest of it: a carry, or a borrow.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the low half")]
const fn carry(sum: i64) -> (u32, i64) {
    (sum as u32, sum >> 32)
}

/// a − b, and whether it went below zero.
#[inline(always)]
fn subtract(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], bool) {
    let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) = (*a, *b);
    let (r0, rest) = carry(i64::from(a0) - i64::from(b0));
    let (r1, rest) = carry(i64::from(a1) - i64::from(b1) + rest);
    let (r2, rest) = carry(i64::from(a2) - i64::from(b2) + rest);
    let (r3, rest) = carry(i64::from(a3) - i64::from(b3) + rest);
    let (r4, rest) = carry(i64::from(a4) - i64::from(b4) + rest);
    let (r5, rest) = carry(i64::from(a5) - i64::from(b5) + rest);
    let (r6, rest) = carry(i64::from(a6) - i64::from(b6) + rest);
    let (r7, rest) = carry(i64::from(a7) - i64::from(b7) + rest);
    ([r0, r1, r2, r3, r4, r5, r6, r7], rest != 0)
}

/// a + b, and whether there was a carry.
#[inline(always)]
fn sum(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], bool) {
    let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) = (*a, *b);
    let (r0, rest) = carry(i64::from(a0) + i64::from(b0));
    let (r1, rest) = carry(i64::from(a1) + i64::from(b1) + rest);
    let (r2, rest) = carry(i64::from(a2) + i64::from(b2) + rest);
    let (r3, rest) = carry(i64::from(a3) + i64::from(b3) + rest);
    let (r4, rest) = carry(i64::from(a4) + i64::from(b4) + rest);
    let (r5, rest) = carry(i64::from(a5) + i64::from(b5) + rest);
    let (r6, rest) = carry(i64::from(a6) + i64::from(b6) + rest);
    let (r7, rest) = carry(i64::from(a7) + i64::from(b7) + rest);
    ([r0, r1, r2, r3, r4, r5, r6, r7], rest != 0)
}

/// The value, or the value − p if that is not negative; `over` stands for 2^256.
#[inline(always)]
fn reduce_once(value: [u32; 8], over: bool) -> Field32 {
    // R is 2^256 − p: the carry tells what a borrow would, and carries are cheaper here.
    let (reduced, carry) = sum(&value, &R32);
    Field32(if carry || over { reduced } else { value })
}

/// The nine limbs of a Montgomery multiplication under way.
type Partial = [u32; 9];

/// (t + a·b + m·p)/2^32, where m makes that an integer.
///
/// −1/p modulo 2^32 is 1, so m is the lowest limb. With p = 2^256 − 2^224 + 2^192 + 2^96 − 1, adding m times p clears
/// that limb, adds m at limbs 3, 6 and 8, and takes m away at limb 7.
#[inline(always)]
fn step([t0, t1, t2, t3, t4, t5, t6, t7, t8]: Partial, a: u32, b: &[u32; 8]) -> Partial {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *b;
    // One instruction on Cortex-M4: UMAAL.
    let mac = |t: u32, b: u32, c: u32| split(u64::from(a) * u64::from(b) + u64::from(t) + u64::from(c));
    let (m, c) = mac(t0, b0, 0);
    let (t1, c) = mac(t1, b1, c);
    let (t2, c) = mac(t2, b2, c);
    let (t3, c) = mac(t3, b3, c);
    let (t4, c) = mac(t4, b4, c);
    let (t5, c) = mac(t5, b5, c);
    let (t6, c) = mac(t6, b6, c);
    let (t7, c) = mac(t7, b7, c);
    let (t8, t9) = carry(i64::from(t8) + i64::from(c));
    let m = i64::from(m);
    let (t3, c) = carry(i64::from(t3) + m);
    let (t4, c) = carry(i64::from(t4) + c);
    let (t5, c) = carry(i64::from(t5) + c);
    let (t6, c) = carry(i64::from(t6) + m + c);
    let (t7, c) = carry(i64::from(t7) - m + c);
    let (t8, c) = carry(i64::from(t8) + m + c);
    let (t9, _) = carry(t9 + c);
    [t1, t2, t3, t4, t5, t6, t7, t8, t9]
}

/// Eight steps, one for each limb of a; what they leave is below 2p.
#[inline(always)]
fn montgomery(a: &[u32; 8], b: &[u32; 8]) -> Field32 {
    let mut t = [0; 9];
    for a in a {
        t = step(t, *a, b);
    }
    let [t0, t1, t2, t3, t4, t5, t6, t7, over] = t;
    reduce_once([t0, t1, t2, t3, t4, t5, t6, t7], over != 0)
}

impl Field for Field32 {
    const ZERO: Self = Self([0; 8]);
    const ONE: Self = Self(R32);

    fn from_montgomery_bytes(bytes: &[u8; 32]) -> Self {
        let (limbs, _) = bytes.as_chunks::<4>();
        let mut out = [0; 8];
        for (place, limb) in out.iter_mut().zip(limbs) {
            *place = u32::from_le_bytes(*limb);
        }
        Self(out)
    }

    fn to_montgomery_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (places, _) = out.as_chunks_mut::<4>();
        for (place, limb) in places.iter_mut().zip(self.0) {
            *place = limb.to_le_bytes();
        }
        out
    }

    fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut little = *bytes;
        little.reverse();
        let value = Self::from_montgomery_bytes(&little);
        let below = value.0.iter().rev().lt(P32.iter().rev());
        below.then(|| value.mul(Self(halves(R_SQUARED))))
    }

    fn to_bytes(self) -> [u8; 32] {
        // One as an integer, not in Montgomery form: multiplying by it divides by R.
        let mut out = self.mul(Self([1, 0, 0, 0, 0, 0, 0, 0])).to_montgomery_bytes();
        out.reverse();
        out
    }

    fn add(self, other: Self) -> Self {
        let (sum, carry) = sum(&self.0, &other.0);
        reduce_once(sum, carry)
    }

    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = subtract(&self.0, &other.0);
        if borrow { Self(sum(&difference, &P32).0) } else { Self(difference) }
    }

    fn half(self) -> Self {
        let [lowest, ..] = self.0;
        let (even, carry) = if lowest & 1 == 0 { (self.0, false) } else { sum(&self.0, &P32) };
        let (mut out, mut above) = (even, u32::from(carry));
        for place in out.iter_mut().rev() {
            let bit = *place & 1;
            *place = *place >> 1 | above << 31;
            above = bit;
        }
        Self(out)
    }

    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        montgomery(&self.0, &other.0)
    }

    fn square(self) -> Self {
        self.mul(self)
    }
}
