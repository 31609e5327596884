//! Points in extended Jacobian coordinates: the cheapest sums of affine points, where there are few doublings.
//!
//! (X, Y, ZZ, ZZZ) with ZZ³ = ZZZ² stands for x = X/ZZ, y = Y/ZZZ; with ZZ = 0 it is infinity. Formulas: madd-2008-s and
//! dbl-2008-s-1 of the Explicit-Formulas Database, for a = −3.

use crate::ecdsa::arithmetic::point::is_fraction;
use crate::ecdsa::arithmetic::{Affine, Field};

/// Any point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extended<F> {
    x: F,
    y: F,
    zz: F,
    zzz: F,
}

impl<F: Field> From<Affine<F>> for Extended<F> {
    fn from(point: Affine<F>) -> Self {
        Self { x: point.x, y: point.y, zz: F::ONE, zzz: F::ONE }
    }
}

impl<F: Field> Extended<F> {
    pub(crate) const INFINITY: Self = Self { x: F::ONE, y: F::ONE, zz: F::ZERO, zzz: F::ZERO };

    pub(crate) fn is_infinity(&self) -> bool {
        self.zz.is_zero()
    }

    /// Infinity doubles to infinity by itself: ZZ stays zero. No point has order two.
    pub(crate) fn double(&self) -> Self {
        let u = self.y.double();
        let v = u.square();
        let w = u.mul(v);
        let s = self.x.mul(v);
        let m = self.x.sub(self.zz).mul(self.x.add(self.zz));
        let m = m.double().add(m);
        let x = m.square().sub(s.double());
        let y = m.mul(s.sub(x)).sub(w.mul(self.y));
        Self { x, y, zz: v.mul(self.zz), zzz: w.mul(self.zzz) }
    }

    /// The sum with an affine point.
    #[inline]
    pub(crate) fn add_affine(&self, other: &Affine<F>) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let p = other.x.mul(self.zz).sub(self.x);
        let r = other.y.mul(self.zzz).sub(self.y);
        if p.is_zero() {
            return self.same_x(r);
        }
        let pp = p.square();
        let ppp = p.mul(pp);
        let q = self.x.mul(pp);
        let x = r.square().sub(ppp).sub(q.double());
        let y = r.mul(q.sub(x)).sub(self.y.mul(ppp));
        Self { x, y, zz: self.zz.mul(pp), zzz: self.zzz.mul(ppp) }
    }

    /// Two points of the same x are equal or opposite; r is the difference of their y.
    #[cold]
    fn same_x(&self, r: F) -> Self {
        if r.is_zero() { self.double() } else { Self::INFINITY }
    }

    /// Whether the affine x, as an integer, equals `r` modulo n.
    pub(crate) fn has_x(&self, r: &[u8; 32]) -> bool {
        !self.is_infinity() && is_fraction(self.x, self.zz, r)
    }
}
