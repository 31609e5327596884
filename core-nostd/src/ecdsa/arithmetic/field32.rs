//! The field in eight limbs of 32 bits, for machines that multiply 32 by 32 bits into 64.

use crate::ecdsa::arithmetic::field::{Field, P, R, R_SQUARED};

/// An integer modulo p, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field32([u32; 8]);

const P32: [u32; 8] = halves(P);

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

/// a − b, and whether it went below zero.
fn subtract(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], bool) {
    let (mut out, mut borrow) = ([0; 8], false);
    for ((place, a), b) in out.iter_mut().zip(a).zip(b) {
        let (difference, first) = a.overflowing_sub(*b);
        let (difference, second) = difference.overflowing_sub(u32::from(borrow));
        *place = difference;
        borrow = first | second;
    }
    (out, borrow)
}

/// a + b, and whether there was a carry.
fn sum(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], bool) {
    let (mut out, mut carry) = ([0; 8], 0);
    for ((place, a), b) in out.iter_mut().zip(a).zip(b) {
        (*place, carry) = split(u64::from(*a) + u64::from(*b) + u64::from(carry));
    }
    (out, carry != 0)
}

/// The value, or the value − p if that is not negative; `carry` stands for 2^256.
fn reduce_once(value: [u32; 8], carry: bool) -> Field32 {
    let (reduced, borrow) = subtract(&value, &P32);
    Field32(if borrow && !carry { value } else { reduced })
}

/// Divides by R = 2^256 modulo p: eight steps, each adding the lowest limb m times p.
///
/// −1/p modulo 2^32 is 1. With p = 2^256 − 2^224 + 2^192 + 2^96 − 1 a step clears the lowest limb and adds m at limbs 3,
/// 6 and 8, less m at limb 7: m·2^256 − m·2^224 = m·(2^32 − 1)·2^224, which is not negative.
fn reduce(mut t: [u32; 16]) -> Field32 {
    // What is to be added one limb further: the carry out of limb 8 of the step before.
    let mut pending = 0_u32;
    for step in 0..8 {
        let Some([m, _, _, a3, a4, a5, a6, a7, a8]) = t.get_mut(step..).and_then(<[u32]>::first_chunk_mut) else {
            break;
        };
        let m = u64::from(*m);
        let carry;
        (*a3, carry) = split(u64::from(*a3) + m);
        let mut carry = carry;
        for limb in [a4, a5] {
            (*limb, carry) = split(u64::from(*limb) + u64::from(carry));
        }
        (*a6, carry) = split(u64::from(*a6) + m + u64::from(carry));
        let (low, high) = split((m << 32) - m);
        (*a7, carry) = split(u64::from(*a7) + u64::from(low) + u64::from(carry));
        (*a8, pending) = split(u64::from(*a8) + u64::from(high) + u64::from(carry) + u64::from(pending));
    }
    let mut high = [0; 8];
    for (place, limb) in high.iter_mut().zip(t.iter().skip(8)) {
        *place = *limb;
    }
    reduce_once(high, pending != 0)
}

impl Field for Field32 {
    const ZERO: Self = Self([0; 8]);
    const ONE: Self = Self(halves(R));

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
        let mut wide = [0; 16];
        for (place, limb) in wide.iter_mut().zip(self.0) {
            *place = limb;
        }
        let mut out = reduce(wide).to_montgomery_bytes();
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

    fn mul(self, other: Self) -> Self {
        let mut t = [0_u32; 16];
        for (i, a) in self.0.iter().enumerate() {
            let Some((row, top)) = t.get_mut(i..=i + 8).and_then(|part| part.split_at_mut_checked(8)) else { break };
            let mut carry = 0;
            for (place, b) in row.iter_mut().zip(&other.0) {
                // One instruction on Cortex-M4: UMAAL.
                (*place, carry) = split(u64::from(*a) * u64::from(*b) + u64::from(*place) + u64::from(carry));
            }
            if let [top] = top {
                *top = carry;
            }
        }
        reduce(t)
    }

    fn square(self) -> Self {
        self.mul(self)
    }
}
