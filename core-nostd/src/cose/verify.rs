//! Parse and verify: a COSE_Sign1 that came from anywhere.

use crate::cose::header::{Header, Parameters, X5Chain};
use crate::cose::{ContentType, PayloadHash, TAG_SIGN1};
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::cbor::{self, Major};
use crate::error::{Code, Error, Result};
use crate::limits;

/// A COSE_Sign1 that is well-formed, and nothing more. Its payload cannot be reached before it is verified.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct UnverifiedSign1<'a> {
    /// As received: what was signed is never encoded again.
    protected: &'a [u8],
    header: Header<'a>,
    embedded: Option<&'a [u8]>,
    detached: Option<&'a [u8]>,
    external_aad: &'a [u8],
    signature: Signature,
    low_s: LowS,
}

impl<'a> UnverifiedSign1<'a> {
    /// Reads one COSE_Sign1, tagged with 18 or untagged.
    ///
    /// Refused: bytes after the object, indefinite lengths, integers and lengths that are not in shortest form, labels
    /// that occur twice within or across the buckets, `crit` with anything that is not understood here, an `alg` that
    /// is not ES256 or not protected, an `x5chain` whose parts are not one DER SEQUENCE each. Other unknown labels are
    /// ignored, as RFC 9052 says. **Not checked:** the order of map keys, equal keys of maps nested in unknown header
    /// values, what the certificates in `x5chain` say.
    ///
    /// # Errors
    /// The CBOR, COSE and signature codes, with the offset in `object`.
    pub fn parse(object: &'a [u8]) -> Result<Self> {
        if object.len() > limits::OBJECT_BYTES {
            return Err(Error::new(Code::LimitExceeded, limits::OBJECT_BYTES));
        }
        let mut reader = cbor::Reader::new(object);
        open(&mut reader)?;
        let protected = reader.bytes()?;
        let header = Header::read(protected, reader.at().saturating_sub(protected.len()), &mut reader)?;
        let embedded = match reader.peek() {
            Some(cbor::NULL) => {
                reader.skip()?;
                None
            }
            _ => Some(reader.bytes()?),
        };
        let signature = reader.bytes()?;
        let at = reader.at().saturating_sub(signature.len());
        let signature = Signature::from_raw(signature).map_err(|e| e.shifted(at))?;
        reader.end()?;
        Ok(Self { protected, header, embedded, detached: None, external_aad: &[], signature, low_s: LowS::Accept })
    }

    /// The `kid` that the object claims, from either bucket: a hint for choosing a key, not yet verified.
    #[must_use]
    pub fn kid(&self) -> Option<&'a [u8]> {
        self.header.protected.kid.or(self.header.unprotected.kid)
    }

    /// The certificates that the object claims, leaf first, from either bucket: not yet verified, not validated.
    pub fn x5chain(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let chain = self.header.protected.x5chain.or(self.header.unprotected.x5chain);
        chain.into_iter().flat_map(X5Chain::iter)
    }

    /// Whether the payload is detached and must be given.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        self.embedded.is_none()
    }

    /// Gives the detached payload.
    pub fn detached(mut self, payload: &'a [u8]) -> Self {
        self.detached = Some(payload);
        self
    }

    /// Gives the bytes that were signed and are not carried.
    pub fn external_aad(mut self, aad: &'a [u8]) -> Self {
        self.external_aad = aad;
        self
    }

    /// What to do with a signature whose s is high. The default accepts it.
    pub fn low_s(mut self, policy: LowS) -> Self {
        self.low_s = policy;
        self
    }

    /// Verifies the signature.
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature), [`SignatureHighS`](Code::SignatureHighS),
    /// [`CosePayloadMissing`](Code::CosePayloadMissing), [`CosePayloadEmbedded`](Code::CosePayloadEmbedded).
    pub fn verify(self, key: &(impl Verifier + ?Sized)) -> Result<VerifiedSign1<'a>> {
        let payload = match (self.embedded, self.detached) {
            (Some(payload), None) | (None, Some(payload)) => payload,
            (Some(_), Some(_)) => return Err(Error::new(Code::CosePayloadEmbedded, 0)),
            (None, None) => return Err(Error::new(Code::CosePayloadMissing, 0)),
        };
        let mut hash = self.hash(payload.len() as u64);
        hash.update(payload)?;
        self.checked(hash, key, Some(payload))
    }

    /// Starts to take a detached payload of `length` bytes in pieces.
    ///
    /// # Errors
    /// [`CosePayloadEmbedded`](Code::CosePayloadEmbedded) if the object has its payload inside, or one was given.
    pub fn stream(self, length: u64) -> Result<Sign1Verifier<'a>> {
        match (self.embedded, self.detached) {
            (None, None) => Ok(Sign1Verifier { hash: self.hash(length), unverified: self }),
            _ => Err(Error::new(Code::CosePayloadEmbedded, 0)),
        }
    }

    fn hash(&self, length: u64) -> PayloadHash {
        PayloadHash::new(self.protected, self.external_aad, length)
    }

    fn checked(
        &self,
        hash: PayloadHash,
        key: &(impl Verifier + ?Sized),
        payload: Option<&'a [u8]>,
    ) -> Result<VerifiedSign1<'a>> {
        let signature = self.signature.with_policy(self.low_s);
        key.verify_digest(&hash.finish()?, &signature?)?;
        Ok(VerifiedSign1 { protected: self.header.protected, payload })
    }
}

/// Steps into the array of four, through the tag if there is one.
fn open(reader: &mut cbor::Reader<'_>) -> Result<()> {
    let mut head = reader.head()?;
    if head.major == Major::Tag {
        if head.argument != TAG_SIGN1 {
            return Err(Error::new(Code::CoseNotSign1, head.at));
        }
        head = reader.head()?;
    }
    if head.major == Major::Array && head.argument == 4 { Ok(()) } else { Err(Error::new(Code::CoseNotSign1, head.at)) }
}

/// A verification in progress, taking the detached payload in pieces.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sign1Verifier<'a> {
    unverified: UnverifiedSign1<'a>,
    hash: PayloadHash,
}

impl<'a> Sign1Verifier<'a> {
    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// [`LengthMismatch`](Code::LengthMismatch) at the first byte of `bytes` that is more than was announced.
    pub fn update(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes)
    }

    /// Verifies the signature, once all bytes have come.
    ///
    /// # Errors
    /// [`LengthMismatch`](Code::LengthMismatch) if bytes are missing; [`BadSignature`](Code::BadSignature),
    /// [`SignatureHighS`](Code::SignatureHighS).
    pub fn finish(self, key: &(impl Verifier + ?Sized)) -> Result<VerifiedSign1<'a>> {
        self.unverified.checked(self.hash, key, None)
    }
}

/// A COSE_Sign1 whose signature is right for the key that it was verified with.
///
/// What it tells is covered by the signature: header parameters of the unprotected bucket do not appear here. Hints
/// from there are in [`UnverifiedSign1`].
#[derive(Clone, Copy, Debug)]
pub struct VerifiedSign1<'a> {
    protected: Parameters<'a>,
    payload: Option<&'a [u8]>,
}

impl<'a> VerifiedSign1<'a> {
    /// The payload, embedded or detached; `None` if it was streamed.
    #[must_use]
    pub fn payload(&self) -> Option<&'a [u8]> {
        self.payload
    }

    /// The protected `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<&'a [u8]> {
        self.protected.kid
    }

    /// The protected content type.
    #[must_use]
    pub fn content_type(&self) -> Option<ContentType<'a>> {
        self.protected.content_type
    }

    /// The protected certificates, leaf first. Signed, and **not validated**: anybody can sign a chain that is not theirs.
    pub fn x5chain(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.protected.x5chain.into_iter().flat_map(X5Chain::iter)
    }
}
