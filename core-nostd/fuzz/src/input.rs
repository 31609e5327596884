//! Values from the bytes that a fuzzer makes up: every input means something, and a small change of the input is a small
//! change of the values.

use std::borrow::Cow;

use p256::elliptic_curve::bigint::U256;

/// p, the modulus of the field.
pub(crate) const P: U256 = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
/// n, the order of the group.
pub(crate) const N: U256 = U256::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// Bytes, taken from the front; zeros when there are no more.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// As many bytes as the next byte says, or all that are left.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    pub(crate) fn text(&mut self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes())
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let number = usize::from(u16::from_be_bytes([self.byte(), self.byte()]));
        if limit == 0 { 0 } else { number % limit }
    }

    /// 256 bits, or one of the integers where carries, borrows and windows meet their limits.
    pub(crate) fn integer(&mut self) -> U256 {
        let kind = self.byte();
        if kind & 1 == 0 {
            let mut bytes = [0; 32];
            bytes.fill_with(|| self.byte());
            return U256::from_be_slice(&bytes);
        }
        let base = match kind >> 1 & 7 {
            0 => U256::ZERO,
            1 => P,
            2 => N,
            3 => N >> 1,
            4 => U256::ONE << u32::from(self.byte()),
            5 => U256::MAX >> u32::from(self.byte()),
            6 => U256::MAX << u32::from(self.byte()),
            // Windows that are all alike.
            _ => U256::from_be_slice(&[self.byte(); 32]),
        };
        let step = U256::from(kind >> 4 & 7);
        if kind & 0x80 == 0 { base.wrapping_add(&step) } else { base.wrapping_sub(&step) }
    }
}

/// Big-endian bytes.
pub(crate) fn bytes(value: &U256) -> [u8; 32] {
    value.to_be_bytes().into()
}
