//! What the formats' arguments have in common.

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

/// The chain, if there is one: certificates one behind the other.
pub(crate) fn chain(certificates: Option<&[u8]>) -> Result<Option<Chain<'_>>> {
    Ok(certificates.map(Chain::from_concatenated).transpose()?)
}
