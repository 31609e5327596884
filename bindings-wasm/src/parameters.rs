//! What the formats' arguments have in common.

use splitsign_core::Code;
use splitsign_core::ecdsa::LowS;
use splitsign_core::x509::Chain;

use crate::thrown::{Result, Thrown};

/// Yes-or-no arguments, one bit each. The numbers are those of `js/flags.js`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags(u32);

impl Flags {
    /// The payload is not in the object.
    pub(crate) const DETACHED: u32 = 1;
    /// The payload is not here either: it came in pieces, or its digest is known.
    pub(crate) const STREAMED: u32 = 1 << 1;
    /// COSE without the tag 18.
    pub(crate) const UNTAGGED: u32 = 1 << 2;
    /// JWS with `b64` false.
    pub(crate) const UNENCODED: u32 = 1 << 3;
    /// JWS as flattened JSON.
    pub(crate) const FLATTENED: u32 = 1 << 4;
    /// DSSE with a raw signature.
    pub(crate) const RAW_SIGNATURE: u32 = 1 << 5;
    /// Refuse a high s.
    pub(crate) const REQUIRE_LOW_S: u32 = 1 << 6;
    /// Write the low s.
    pub(crate) const NORMALISE_LOW_S: u32 = 1 << 7;

    pub(crate) fn new(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    pub(crate) fn low_s(self) -> LowS {
        match (self.has(Self::REQUIRE_LOW_S), self.has(Self::NORMALISE_LOW_S)) {
            (true, _) => LowS::Require,
            (false, true) => LowS::Normalise,
            (false, false) => LowS::Accept,
        }
    }
}

/// A length of 64 bits in two halves, as JavaScript's numbers hold 53 bits and its big integers are slow.
pub(crate) fn length(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Text that `js/` encoded.
pub(crate) fn text(bytes: &[u8]) -> Result<&str> {
    core::str::from_utf8(bytes).map_err(|_| Thrown::invalid_argument())
}

/// The chain, if there is one: how many certificates, the length of each, then all of them one behind the other.
pub(crate) fn chain(packed: Option<&[u8]>) -> Result<Option<Chain<'_>>> {
    let Some(packed) = packed else { return Ok(None) };
    let split = |bytes: &[u8], at: u32| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
    let (count, rest) = packed.split_first_chunk().ok_or_else(Thrown::invalid_argument)?;
    let at = u32::from_le_bytes(*count).checked_mul(4).and_then(|at| split(rest, at));
    let (lengths, certificates) = rest.split_at(at.ok_or_else(Thrown::invalid_argument)?);
    let chain = Chain::from_concatenated(certificates)?;
    // Two certificates in one part, or one in two, make the same sequence of bytes.
    let lengths = lengths.as_chunks().0.iter().map(|length| u64::from(u32::from_le_bytes(*length)));
    if chain.iter().map(|der| der.len() as u64).eq(lengths) {
        Ok(Some(chain))
    } else {
        Err(Thrown::of(Code::ChainInvalidCertificate))
    }
}
