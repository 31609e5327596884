//! Inverses modulo an odd prime, by the division steps of Bernstein and Yang ("Fast constant-time gcd computation and
//! modular inversion", 2019), in batches, in variable time.
//!
//! f and g start as the modulus and the value; a division step makes g smaller or swaps. The low bits of f and g decide
//! a batch of steps, which are gathered in a 2×2 matrix and then applied to f, g and to d, e, for which f ≡ d·value and
//! g ≡ e·value hold modulo the modulus all along. When g is zero, f is ±1 and d is ± the inverse.
//!
//! A batch has as many steps as a limb has bits: 62 on machines that multiply 64 by 64 bits into 128, 30 on others.

use core::marker::PhantomData;
use core::ops::{Add, Mul, Shr};

/// What two products of limbs and a carry fit into.
pub(super) trait Wide:
    Copy + From<i64> + Add<Output = Self> + Mul<Output = Self> + Shr<u32, Output = Self>
{
    /// The low 64 bits.
    fn low(self) -> i64;
}

impl Wide for i64 {
    fn low(self) -> i64 {
        self
    }
}

impl Wide for i128 {
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are asked for")]
    fn low(self) -> i64 {
        self as i64
    }
}

/// A modulus with limbs for this target.
#[cfg(target_pointer_width = "64")]
pub(super) type NativeModulus = Modulus<i128, 62, 5>;
/// A modulus with limbs for this target.
#[cfg(not(target_pointer_width = "64"))]
pub(super) type NativeModulus = Modulus<i64, 30, 9>;

/// An odd modulus, in `LIMBS` limbs of `BITS` bits, and its inverse modulo 2^`BITS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulus<W, const BITS: u32, const LIMBS: usize> {
    limbs: [i64; LIMBS],
    inverse: u64,
    wide: PhantomData<W>,
}

/// A batch of division steps, scaled by 2 to the power of their number.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// The same 64 bits, signed or not.
const fn signed(bits: u64) -> i64 {
    i64::from_ne_bytes(bits.to_ne_bytes())
}

const fn unsigned(bits: i64) -> u64 {
    u64::from_ne_bytes(bits.to_ne_bytes())
}

/// The next steps, as many as `bits`, from the low bits of f (odd) and g. `eta` is −delta of the paper.
fn steps(bits: u32, mut eta: i64, f: u64, g: u64) -> (i64, Matrix) {
    let (mut u, mut v, mut q, mut r) = (1_u64, 0_u64, 0_u64, 1_u64);
    let (mut f, mut g) = (f, g);
    let mut left = bits;
    loop {
        // Steps with an even g only halve it: all of them at once, up to those that are left.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        let (limit, multiple);
        if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
            // The multiple of f that clears the most low bits of g: −g/f modulo 2^6, as far as eta and left allow.
            limit = (eta + 1).min(i64::from(left)).min(6);
            multiple = f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        } else {
            // As above, modulo 2^4: −1/f is f + (((f + 1) & 4) << 1), negated.
            limit = (eta + 1).min(i64::from(left)).min(4);
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            multiple = inverse.wrapping_neg().wrapping_mul(g);
        }
        let multiple = multiple & (u64::MAX >> (64 - limit.unsigned_abs()));
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
    (eta, Matrix { u: signed(u), v: signed(v), q: signed(q), r: signed(r) })
}

impl<W: Wide, const BITS: u32, const LIMBS: usize> Modulus<W, BITS, LIMBS> {
    const MASK: u64 = u64::MAX >> (64 - BITS);

    /// An odd modulus below 2^256, least significant limb first.
    pub(super) const fn new(modulus: [u64; 4]) -> Self {
        let [low, ..] = modulus;
        // Newton: each step doubles the number of bits that are right, from three.
        let mut inverse = low;
        let mut bits = 3;
        while bits < 64 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse)));
            bits *= 2;
        }
        Self { limbs: Self::from_integer(modulus), inverse: inverse & Self::MASK, wide: PhantomData }
    }

    /// 1/value modulo the modulus; zero for zero. `value` is below the modulus, least significant limb first.
    pub(super) fn invert(&self, value: [u64; 4]) -> [u64; 4] {
        let (mut f, mut g) = (self.limbs, Self::from_integer(value));
        let (mut d, mut e) = ([0; LIMBS], Self::from_integer([1, 0, 0, 0]));
        let mut eta = -1;
        while g != [0; LIMBS] {
            let lowest = |limbs: &[i64; LIMBS]| limbs.first().map_or(0, |limb| unsigned(*limb));
            let (next, matrix) = steps(BITS, eta, lowest(&f), lowest(&g));
            eta = next;
            self.update_de(&mut d, &mut e, &matrix);
            Self::update_fg(&mut f, &mut g, &matrix);
        }
        let negative = f.last().is_some_and(|top| *top < 0);
        Self::to_integer(self.normalize(d, negative))
    }

    /// As [`invert`](Self::invert), of an integer in big-endian bytes.
    pub(super) fn invert_bytes(&self, bytes: &mut [u8; 32]) {
        let (chunks, _) = bytes.as_chunks_mut::<8>();
        let mut value = [0; 4];
        for (limb, chunk) in value.iter_mut().rev().zip(chunks.iter()) {
            *limb = u64::from_be_bytes(*chunk);
        }
        for (limb, chunk) in self.invert(value).iter().rev().zip(chunks) {
            *chunk = limb.to_be_bytes();
        }
    }

    /// Limbs of 64 bits as limbs of these bits.
    #[expect(clippy::indexing_slicing, reason = "loops of constants, also at compile time")]
    const fn from_integer(integer: [u64; 4]) -> [i64; LIMBS] {
        let (mut limbs, mut i, mut at) = ([0; LIMBS], 0, 0);
        while i < LIMBS {
            let (word, shift) = ((at / 64) as usize, at % 64);
            let high = if word < 3 { integer[word + 1] << 1 << (63 - shift) } else { 0 };
            limbs[i] = signed((integer[word] >> shift | high) & Self::MASK);
            i += 1;
            at += BITS;
        }
        limbs
    }

    /// Limbs, none of them negative, as limbs of 64 bits.
    fn to_integer(limbs: [i64; LIMBS]) -> [u64; 4] {
        let mut integer = [0; 4];
        let mut at = 0;
        for limb in limbs.map(unsigned) {
            let (word, shift) = ((at / 64) as usize, at % 64);
            if let Some(low) = integer.get_mut(word) {
                *low |= limb << shift;
            }
            if let Some(high) = integer.get_mut(word + 1) {
                *high |= limb >> 1 >> (63 - shift);
            }
            at += BITS;
        }
        integer
    }

    fn product(a: i64, x: i64, b: i64, y: i64) -> W {
        W::from(a) * W::from(x) + W::from(b) * W::from(y)
    }

    /// The low bits of a sum, as many as a limb has, and the rest of it.
    fn carry(sum: W) -> (i64, W) {
        (signed(unsigned(sum.low()) & Self::MASK), sum >> BITS)
    }

    /// (f, g) becomes the matrix times (f, g), which its scale divides exactly.
    fn update_fg(f: &mut [i64; LIMBS], g: &mut [i64; LIMBS], m: &Matrix) {
        let (mut sum_f, mut sum_g) = (W::from(0), W::from(0));
        let (mut new_f, mut new_g) = ([0; LIMBS], [0; LIMBS]);
        let mut limbs = f.iter().zip(g.iter());
        if let Some((f0, g0)) = limbs.next() {
            sum_f = Self::product(m.u, *f0, m.v, *g0) >> BITS;
            sum_g = Self::product(m.q, *f0, m.r, *g0) >> BITS;
        }
        for ((fi, gi), (out_f, out_g)) in limbs.zip(new_f.iter_mut().zip(new_g.iter_mut())) {
            (*out_f, sum_f) = Self::carry(sum_f + Self::product(m.u, *fi, m.v, *gi));
            (*out_g, sum_g) = Self::carry(sum_g + Self::product(m.q, *fi, m.r, *gi));
        }
        if let (Some(top_f), Some(top_g)) = (new_f.last_mut(), new_g.last_mut()) {
            (*top_f, *top_g) = (sum_f.low(), sum_g.low());
        }
        (*f, *g) = (new_f, new_g);
    }

    /// (d, e) becomes the matrix times (d, e), divided by its scale modulo the modulus; stays within ± twice the modulus.
    fn update_de(&self, d: &mut [i64; LIMBS], e: &mut [i64; LIMBS], m: &Matrix) {
        // Multiples of the modulus that make d and e positive again ...
        let sign = |limbs: &[i64; LIMBS]| limbs.last().map_or(0, |top| top >> 63);
        let (sign_d, sign_e) = (sign(d), sign(e));
        let add_d = (m.u & sign_d).wrapping_add(m.v & sign_e);
        let add_e = (m.q & sign_d).wrapping_add(m.r & sign_e);
        let mut limbs = d.iter().zip(e.iter()).zip(&self.limbs);
        let Some(((d0, e0), modulus0)) = limbs.next() else { return };
        let (sum_d, sum_e) = (Self::product(m.u, *d0, m.v, *e0), Self::product(m.q, *d0, m.r, *e0));
        // ... and that make the low limb vanish, so that it can be divided away.
        let vanish = |sum: W, add: i64| {
            let multiple = unsigned(sum.low()).wrapping_mul(self.inverse).wrapping_add(unsigned(add)) & Self::MASK;
            add.wrapping_sub(signed(multiple))
        };
        let (add_d, add_e) = (vanish(sum_d, add_d), vanish(sum_e, add_e));
        let mut sum_d = (sum_d + W::from(*modulus0) * W::from(add_d)) >> BITS;
        let mut sum_e = (sum_e + W::from(*modulus0) * W::from(add_e)) >> BITS;
        let (mut new_d, mut new_e) = ([0; LIMBS], [0; LIMBS]);
        for (((di, ei), mi), (out_d, out_e)) in limbs.zip(new_d.iter_mut().zip(new_e.iter_mut())) {
            let modulus = W::from(*mi);
            (*out_d, sum_d) = Self::carry(sum_d + Self::product(m.u, *di, m.v, *ei) + modulus * W::from(add_d));
            (*out_e, sum_e) = Self::carry(sum_e + Self::product(m.q, *di, m.r, *ei) + modulus * W::from(add_e));
        }
        if let (Some(top_d), Some(top_e)) = (new_d.last_mut(), new_e.last_mut()) {
            (*top_d, *top_e) = (sum_d.low(), sum_e.low());
        }
        (*d, *e) = (new_d, new_e);
    }

    /// Brings d, or −d, from within ± twice the modulus to below the modulus.
    fn normalize(&self, mut value: [i64; LIMBS], negate: bool) -> [i64; LIMBS] {
        let is_negative = |value: &[i64; LIMBS]| value.last().is_some_and(|top| *top < 0);
        if is_negative(&value) {
            self.add_multiple(&mut value, 1);
        }
        if negate {
            for limb in &mut value {
                *limb = -*limb;
            }
            self.add_multiple(&mut value, 0);
        }
        if is_negative(&value) {
            self.add_multiple(&mut value, 1);
        }
        value
    }

    /// Adds a multiple of the modulus, and carries.
    fn add_multiple(&self, value: &mut [i64; LIMBS], factor: i64) {
        let mut over = 0_i64;
        for (i, (limb, m)) in value.iter_mut().zip(&self.limbs).enumerate() {
            let sum = *limb + m * factor + over;
            if i + 1 < LIMBS {
                *limb = signed(unsigned(sum) & Self::MASK);
                over = sum >> BITS;
            } else {
                *limb = sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Modulus, NativeModulus};
    use crate::ecdsa::arithmetic::tests::{N, P, any_integer, edges, integer, modulo};
    use p256::elliptic_curve::bigint::{NonZero, U256};
    use proptest::proptest;

    fn limbs(value: &U256) -> [u64; 4] {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(value.to_le_bytes().as_slice().chunks(8)) {
            *limb = u64::from_le_bytes(chunk.try_into().unwrap());
        }
        limbs
    }

    fn check(value: &U256, modulus: &str) {
        let (value, odd) = (modulo(value, modulus), limbs(&integer(modulus)));
        let wide = Modulus::<i128, 62, 5>::new(odd).invert(limbs(&value));
        assert_eq!(wide, Modulus::<i64, 30, 9>::new(odd).invert(limbs(&value)), "{value}");
        assert_eq!(wide, NativeModulus::new(odd).invert(limbs(&value)));
        if value == U256::ZERO {
            assert_eq!(wide, [0; 4]);
        } else {
            let shift_in = |sum: U256, limb: &u64| (sum << 64_u32).wrapping_add(&U256::from(*limb));
            let inverse = wide.iter().rev().fold(U256::ZERO, shift_in);
            let product = inverse.mul_mod(&value, &NonZero::new(integer(modulus)).unwrap());
            assert_eq!(product, U256::ONE, "{value}");
            assert!(inverse < integer(modulus));
        }
    }

    #[test]
    fn both_widths_give_the_inverse_of_edge_integers() {
        for value in edges() {
            check(&value, N);
            check(&value, P);
        }
    }

    proptest! {
        #[test]
        fn both_widths_give_the_inverse(value in any_integer()) {
            check(&value, N);
            check(&value, P);
        }
    }
}
