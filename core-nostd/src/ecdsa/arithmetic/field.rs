//! Integers modulo p, whatever the limbs.

use crate::ecdsa::arithmetic::inverse::NativeModulus;

static MODULUS: NativeModulus = NativeModulus::new(P);

/// An integer modulo p = 2^256 − 2^224 + 2^192 + 2^96 − 1, in Montgomery form with R = 2^256, always fully reduced.
///
/// The Montgomery form, as 32 little-endian bytes, is the same in every layout: constants are written once.
pub(crate) trait Field: Copy + PartialEq + core::fmt::Debug {
    const ZERO: Self;
    const ONE: Self;

    /// From the little-endian bytes of a Montgomery form below p, as [`to_montgomery_bytes`](Self::to_montgomery_bytes)
    /// writes them.
    fn from_montgomery_bytes(bytes: &[u8; 32]) -> Self;
    fn to_montgomery_bytes(self) -> [u8; 32];

    /// From big-endian bytes; `None` unless the integer is below p.
    fn from_bytes(bytes: &[u8; 32]) -> Option<Self>;
    /// Big-endian bytes.
    fn to_bytes(self) -> [u8; 32];

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn square(self) -> Self;
    /// The half: the element that doubled gives this one.
    fn half(self) -> Self;

    fn double(self) -> Self {
        self.add(self)
    }

    fn negate(self) -> Self {
        Self::ZERO.sub(self)
    }

    /// The opposite, or the same.
    fn negate_if(self, negate: bool) -> Self {
        if negate { self.negate() } else { self }
    }

    /// 1/self; zero for zero.
    fn invert(self) -> Self {
        let mut bytes = self.to_bytes();
        MODULUS.invert_bytes(&mut bytes);
        Self::from_bytes(&bytes).unwrap_or(Self::ZERO)
    }

    fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// A square root; `None` if there is none. As p ≡ 3 modulo 4 it is the power (p + 1)/4.
    fn square_root(self) -> Option<Self> {
        // (p + 1)/4 = 2^254 − 2^222 + 2^190 + 2^94, in bits: 32 ones, 31 zeros, a one, 95 zeros, a one, 94 zeros.
        let square_times = |mut x: Self, times: u32| {
            for _ in 0..times {
                x = x.square();
            }
            x
        };
        let ones2 = self.square().mul(self);
        let ones4 = square_times(ones2, 2).mul(ones2);
        let ones8 = square_times(ones4, 4).mul(ones4);
        let ones16 = square_times(ones8, 8).mul(ones8);
        let ones32 = square_times(ones16, 16).mul(ones16);
        let root = square_times(ones32, 32).mul(self);
        let root = square_times(root, 96).mul(self);
        let root = square_times(root, 94);
        (root.square() == self).then_some(root)
    }
}

/// R² mod p, which brings an integer into Montgomery form: little-endian bytes.
pub(super) const R_SQUARED: [u64; 4] =
    [0x0000_0000_0000_0003, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd];

/// p, least significant limb first.
pub(super) const P: [u64; 4] = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];

/// R mod p = 1 in Montgomery form.
pub(super) const R: [u64; 4] = [1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_fffe];
