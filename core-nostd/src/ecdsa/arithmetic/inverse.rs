//! Inverses modulo an odd prime, by the division steps of Bernstein and Yang ("Fast constant-time gcd computation and
//! modular inversion", 2019), in batches of 62, in variable time.
//!
//! f and g start as the modulus and the value; a division step makes g smaller or swaps. The 62 low bits of f and g
//! decide 62 steps, which are gathered in a 2×2 matrix and then applied to f, g and to d, e, for which
//! f ≡ d·value and g ≡ e·value hold modulo the modulus all along. When g is zero, f is ±1 and d is ± the inverse.

/// Limbs hold 62 bits; the highest one has the sign.
const LIMB_BITS: u32 = 62;
const MASK: u64 = u64::MAX >> 2;

/// A signed integer of five limbs, least significant first: Σ limb·2^(62·i).
type Signed62 = [i64; 5];

/// The modulus, and its inverse modulo 2^62.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulus {
    limbs: Signed62,
    inverse: u64,
}

impl Modulus {
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
        Self { limbs: to_signed62(modulus), inverse: inverse & MASK }
    }
}

/// 64-bit limbs as 62-bit limbs.
#[expect(clippy::cast_possible_wrap, reason = "every limb is masked to 62 bits")]
const fn to_signed62([a, b, c, d]: [u64; 4]) -> Signed62 {
    [
        (a & MASK) as i64,
        ((a >> 62 | b << 2) & MASK) as i64,
        ((b >> 60 | c << 4) & MASK) as i64,
        ((c >> 58 | d << 6) & MASK) as i64,
        (d >> 56) as i64,
    ]
}

/// 62-bit limbs, none of them negative, as 64-bit limbs.
#[expect(clippy::cast_sign_loss, reason = "none is negative")]
const fn from_signed62(limbs: Signed62) -> [u64; 4] {
    let [a, b, c, d, e] = limbs;
    let (a, b, c, d, e) = (a as u64, b as u64, c as u64, d as u64, e as u64);
    [a | b << 62, b >> 2 | c << 60, c >> 4 | d << 58, d >> 6 | e << 56]
}

/// Sixty-two division steps as one matrix, scaled by 2^62.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// The next 62 steps, from the low bits of f (odd) and g. `eta` is −delta of the paper.
fn steps(mut eta: i64, f: u64, g: u64) -> (i64, Matrix) {
    let (mut u, mut v, mut q, mut r) = (1_u64, 0_u64, 0_u64, 1_u64);
    let (mut f, mut g) = (f, g);
    let mut left = LIMB_BITS;
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
    let signed = |x: u64| i64::from_ne_bytes(x.to_ne_bytes());
    (eta, Matrix { u: signed(u), v: signed(v), q: signed(q), r: signed(r) })
}

const fn low(x: i64) -> u64 {
    u64::from_ne_bytes(x.to_ne_bytes())
}

/// The low 62 bits of a sum, and the rest of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "62 bits are taken; the rest fits"
)]
const fn carry(sum: i128) -> (i64, i128) {
    ((sum as u64 & MASK) as i64, sum >> LIMB_BITS)
}

/// (f, g) becomes the matrix times (f, g), which its scale divides exactly.
#[expect(clippy::cast_possible_truncation, reason = "the highest limb: the integer fits five")]
fn update_fg(f: &mut Signed62, g: &mut Signed62, m: &Matrix) {
    let product = |a: i64, x: i64, b: i64, y: i64| i128::from(a) * i128::from(x) + i128::from(b) * i128::from(y);
    let (mut sum_f, mut sum_g) = (0_i128, 0_i128);
    let (mut new_f, mut new_g) = ([0; 5], [0; 5]);
    let mut limbs = f.iter().zip(g.iter());
    if let Some((f0, g0)) = limbs.next() {
        sum_f = product(m.u, *f0, m.v, *g0) >> LIMB_BITS;
        sum_g = product(m.q, *f0, m.r, *g0) >> LIMB_BITS;
    }
    for ((fi, gi), (out_f, out_g)) in limbs.zip(new_f.iter_mut().zip(new_g.iter_mut())) {
        (*out_f, sum_f) = carry(sum_f + product(m.u, *fi, m.v, *gi));
        (*out_g, sum_g) = carry(sum_g + product(m.q, *fi, m.r, *gi));
    }
    let ([.., top_f], [.., top_g]) = (&mut new_f, &mut new_g);
    (*top_f, *top_g) = (sum_f as i64, sum_g as i64);
    (*f, *g) = (new_f, new_g);
}

/// (d, e) becomes the matrix times (d, e), divided by its scale modulo the modulus; stays within ± twice the modulus.
#[expect(clippy::cast_possible_truncation, reason = "the highest limb: the integer fits five")]
fn update_de(d: &mut Signed62, e: &mut Signed62, m: &Matrix, modulus: &Modulus) {
    let product = |a: i64, x: i64, b: i64, y: i64| i128::from(a) * i128::from(x) + i128::from(b) * i128::from(y);
    let ([d0, .., d4], [e0, .., e4]) = (*d, *e);
    // Multiples of the modulus that make d and e positive again ...
    let (sign_d, sign_e) = (d4 >> 63, e4 >> 63);
    let mut add_d = (m.u & sign_d).wrapping_add(m.v & sign_e);
    let mut add_e = (m.q & sign_d).wrapping_add(m.r & sign_e);
    let (mut sum_d, mut sum_e) = (product(m.u, d0, m.v, e0), product(m.q, d0, m.r, e0));
    // ... and that make the low limb vanish, so that it can be divided away.
    let vanish = |sum: i128, add: i64| {
        let (bottom, _) = carry(sum);
        let multiple = low(bottom).wrapping_mul(modulus.inverse).wrapping_add(low(add)) & MASK;
        add.wrapping_sub(i64::from_ne_bytes(multiple.to_ne_bytes()))
    };
    add_d = vanish(sum_d, add_d);
    add_e = vanish(sum_e, add_e);
    let (mut new_d, mut new_e) = ([0; 5], [0; 5]);
    let mut limbs = d.iter().zip(e.iter()).zip(&modulus.limbs);
    if let Some((_, modulus0)) = limbs.next() {
        sum_d = (sum_d + i128::from(*modulus0) * i128::from(add_d)) >> LIMB_BITS;
        sum_e = (sum_e + i128::from(*modulus0) * i128::from(add_e)) >> LIMB_BITS;
    }
    for (((di, ei), mi), (out_d, out_e)) in limbs.zip(new_d.iter_mut().zip(new_e.iter_mut())) {
        (*out_d, sum_d) = carry(sum_d + product(m.u, *di, m.v, *ei) + i128::from(*mi) * i128::from(add_d));
        (*out_e, sum_e) = carry(sum_e + product(m.q, *di, m.r, *ei) + i128::from(*mi) * i128::from(add_e));
    }
    let ([.., top_d], [.., top_e]) = (&mut new_d, &mut new_e);
    (*top_d, *top_e) = (sum_d as i64, sum_e as i64);
    (*d, *e) = (new_d, new_e);
}

/// Brings d, or −d, from within ± twice the modulus to below the modulus.
fn normalize(mut value: Signed62, negate: bool, modulus: &Modulus) -> Signed62 {
    let add = |value: &mut Signed62, factor: i64| {
        let mut over = 0_i64;
        let mut at = 0;
        for (limb, m) in value.iter_mut().zip(&modulus.limbs) {
            let sum = *limb + m * factor + over;
            at += 1;
            if at < 5 {
                *limb = sum & i64::from_ne_bytes(MASK.to_ne_bytes());
                over = sum >> LIMB_BITS;
            } else {
                *limb = sum;
            }
        }
    };
    let is_negative = |value: &Signed62| value.last().is_some_and(|top| *top < 0);
    if is_negative(&value) {
        add(&mut value, 1);
    }
    if negate {
        for limb in &mut value {
            *limb = -*limb;
        }
        add(&mut value, 0);
    }
    if is_negative(&value) {
        add(&mut value, 1);
    }
    value
}

/// 1/value modulo the modulus; zero for zero. `value` is below the modulus, least significant limb first.
pub(super) fn invert(value: [u64; 4], modulus: &Modulus) -> [u64; 4] {
    let (mut f, mut g) = (modulus.limbs, to_signed62(value));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    let mut eta = -1;
    while g != [0; 5] {
        let ([f0, ..], [g0, ..]) = (f, g);
        let (next, matrix) = steps(eta, low(f0), low(g0));
        eta = next;
        update_de(&mut d, &mut e, &matrix, modulus);
        update_fg(&mut f, &mut g, &matrix);
    }
    let negative = f.last().is_some_and(|top| *top < 0);
    from_signed62(normalize(d, negative, modulus))
}

/// As [`invert`], of an integer in big-endian bytes.
pub(super) fn invert_bytes(bytes: &mut [u8; 32], modulus: &Modulus) {
    let (chunks, _) = bytes.as_chunks_mut::<8>();
    let mut value = [0; 4];
    for (limb, chunk) in value.iter_mut().rev().zip(chunks.iter()) {
        *limb = u64::from_be_bytes(*chunk);
    }
    for (limb, chunk) in invert(value, modulus).iter().rev().zip(chunks) {
        *chunk = limb.to_be_bytes();
    }
}
