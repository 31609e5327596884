//! What JavaScript asks for, and what the formats' parameters have in common.

use alloc::vec::Vec;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{LowS, Signature, Verifier};
use splitsign_core::limits::CHAIN_CERTIFICATES;
use splitsign_core::x509::Chain;

use crate::border::Border;
use crate::failure::{Failure, Result};
use crate::record::{Tag, buffer, field};

/// Yes-or-no parameters, one bit each. The numbers are those of `js/flags.js`.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Flag {
    /// The payload is not in the object.
    Detached = 1,
    /// The payload is not here either: it came in pieces, or its digest is known.
    Streamed = 1 << 1,
    /// COSE without the tag 18.
    Untagged = 1 << 2,
    /// JWS with `b64` false.
    Unencoded = 1 << 3,
    /// JWS as flattened JSON.
    Flattened = 1 << 4,
    /// DSSE with a raw signature.
    RawSignature = 1 << 5,
    /// Refuse a high s.
    RequireLowS = 1 << 6,
    /// Write the low s.
    NormaliseLowS = 1 << 7,
}

/// Flags, parameters and the one argument that may be long. All is borrowed: drafts that borrow in turn need no copies.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    flags: u32,
    parameters: &'a [u8],
    long: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(flags: u32, parameters: &'a [u8], long: &'a [u8]) -> Self {
        Self { flags, parameters, long }
    }

    /// The payload where there is one, else the object.
    pub(crate) fn long(&self) -> &'a [u8] {
        self.long
    }

    pub(crate) fn flags(&self) -> u32 {
        self.flags
    }

    pub(crate) fn parameters(&self) -> &'a [u8] {
        self.parameters
    }

    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.flags & flag as u32 != 0
    }

    pub(crate) fn low_s(&self) -> LowS {
        match (self.has(Flag::RequireLowS), self.has(Flag::NormaliseLowS)) {
            (true, _) => LowS::Require,
            (false, true) => LowS::Normalise,
            (false, false) => LowS::Accept,
        }
    }

    /// A parameter, if it is there.
    pub(crate) fn get(&self, tag: Tag) -> Option<&'a [u8]> {
        field(self.parameters, tag)
    }

    /// A parameter; no bytes, if it is not there.
    pub(crate) fn bytes(&self, tag: Tag) -> &'a [u8] {
        self.get(tag).unwrap_or_default()
    }

    /// A parameter that `js/` encoded as UTF-8, if it is there.
    pub(crate) fn text(&self, tag: Tag) -> Result<Option<&'a str>> {
        self.get(tag).map(core::str::from_utf8).transpose().map_err(|_| Failure::invalid_argument())
    }

    /// A number of four bytes, if it is there.
    pub(crate) fn number(&self, tag: Tag) -> Option<u32> {
        self.bytes(tag).try_into().ok().map(u32::from_le_bytes)
    }

    /// A length, in eight bytes.
    pub(crate) fn length(&self) -> Result<u64> {
        let bytes = self.bytes(Tag::Length).try_into().map_err(|_| Failure::invalid_argument())?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn digest(&self) -> Result<Sha256Digest> {
        Ok(Sha256Digest::from_slice(self.bytes(Tag::Digest))?)
    }

    /// The raw signature.
    pub(crate) fn signature(&self) -> Result<Signature> {
        Ok(Signature::from_raw(self.bytes(Tag::Signature))?)
    }

    /// The object, and the detached payload if there is one: of the two, the payload is the long one.
    pub(crate) fn object(&self) -> (&'a [u8], Option<&'a [u8]>) {
        match self.get(Tag::Object) {
            Some(object) if self.has(Flag::Streamed) => (object, None),
            Some(object) => (object, Some(self.long)),
            None => (self.long, None),
        }
    }

    /// The chain, if there is one: how many certificates, the length of each, then all of them one behind the other.
    pub(crate) fn chain(&self) -> Result<Option<Chain<'a>>> {
        let Some(packed) = self.get(Tag::Chain) else { return Ok(None) };
        let split = |bytes: &[u8], at: u32| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
        let (count, rest) = packed.split_first_chunk().ok_or_else(Failure::invalid_argument)?;
        let at = u32::from_le_bytes(*count).checked_mul(4).and_then(|at| split(rest, at));
        let (lengths, certificates) = rest.split_at(at.ok_or_else(Failure::invalid_argument)?);
        // They are checked as parts: two certificates in one part, or one in two, make the same sequence of bytes. One more
        // than there may be is enough to be refused.
        let mut parts = [&[][..]; CHAIN_CERTIFICATES + 1];
        let mut behind = certificates;
        let mut count = 0;
        for (part, length) in parts.iter_mut().zip(lengths.as_chunks().0) {
            let length = split(behind, u32::from_le_bytes(*length)).ok_or_else(Failure::invalid_argument)?;
            (*part, behind) = behind.split_at(length);
            count += 1;
        }
        Chain::from_slices(parts.get(..count).unwrap_or_default())?;
        Ok(Some(Chain::from_concatenated(certificates)?))
    }
}

/// A digest on its way to JavaScript.
pub(crate) fn owned(digest: &Sha256Digest) -> Vec<u8> {
    digest.as_bytes().to_vec()
}

/// How a format writes its object: into a buffer, of which it returns what it used.
type Attach<'f> = dyn for<'o> Fn(&Signature, &dyn Verifier, &'o mut [u8]) -> splitsign_core::Result<&'o [u8]> + 'f;

/// The object, of `length` bytes at most. One copy of the code for all formats.
pub(crate) fn attached(
    border: &mut Border,
    request: &Request<'_>,
    length: u64,
    attach: &Attach<'_>,
) -> Result<Vec<u8>> {
    let mut out = buffer(length)?;
    let used = attach(&request.signature()?, border.key(request)?.verifier(), &mut out)?.len();
    out.truncate(used);
    Ok(out)
}
