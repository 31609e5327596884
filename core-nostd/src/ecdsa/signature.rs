//! ES256 signatures, raw (`r‖s`, RFC 7518 section 3.4) and DER.
//!
//! ```asn1
//! ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }       -- RFC 3279, 2.2.3
//! ```

use core::fmt;

use crate::ecdsa::arithmetic::ORDER;
use crate::encoding::der;
use crate::error::{Code, Error, Result};

/// ⌊n / 2⌋, the largest low s.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// What to do with s above n/2. Both (r, s) and (r, n − s) verify, so a signature is not unique by itself.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum LowS {
    /// Take either, as FIPS 186-5, COSE and JWS do.
    #[default]
    Accept,
    /// Refuse the high one with [`SignatureHighS`](Code::SignatureHighS).
    Require,
    /// Take either, and write the low one. When verifying, the same as `Accept`.
    Normalise,
}

/// An ES256 signature: r and s, each from 1 to n − 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; Self::LENGTH]);

impl Signature {
    /// Length of the raw form in bytes.
    pub const LENGTH: usize = 64;
    /// Length of the longest DER form in bytes.
    pub const DER_LENGTH_MAX: usize = 72;

    /// Reads `r‖s`, each 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`SignatureWrongLength`](Code::SignatureWrongLength), [`SignatureOutOfRange`](Code::SignatureOutOfRange) at r or s.
    pub fn from_raw(raw: &[u8]) -> Result<Self> {
        match raw.split_at_checked(Self::LENGTH / 2) {
            Some((r, s)) if s.len() == Self::LENGTH / 2 => Self::from_scalars(r, s),
            _ => Err(Error::new(Code::SignatureWrongLength, raw.len().min(Self::LENGTH))),
        }
    }

    /// Takes r and s as big-endian integers of any length: leading zeros may be there or missing, as key services
    /// and tokens differ in this. Offsets of errors are those in the raw form.
    ///
    /// # Errors
    /// [`SignatureOutOfRange`](Code::SignatureOutOfRange) at 0 for r and at 32 for s.
    pub fn from_scalars(r: &[u8], s: &[u8]) -> Result<Self> {
        let mut raw = [0; Self::LENGTH];
        let (place_r, place_s) = raw.split_at_mut(Self::LENGTH / 2);
        for (at, scalar, place) in [(0, r, place_r), (Self::LENGTH / 2, s, place_s)] {
            left_pad(scalar, place).filter(|place| in_range(place)).ok_or(Error::new(Code::SignatureOutOfRange, at))?;
        }
        Ok(Self(raw))
    }

    /// Reads strict DER: minimal lengths, minimal positive integers, nothing after the end.
    ///
    /// # Errors
    /// The DER codes with the offset of the fault; [`SignatureOutOfRange`](Code::SignatureOutOfRange) at the integer.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let mut outer = der::Reader::new(der);
        let mut inner = outer.value(der::SEQUENCE)?;
        outer.end()?;
        let at_r = inner.at();
        let r = inner.positive_integer()?;
        let at_s = inner.at();
        let s = inner.positive_integer()?;
        inner.end()?;
        Self::from_scalars(r, s).map_err(|e| Error::new(e.code(), if e.at() == 0 { at_r } else { at_s }))
    }

    /// The raw form, `r‖s`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Writes strict DER to the front of `out`, which [`DER_LENGTH_MAX`](Self::DER_LENGTH_MAX) always suffices for,
    /// and returns that prefix.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn to_der<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        use crate::sink::Encode as _;
        self.der().encode_into(out)
    }

    /// The signature as something that encodes as DER.
    pub(crate) fn der(&self) -> DerSignature<'_> {
        let (r, s) = self.scalars();
        DerSignature { r, s }
    }

    /// r and s, big-endian.
    pub(crate) fn r_and_s(&self) -> (&[u8; 32], &[u8; 32]) {
        match self.0.as_chunks::<32>() {
            ([r, s], _) => (r, s),
            // 64 bytes are two chunks of 32; zeros verify nothing.
            _ => (&[0; 32], &[0; 32]),
        }
    }

    fn scalars(&self) -> (&[u8], &[u8]) {
        self.0.split_at(Self::LENGTH / 2)
    }

    /// Whether s is at most n/2.
    #[must_use]
    pub fn is_low_s(&self) -> bool {
        self.scalars().1 <= &HALF_ORDER[..]
    }

    /// The signature with the lower one of s and n − s, which verifies exactly when this one does.
    #[must_use]
    pub fn normalized(&self) -> Self {
        if self.is_low_s() {
            return *self;
        }
        let mut raw = self.0;
        let mut borrow = false;
        for (place, n) in raw.iter_mut().rev().zip(ORDER.iter().rev()) {
            let (difference, first) = n.overflowing_sub(*place);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            *place = difference;
            borrow = first | second;
        }
        Self(raw)
    }

    /// Applies a policy: the signature to go on with.
    ///
    /// # Errors
    /// [`SignatureHighS`](Code::SignatureHighS) if the policy refuses it.
    pub fn with_policy(&self, policy: LowS) -> Result<Self> {
        match policy {
            LowS::Accept => Ok(*self),
            LowS::Require if self.is_low_s() => Ok(*self),
            LowS::Require => Err(Error::new(Code::SignatureHighS, Self::LENGTH / 2)),
            LowS::Normalise => Ok(self.normalized()),
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Encodes as `ECDSA-Sig-Value`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DerSignature<'a> {
    r: &'a [u8],
    s: &'a [u8],
}

impl crate::sink::Encode for DerSignature<'_> {
    fn encode(&self, sink: &mut dyn crate::sink::Sink) {
        let [r, s] = [self.r, self.s].map(minimal);
        // Two integers of at most 33 bytes: every length fits one byte.
        sink.put(&[der::SEQUENCE, integer_length(r) + integer_length(s) + 4]);
        for magnitude in [r, s] {
            sink.put(&[der::INTEGER, integer_length(magnitude)]);
            if needs_zero(magnitude) {
                sink.put(&[0]);
            }
            sink.put(magnitude);
        }
    }
}

fn needs_zero(magnitude: &[u8]) -> bool {
    magnitude.first().is_none_or(|first| *first >= 0x80)
}

fn integer_length(magnitude: &[u8]) -> u8 {
    u8::try_from(magnitude.len()).unwrap_or(0) + u8::from(needs_zero(magnitude))
}

fn minimal(scalar: &[u8]) -> &[u8] {
    let zeros = scalar.iter().take_while(|byte| **byte == 0).count();
    scalar.get(zeros..).unwrap_or_default()
}

/// Writes `scalar` to the end of `place`; `None` if it has more digits than fit.
fn left_pad<'p>(scalar: &[u8], place: &'p mut [u8]) -> Option<&'p [u8]> {
    let digits = minimal(scalar);
    let start = place.len().checked_sub(digits.len())?;
    place.get_mut(start..)?.copy_from_slice(digits);
    Some(place)
}

fn in_range(scalar: &[u8]) -> bool {
    scalar < &ORDER[..] && scalar.iter().any(|byte| *byte != 0)
}

#[cfg(test)]
mod tests {
    use super::{HALF_ORDER, LowS, Signature};
    use crate::Code;
    use crate::ecdsa::arithmetic::ORDER;

    fn scalar(low: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[31] = low;
        bytes
    }

    fn below(bytes: [u8; 32]) -> [u8; 32] {
        let mut bytes = bytes;
        bytes[31] -= 1;
        bytes
    }

    fn code<T: core::fmt::Debug>(result: crate::Result<T>) -> (Code, u32) {
        let error = result.unwrap_err();
        (error.code(), error.at())
    }

    #[test]
    fn range_is_from_one_to_n_minus_one() {
        assert!(Signature::from_scalars(&scalar(1), &below(ORDER)).is_ok());
        assert_eq!(code(Signature::from_scalars(&scalar(0), &scalar(1))), (Code::SignatureOutOfRange, 0));
        assert_eq!(code(Signature::from_scalars(&[], &scalar(1))), (Code::SignatureOutOfRange, 0));
        assert_eq!(code(Signature::from_scalars(&scalar(1), &ORDER)), (Code::SignatureOutOfRange, 32));
        assert_eq!(code(Signature::from_scalars(&scalar(1), &[1; 33])), (Code::SignatureOutOfRange, 32));
    }

    #[test]
    fn short_scalars_are_padded_on_the_left() {
        let short = Signature::from_scalars(&[7], &[0, 0, 1, 2]).unwrap();
        let mut expected = [0; 64];
        (expected[31], expected[62], expected[63]) = (7, 1, 2);
        assert_eq!(short.as_bytes(), &expected);
        let mut out = [0; 72];
        let der = short.to_der(&mut out).unwrap();
        assert_eq!(der, [0x30, 7, 2, 1, 7, 2, 2, 1, 2]);
        assert_eq!(Signature::from_der(der), Ok(short));
    }

    #[test]
    fn longest_der_has_72_bytes() {
        let signature = Signature::from_scalars(&below(ORDER), &below(ORDER)).unwrap();
        let mut out = [0; 72];
        assert_eq!(signature.to_der(&mut out).unwrap().len(), Signature::DER_LENGTH_MAX);
        assert_eq!(code(signature.to_der(&mut [0; 71])), (Code::OutputTooSmall, 72));
    }

    #[test]
    fn der_must_be_strict() {
        assert_eq!(code(Signature::from_der(&[0x30, 6, 2, 1, 1, 2, 1, 1, 0])), (Code::DerTrailingBytes, 8));
        assert_eq!(code(Signature::from_der(&[0x30, 7, 2, 1, 1, 2, 1, 1, 0])), (Code::DerTrailingBytes, 8));
        assert_eq!(code(Signature::from_der(&[0x30, 7, 2, 2, 0, 1, 2, 1, 1])), (Code::DerNonMinimal, 4));
        assert_eq!(code(Signature::from_der(&[0x30, 6, 2, 1, 0x81, 2, 1, 1])), (Code::DerInvalidValue, 4));
        assert_eq!(code(Signature::from_der(&[0x30, 6, 2, 1, 1, 2, 1, 0])), (Code::SignatureOutOfRange, 5));
        assert_eq!(code(Signature::from_der(&[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1])), (Code::DerNonMinimal, 1));
    }

    #[test]
    fn low_s_policies() {
        let high = Signature::from_scalars(&[1], &below(ORDER)).unwrap();
        assert!(!high.is_low_s());
        assert_eq!(high.with_policy(LowS::Accept), Ok(high));
        assert_eq!(code(high.with_policy(LowS::Require)), (Code::SignatureHighS, 32));
        assert_eq!(high.with_policy(LowS::Normalise), Signature::from_scalars(&[1], &[1]));
        let half = Signature::from_scalars(&[1], &HALF_ORDER).unwrap();
        assert!(half.is_low_s());
        assert_eq!(half.normalized(), half);
        let mut above = HALF_ORDER;
        above[31] += 1;
        assert_eq!(Signature::from_scalars(&[1], &above).unwrap().normalized(), half);
    }
}
