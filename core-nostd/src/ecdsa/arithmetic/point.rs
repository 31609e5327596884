//! Points of the curve, in affine and in Jacobian coordinates, with every exceptional case.
//!
//! A Jacobian point (X, Y, Z) stands for x = X/Z², y = Y/Z³; with Z = 0 it is infinity. The additions are add-2007-bl and
//! madd-2007-bl of the Explicit-Formulas Database, without their doublings; the doubling is that of a = −3.

use crate::ecdsa::arithmetic::{Field, ORDER};

/// A point other than infinity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Affine<F> {
    pub(crate) x: F,
    pub(crate) y: F,
}

/// Any point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jacobian<F> {
    pub(crate) x: F,
    pub(crate) y: F,
    pub(crate) z: F,
}

/// b of the curve equation: Montgomery form, little-endian bytes.
const B: [u64; 4] = [0xd89c_df62_29c4_bddf, 0xacf0_05cd_7884_3090, 0xe5a2_20ab_f721_2ed6, 0xdc30_061d_0487_4834];

impl<F: Field> Affine<F> {
    /// A point by its coordinates; `None` unless it is on the curve.
    pub(crate) fn new(x: F, y: F) -> Option<Self> {
        (y.square() == right_side(x)).then_some(Self { x, y })
    }

    /// The point of this x whose y is odd or even; `None` if there is none.
    pub(crate) fn decompress(x: F, odd: bool) -> Option<Self> {
        let y = right_side(x).square_root()?;
        let is_odd = y.to_bytes().last().is_some_and(|last| last & 1 == 1);
        Some(Self { x, y: if is_odd == odd { y } else { y.negate() } })
    }

    #[cfg(test)]
    pub(crate) fn negate(self) -> Self {
        Self { x: self.x, y: self.y.negate() }
    }
}

/// x³ − 3x + b.
fn right_side<F: Field>(x: F) -> F {
    let mut b = [0; 32];
    let (places, _) = b.as_chunks_mut::<8>();
    for (place, limb) in places.iter_mut().zip(B) {
        *place = limb.to_le_bytes();
    }
    x.square().mul(x).sub(x.double().add(x)).add(F::from_montgomery_bytes(&b))
}

impl<F: Field> From<Affine<F>> for Jacobian<F> {
    fn from(point: Affine<F>) -> Self {
        Self { x: point.x, y: point.y, z: F::ONE }
    }
}

impl<F: Field> Jacobian<F> {
    pub(crate) const INFINITY: Self = Self { x: F::ONE, y: F::ONE, z: F::ZERO };

    pub(crate) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    #[cfg(test)]
    pub(crate) fn negate(self) -> Self {
        Self { y: self.y.negate(), ..self }
    }

    /// Infinity doubles to infinity by itself: Z stays zero. No point has order two.
    #[inline]
    pub(crate) fn double(&self) -> Self {
        let delta = self.z.square();
        let alpha = self.x.sub(delta).mul(self.x.add(delta));
        let alpha = alpha.double().add(alpha);
        // 2Y first: its square and its product with Z are what the textbook's doublings of Y² and Y·Z lead to.
        let y2 = self.y.double();
        let gamma4 = y2.square();
        let beta4 = self.x.mul(gamma4);
        let x = alpha.square().sub(beta4.double());
        let y = alpha.mul(beta4.sub(x)).sub(gamma4.square().half());
        Self { x, y, z: y2.mul(self.z) }
    }

    /// The sum with any point.
    #[inline]
    pub(crate) fn add(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (z1z1, z2z2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x.mul(z2z2), other.x.mul(z1z1));
        let (s1, s2) = (self.y.mul(other.z).mul(z2z2), other.y.mul(self.z).mul(z1z1));
        let (h, r) = (u2.sub(u1), s2.sub(s1));
        if h.is_zero() {
            return self.same_x(r);
        }
        let (hh, z) = (h.square(), self.z.mul(other.z).mul(h));
        Self::sum(h, hh, r, u1, s1, z)
    }

    /// The sum with an affine point.
    #[inline]
    pub(crate) fn add_affine(&self, other: &Affine<F>) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let z1z1 = self.z.square();
        let u2 = other.x.mul(z1z1);
        let s2 = other.y.mul(self.z).mul(z1z1);
        let (h, r) = (u2.sub(self.x), s2.sub(self.y));
        if h.is_zero() {
            return self.same_x(r);
        }
        Self::sum(h, h.square(), r, self.x, self.y, self.z.mul(h))
    }

    /// Two points of the same x are equal or opposite; r is the difference of their y.
    #[cold]
    fn same_x(&self, r: F) -> Self {
        if r.is_zero() { self.double() } else { Self::INFINITY }
    }

    /// What both additions end with.
    #[inline(always)]
    fn sum(h: F, hh: F, r: F, u1: F, s1: F, z: F) -> Self {
        let hhh = hh.mul(h);
        let v = u1.mul(hh);
        let x = r.square().sub(hhh).sub(v.double());
        let y = r.mul(v.sub(x)).sub(s1.mul(hhh));
        Self { x, y, z }
    }

    /// Whether the affine x, as an integer, equals `r` modulo n, without an inversion: X = r·Z², or X = (r + n)·Z² where
    /// r + n is below p.
    pub(crate) fn has_x(&self, r: &[u8; 32]) -> bool {
        if self.is_infinity() {
            return false;
        }
        is_fraction(self.x, self.z.square(), r)
    }
}

/// Whether x/zz, as an integer, equals `r` modulo n.
pub(super) fn is_fraction<F: Field>(x: F, zz: F, r: &[u8; 32]) -> bool {
    let equals = |candidate: &[u8; 32]| F::from_bytes(candidate).is_some_and(|candidate| candidate.mul(zz) == x);
    equals(r) || plus_order(r).is_some_and(|candidate| equals(&candidate))
}

/// r + n if that has 256 bits.
fn plus_order(r: &[u8; 32]) -> Option<[u8; 32]> {
    let (mut sum, mut carry) = ([0; 32], false);
    for ((place, a), b) in sum.iter_mut().rev().zip(r.iter().rev()).zip(ORDER.iter().rev()) {
        let (s, first) = a.overflowing_add(*b);
        let (s, second) = s.overflowing_add(u8::from(carry));
        *place = s;
        carry = first | second;
    }
    (!carry).then_some(sum)
}
