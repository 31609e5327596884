//! The field in nine limbs of 29 bits, for machines that multiply 64 by 64 bits into 64: WebAssembly.
//!
//! Products of limbs have 58 bits, so nine of them add up in an `i64` before anything is carried. Limbs are signed, so
//! that a difference needs no borrow.

use crate::ecdsa::arithmetic::field::{Field, P, R, R_SQUARED};

/// An integer modulo p in Montgomery form with R = 2^261: Σ limb·2^(29·i).
///
/// Its value is above −2^230 and below 2^256 + 2^252: zero is 0 or p, and nothing else. Limbs are above −2^26 and below
/// 2^29 + 2^26. Every operation takes such values and gives such values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field29([i64; 9]);

const BITS: u32 = 29;
const MASK: i64 = (1 << BITS) - 1;

/// 1 as an integer: multiplying by it divides by R.
const UNIT: Field29 = Field29([1, 0, 0, 0, 0, 0, 0, 0, 0]);
/// p, limb by limb.
const P29: [i64; 9] = Field29::from_limbs(P, 0).0;

impl Field29 {
    /// Limbs of 64 bits, times 2^shift: below 2^261. `shift` is at most five.
    #[expect(clippy::cast_possible_wrap, reason = "29 bits are taken")]
    const fn from_limbs([a, b, c, d]: [u64; 4], shift: u32) -> Self {
        const fn low(bits: u64) -> i64 {
            bits as i64 & MASK
        }
        let s = shift;
        Self([
            low(a << s),
            low(a >> (29 - s)),
            low(a >> (58 - s) | b << 6 << s),
            low(b >> (23 - s)),
            low(b >> (52 - s) | c << 12 << s),
            low(c >> (17 - s)),
            low(c >> (46 - s) | d << 18 << s),
            low(d >> (11 - s)),
            low(d >> (40 - s)),
        ])
    }

    /// The reduced integer, in 64-bit limbs.
    #[expect(clippy::cast_sign_loss, reason = "limbs of a reduced integer are not negative")]
    fn to_limbs(self) -> [u64; 4] {
        let [a, b, c, d, e, f, g, h, i] = self.reduced().map(|limb| limb as u64);
        [a | b << 29 | c << 58, c >> 6 | d << 23 | e << 52, e >> 12 | f << 17 | g << 46, g >> 18 | h << 11 | i << 40]
    }

    /// The limbs of the integer below p that this stands for.
    fn reduced(self) -> [i64; 9] {
        // From −2^230 … on: made positive, then at most two times p too much.
        let mut value = self.0;
        for (limb, p) in value.iter_mut().zip(P29) {
            *limb += p;
        }
        let mut value = carried(value);
        for _ in 0..2 {
            let mut smaller = value;
            for (limb, p) in smaller.iter_mut().zip(P29) {
                *limb -= p;
            }
            let smaller = carried(smaller);
            if smaller.last().is_some_and(|top| *top >= 0) {
                value = smaller;
            }
        }
        value
    }

    /// Carries, and folds what is above 2^256 back: 2^256 is 2^224 − 2^192 − 2^96 + 1 modulo p.
    #[inline(always)]
    fn weakly_reduced(limbs: [i64; 9]) -> Self {
        let [a, b, c, d, e, f, g, h, i] = carried(limbs);
        let over = i >> 24;
        Self([a + over, b, c, d - (over << 9), e, f, g - (over << 18), h + (over << 21), i - (over << 24)])
    }
}

/// The same integer with all limbs from 0 to 2^29 − 1, but for the highest, which has the sign.
#[inline(always)]
fn carried(limbs: [i64; 9]) -> [i64; 9] {
    let [a, b, c, d, e, f, g, h, i] = limbs;
    let b = b + (a >> BITS);
    let c = c + (b >> BITS);
    let d = d + (c >> BITS);
    let e = e + (d >> BITS);
    let f = f + (e >> BITS);
    let g = g + (f >> BITS);
    let h = h + (g >> BITS);
    let i = i + (h >> BITS);
    [a & MASK, b & MASK, c & MASK, d & MASK, e & MASK, f & MASK, g & MASK, h & MASK, i]
}

/// Divides by R = 2^261 modulo p.
///
/// −1/p modulo 2^29 is 1, so each step adds the lowest limb m times p, which clears it: m·p = m·2^256 − m·2^224 +
/// m·2^192 + m·2^96 − m. No multiplication is needed.
#[inline(always)]
fn reduce(t: [i64; 17]) -> Field29 {
    let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16] = t;
    /// What a step adds: the carry of the limb that it clears, and m at the places where p has bits.
    #[inline(always)]
    fn step(limb: i64) -> (i64, i64, i64, i64, i64) {
        let m = limb & MASK;
        (limb >> BITS, m << 9, m << 18, m << 21, m << 24)
    }
    let (carry, m9, m18, m21, m24) = step(t0);
    let (t1, t3, t6, t7, t8) = (t1 + carry, t3 + m9, t6 + m18, t7 - m21, t8 + m24);
    let (carry, m9, m18, m21, m24) = step(t1);
    let (t2, t4, t7, t8, t9) = (t2 + carry, t4 + m9, t7 + m18, t8 - m21, t9 + m24);
    let (carry, m9, m18, m21, m24) = step(t2);
    let (t3, t5, t8, t9, t10) = (t3 + carry, t5 + m9, t8 + m18, t9 - m21, t10 + m24);
    let (carry, m9, m18, m21, m24) = step(t3);
    let (t4, t6, t9, t10, t11) = (t4 + carry, t6 + m9, t9 + m18, t10 - m21, t11 + m24);
    let (carry, m9, m18, m21, m24) = step(t4);
    let (t5, t7, t10, t11, t12) = (t5 + carry, t7 + m9, t10 + m18, t11 - m21, t12 + m24);
    let (carry, m9, m18, m21, m24) = step(t5);
    let (t6, t8, t11, t12, t13) = (t6 + carry, t8 + m9, t11 + m18, t12 - m21, t13 + m24);
    let (carry, m9, m18, m21, m24) = step(t6);
    let (t7, t9, t12, t13, t14) = (t7 + carry, t9 + m9, t12 + m18, t13 - m21, t14 + m24);
    let (carry, m9, m18, m21, m24) = step(t7);
    let (t8, t10, t13, t14, t15) = (t8 + carry, t10 + m9, t13 + m18, t14 - m21, t15 + m24);
    let (carry, m9, m18, m21, m24) = step(t8);
    let (t9, t11, t14, t15, t16) = (t9 + carry, t11 + m9, t14 + m18, t15 - m21, t16 + m24);
    // What is above the limbs that were cleared. With factors as above it is above −2^226 and below p + 2^252.
    Field29(carried([t9, t10, t11, t12, t13, t14, t15, t16, 0]))
}

impl PartialEq for Field29 {
    fn eq(&self, other: &Self) -> bool {
        self.sub(*other).is_zero()
    }
}

impl Field for Field29 {
    const ZERO: Self = Self([0; 9]);
    const ONE: Self = Self::from_limbs(R, 5);

    fn from_montgomery_bytes(bytes: &[u8; 32]) -> Self {
        let (limbs, _) = bytes.as_chunks::<8>();
        let mut out = [0; 4];
        for (place, limb) in out.iter_mut().zip(limbs) {
            *place = u64::from_le_bytes(*limb);
        }
        // From R = 2^256 to R = 2^261.
        Self::weakly_reduced(Self::from_limbs(out, 5).0)
    }

    fn to_montgomery_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (places, _) = out.as_chunks_mut::<8>();
        for (place, limb) in places.iter_mut().zip(self.mul(Self::from_limbs(R, 0)).to_limbs()) {
            *place = limb.to_le_bytes();
        }
        out
    }

    fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let (limbs, _) = bytes.as_chunks::<8>();
        let mut value = [0; 4];
        for (place, limb) in value.iter_mut().zip(limbs.iter().rev()) {
            *place = u64::from_be_bytes(*limb);
        }
        let below = value.iter().rev().lt(P.iter().rev());
        // Both times 2^5: the constant is R² for R = 2^256.
        below.then(|| Self::from_limbs(value, 5).mul(Self::from_limbs(R_SQUARED, 5)))
    }

    fn to_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (places, _) = out.as_chunks_mut::<8>();
        for (place, limb) in places.iter_mut().rev().zip(self.mul(UNIT).to_limbs()) {
            *place = limb.to_be_bytes();
        }
        out
    }

    fn is_zero(self) -> bool {
        // Zero is 0 or p, whose lowest limb is 0 or −1: nearly all others are told by it.
        let [lowest, ..] = self.0;
        (lowest + 1) & MASK <= 1 && self.reduced() == [0; 9]
    }

    fn add(self, other: Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        Self::weakly_reduced([a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5, a6 + b6, a7 + b7, a8 + b8])
    }

    fn sub(self, other: Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        Self::weakly_reduced([a0 - b0, a1 - b1, a2 - b2, a3 - b3, a4 - b4, a5 - b5, a6 - b6, a7 - b7, a8 - b8])
    }

    fn half(self) -> Self {
        let [a0, ..] = self.0;
        // p if it is odd, which makes it even; then every limb gives its lowest bit to the one below.
        let odd = a0 & 1;
        let mut value = self.0;
        for (limb, p) in value.iter_mut().zip(P29) {
            *limb += p * odd;
        }
        let [a, b, c, d, e, f, g, h, i] = carried(value);
        let pair = |low: i64, high: i64| low >> 1 | (high & 1) << (BITS - 1);
        Self([pair(a, b), pair(b, c), pair(c, d), pair(d, e), pair(e, f), pair(f, g), pair(g, h), pair(h, i), i >> 1])
    }

    fn mul(self, other: Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        reduce([
            a0 * b0,
            a0 * b1 + a1 * b0,
            a0 * b2 + a1 * b1 + a2 * b0,
            a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
            a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
            a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
            a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
            a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
            a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
            a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1,
            a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2,
            a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3,
            a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4,
            a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5,
            a6 * b8 + a7 * b7 + a8 * b6,
            a7 * b8 + a8 * b7,
            a8 * b8,
        ])
    }

    fn square(self) -> Self {
        let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = self.0;
        let [d1, d2, d3, d4, d5, d6, d7, d8] = [2 * a1, 2 * a2, 2 * a3, 2 * a4, 2 * a5, 2 * a6, 2 * a7, 2 * a8];
        reduce([
            a0 * a0,
            a0 * d1,
            a0 * d2 + a1 * a1,
            a0 * d3 + a1 * d2,
            a0 * d4 + a1 * d3 + a2 * a2,
            a0 * d5 + a1 * d4 + a2 * d3,
            a0 * d6 + a1 * d5 + a2 * d4 + a3 * a3,
            a0 * d7 + a1 * d6 + a2 * d5 + a3 * d4,
            a0 * d8 + a1 * d7 + a2 * d6 + a3 * d5 + a4 * a4,
            a1 * d8 + a2 * d7 + a3 * d6 + a4 * d5,
            a2 * d8 + a3 * d7 + a4 * d6 + a5 * a5,
            a3 * d8 + a4 * d7 + a5 * d6,
            a4 * d8 + a5 * d7 + a6 * a6,
            a5 * d8 + a6 * d7,
            a6 * d8 + a7 * a7,
            a7 * d8,
            a8 * a8,
        ])
    }
}
