//! What a C2PA claim signer is given to sign (RFC 9052, 4.4), as CDDL:
//!
//! ```cddl
//! Sig_structure = [ context: "Signature1", body_protected: bstr, external_aad: bstr, payload: bstr ]
//! ```
//!
//! Lengths are definite, and nothing follows. What is inside the three strings is the client's.

use splitsign_core::digest::{Sha256, Sha256Digest};

/// Bytes: the largest one that the command line reads. A claim is a few kilobytes; it holds hashes of assertions.
pub(crate) const TBS_BYTES_MAX: usize = 1024 * 1024;

/// An array of four items, of which the first is the text "Signature1".
const START: &[u8] = b"\x84\x6aSignature1";
const BYTE_STRING: u8 = 2;

/// A well-formed `Sig_structure` of a `COSE_Sign1`: bytes that are nothing else, whatever signs them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToBeSigned<'a>(&'a [u8]);

impl<'a> ToBeSigned<'a> {
    /// `None` if it is none.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(START)?;
        for _ in 0..3 {
            rest = after_byte_string(rest)?;
        }
        rest.is_empty().then_some(Self(bytes))
    }

    /// SHA-256 of all of it.
    pub(crate) fn digest(&self) -> Sha256Digest {
        Sha256::digest(self.0)
    }
}

/// What follows a byte string of definite length (RFC 8949, 3).
fn after_byte_string(bytes: &[u8]) -> Option<&[u8]> {
    let (&initial, rest) = bytes.split_first()?;
    if initial >> 5 != BYTE_STRING {
        return None;
    }
    let argument = match initial & 0x1f {
        small @ 0..24 => return rest.get(usize::from(small)..),
        24 => 1,
        25 => 2,
        26 => 4,
        _ => return None,
    };
    let (length, rest) = rest.split_at_checked(argument)?;
    let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    rest.get(length..)
}

#[cfg(test)]
mod tests {
    use super::ToBeSigned;

    #[test]
    fn only_a_sig_structure_is_one() {
        let good = b"\x84\x6aSignature1\x43\xa1\x01\x26\x40\x58\x03abc";
        assert!(ToBeSigned::parse(good).is_some());
        assert!(ToBeSigned::parse(b"\x84\x6aSignature1\x40\x40\x59\x00\x01a").is_some());
        for end in 0..good.len() {
            assert!(ToBeSigned::parse(&good[..end]).is_none(), "cut off at {end}");
        }
        let longer = [&good[..], b"x"].concat();
        for bad in [
            &longer[..],
            b"eyJhbGciOiJFUzI1NiJ9.e30",
            b"DSSEv1 4 text 1 x",
            b"\x85\x70CounterSignature\x40\x40\x40\x40",
            b"\x84\x6aSignature1\x40\x40\x60",
            b"\x84\x6aSignature1\x40\x40\x5f\xff",
            b"\x84\x6aSignature1\x40\x40\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x84\x6aSignature1\x40\x40\x5a\xff\xff\xff\xff",
        ] {
            assert!(ToBeSigned::parse(bad).is_none(), "{bad:?}");
        }
    }
}
