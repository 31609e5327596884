//! The little of DER (X.690) that keys, signatures and chains need: definite lengths in their shortest form.
//!
//! Written here, not taken from the `der` crate, which two places keep from being provably free of panics (ADR 0003);
//! tests compare with it.

use crate::error::{Code, Error, Result};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Reads values from the front of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, base: 0 }
    }

    /// The offset of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.base.saturating_add(self.at)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.input.len()
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.input.get(self.at).ok_or(Error::new(Code::DerTruncated, self.at()))?;
        self.at += 1;
        Ok(*byte)
    }

    fn length(&mut self) -> Result<usize> {
        let at = self.at();
        let non_minimal = Error::new(Code::DerNonMinimal, at);
        match self.byte()? {
            short @ 0..0x80 => Ok(usize::from(short)),
            0x80 => Err(non_minimal),
            long @ 0x81..=0x84 => {
                let width = long & 0x7f;
                let mut length = 0_u32;
                for _ in 0..width {
                    length = length << 8 | u32::from(self.byte()?);
                }
                let least = if width == 1 { 0x80 } else { 1_u32 << (8 * (width - 1)) };
                if length < least {
                    return Err(non_minimal);
                }
                usize::try_from(length).map_err(|_| Error::new(Code::DerTruncated, self.base + self.input.len()))
            }
            _ => Err(Error::new(Code::DerTruncated, self.base.saturating_add(self.input.len()))),
        }
    }

    /// The content of the next value, which must have `tag`, and a reader over it.
    pub(crate) fn value(&mut self, tag: u8) -> Result<Reader<'a>> {
        let start = self.at();
        if self.byte()? != tag {
            return Err(Error::new(Code::DerUnexpectedTag, start));
        }
        let length = self.length()?;
        let truncated = Error::new(Code::DerTruncated, self.base.saturating_add(self.input.len()));
        let end = self.at.checked_add(length).ok_or(truncated)?;
        let content = self.input.get(self.at..end).ok_or(truncated)?;
        let inner = Self { input: content, at: 0, base: self.at() };
        self.at = end;
        Ok(inner)
    }

    /// All that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    /// A positive INTEGER as big-endian bytes without leading zeros.
    pub(crate) fn positive_integer(&mut self) -> Result<&'a [u8]> {
        let integer = self.value(INTEGER)?;
        match integer.rest() {
            [] => Err(Error::new(Code::DerInvalidValue, integer.at())),
            [0x80..=0xff, ..] => Err(Error::new(Code::DerInvalidValue, integer.at())),
            [0, 0..0x80, ..] => Err(Error::new(Code::DerNonMinimal, integer.at())),
            [0, magnitude @ ..] | magnitude => Ok(magnitude),
        }
    }

    /// Refuses anything after the values that were read.
    pub(crate) fn end(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::new(Code::DerTrailingBytes, self.at())) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, SEQUENCE};
    use crate::Code;

    #[test]
    fn lengths_must_be_minimal() {
        let refused = |bytes: &[u8]| Reader::new(bytes).value(SEQUENCE).map(|_| ()).map_err(|e| (e.code(), e.at()));
        assert_eq!(refused(&[0x30, 0x80, 0, 0]), Err((Code::DerNonMinimal, 1)));
        assert_eq!(refused(&[0x30, 0x81, 0x7f]), Err((Code::DerNonMinimal, 1)));
        assert_eq!(refused(&[0x30, 0x82, 0x00, 0xff]), Err((Code::DerNonMinimal, 1)));
        assert_eq!(refused(&[0x30, 0x83, 0x00, 0xff, 0xff]), Err((Code::DerNonMinimal, 1)));
        assert_eq!(refused(&[0x30, 0x85, 1, 1, 1, 1, 1]), Err((Code::DerTruncated, 7)));
        assert_eq!(refused(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), Err((Code::DerTruncated, 6)));
        assert_eq!(refused(&[0x30, 2, 0]), Err((Code::DerTruncated, 3)));
        assert_eq!(refused(&[0x31, 0]), Err((Code::DerUnexpectedTag, 0)));
    }

    #[test]
    fn integers_must_be_positive_and_minimal() {
        let integer =
            |bytes: &[u8]| Reader::new(bytes).positive_integer().map(<[u8]>::len).map_err(|e| (e.code(), e.at()));
        assert_eq!(integer(&[2, 1, 0x7f]), Ok(1));
        assert_eq!(integer(&[2, 2, 0, 0x80]), Ok(1));
        assert_eq!(integer(&[2, 0]), Err((Code::DerInvalidValue, 2)));
        assert_eq!(integer(&[2, 1, 0x80]), Err((Code::DerInvalidValue, 2)));
        assert_eq!(integer(&[2, 2, 0, 0x7f]), Err((Code::DerNonMinimal, 2)));
        // Zero is minimal; the signature refuses it as out of range.
        assert_eq!(integer(&[2, 1, 0]), Ok(0));
    }
}
