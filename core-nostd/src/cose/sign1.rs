//! Prepare and attach: a COSE_Sign1 that is to be signed elsewhere.

use crate::cose::header::Protected;
use crate::cose::{ContentType, PayloadHash, TAG_SIGN1, put_sig_structure};
use crate::digest::Sha256Digest;
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::cbor::{self, Major};
use crate::error::{Code, Error, Result};
use crate::sink::{Encode, Sink};
use crate::x509::Chain;

/// A COSE_Sign1 before it is signed. Borrows everything and owns nothing.
///
/// `alg`, `kid`, content type and `x5chain` all go into the protected header, so the signature covers them: they must
/// be known before [`prepare`](Self::prepare).
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Sign1<'a> {
    payload: Payload<'a>,
    protected: Protected<'a>,
    external_aad: &'a [u8],
    tagged: bool,
    low_s: LowS,
}

#[derive(Clone, Copy, Debug)]
enum Payload<'a> {
    Embedded(&'a [u8]),
    Detached(&'a [u8]),
    /// The length in bytes; the bytes come later, in pieces.
    Streamed(u64),
}

impl<'a> Sign1<'a> {
    fn new(payload: Payload<'a>) -> Self {
        Self { payload, protected: Protected::default(), external_aad: &[], tagged: true, low_s: LowS::Accept }
    }

    /// The object will contain `payload`.
    pub fn embedded(payload: &'a [u8]) -> Self {
        Self::new(Payload::Embedded(payload))
    }

    /// The object will not contain `payload`: verifiers must be given it.
    pub fn detached(payload: &'a [u8]) -> Self {
        Self::new(Payload::Detached(payload))
    }

    /// Like [`detached`](Self::detached), for a payload of `length` bytes that is not in memory as a whole. CBOR puts
    /// the length before the bytes, so it must be known first. Go on with [`stream`](Self::stream).
    pub fn detached_stream(length: u64) -> Self {
        Self::new(Payload::Streamed(length))
    }

    /// Names the key (label 4).
    pub fn kid(mut self, kid: &'a [u8]) -> Self {
        self.protected.kid = Some(kid);
        self
    }

    /// Says what the payload is (label 3).
    pub fn content_type(mut self, content_type: ContentType<'a>) -> Self {
        self.protected.content_type = Some(content_type);
        self
    }

    /// Carries the certificate chain (label 33, RFC 9360).
    pub fn x5chain(mut self, chain: Chain<'a>) -> Self {
        self.protected.x5chain = Some(chain);
        self
    }

    /// Bytes that are signed and not carried; verifiers must be given the same. Empty by default.
    pub fn external_aad(mut self, aad: &'a [u8]) -> Self {
        self.external_aad = aad;
        self
    }

    /// Leaves out the tag 18, which is written by default.
    pub fn untagged(mut self) -> Self {
        self.tagged = false;
        self
    }

    /// What to do with a signature whose s is high. The default accepts it.
    pub fn low_s(mut self, policy: LowS) -> Self {
        self.low_s = policy;
        self
    }

    /// Computes the digest that is to be signed.
    ///
    /// # Errors
    /// [`CosePayloadMissing`](Code::CosePayloadMissing) for a stream, [`CoseInvalidHeader`](Code::CoseInvalidHeader)
    /// for a content type that is no media type, [`LimitExceeded`](Code::LimitExceeded) for a long kid or content type.
    pub fn prepare(self) -> Result<PreparedSign1<'a>> {
        let digest = self.digest()?;
        Ok(PreparedSign1 { draft: self, digest })
    }

    /// Starts to take the payload in pieces.
    ///
    /// # Errors
    /// [`CosePayloadEmbedded`](Code::CosePayloadEmbedded) unless made by [`detached_stream`](Self::detached_stream);
    /// those of [`prepare`](Self::prepare).
    pub fn stream(self) -> Result<Sign1Digest<'a>> {
        match self.payload {
            Payload::Streamed(length) => Ok(Sign1Digest { hash: self.hash(length)?, draft: self }),
            Payload::Embedded(_) | Payload::Detached(_) => Err(Error::new(Code::CosePayloadEmbedded, 0)),
        }
    }

    /// Writes what is hashed before the payload, for platforms that hash faster than this core can: the digest is SHA-256
    /// of this and of the payload's bytes, as many as the draft says. Go on with [`resume`](Self::resume).
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare), but that a stream is fine.
    pub fn put_prefix(&self, sink: &mut dyn Sink) -> Result<()> {
        self.protected.check()?;
        let length = match self.payload {
            Payload::Embedded(payload) | Payload::Detached(payload) => payload.len() as u64,
            Payload::Streamed(length) => length,
        };
        put_sig_structure(sink, &self.protected, self.external_aad, length);
        Ok(())
    }

    /// Goes on with a digest that was computed by this same draft earlier, where the draft could not be kept: across
    /// a language border, or between two processes. A payload that is at hand is hashed again and must agree; for a
    /// stream the digest is taken as it is, and [`attach`](PreparedSign1::attach) shows only that it was signed.
    ///
    /// # Errors
    /// [`DigestMismatch`](Code::DigestMismatch); those of [`prepare`](Self::prepare).
    pub fn resume(self, digest: &Sha256Digest) -> Result<PreparedSign1<'a>> {
        let again = match self.payload {
            Payload::Streamed(_) => self.protected.check().map(|()| *digest),
            Payload::Embedded(_) | Payload::Detached(_) => self.digest(),
        }?;
        if again == *digest {
            Ok(PreparedSign1 { draft: self, digest: again })
        } else {
            Err(Error::new(Code::DigestMismatch, 0))
        }
    }

    fn digest(&self) -> Result<Sha256Digest> {
        match self.payload {
            Payload::Embedded(payload) | Payload::Detached(payload) => {
                let mut hash = self.hash(payload.len() as u64)?;
                hash.update(payload)?;
                hash.finish()
            }
            Payload::Streamed(_) => Err(Error::new(Code::CosePayloadMissing, 0)),
        }
    }

    fn hash(&self, length: u64) -> Result<PayloadHash> {
        self.protected.check()?;
        Ok(PayloadHash::new(&self.protected, self.external_aad, length))
    }
}

/// A digest in progress, taking the payload in pieces.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sign1Digest<'a> {
    draft: Sign1<'a>,
    hash: PayloadHash,
}

impl<'a> Sign1Digest<'a> {
    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// [`LengthMismatch`](Code::LengthMismatch) at the first byte of `bytes` that is more than was announced.
    pub fn update(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes)
    }

    /// The digest, once all bytes have come.
    ///
    /// # Errors
    /// [`LengthMismatch`](Code::LengthMismatch) if bytes are missing.
    pub fn finish(self) -> Result<PreparedSign1<'a>> {
        Ok(PreparedSign1 { digest: self.hash.finish()?, draft: self.draft })
    }
}

/// A COSE_Sign1 whose digest is known and whose signature is to come.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PreparedSign1<'a> {
    draft: Sign1<'a>,
    digest: Sha256Digest,
}

impl PreparedSign1<'_> {
    /// SHA-256 of the `Sig_structure`: what the signer signs.
    #[must_use]
    pub const fn digest(&self) -> &Sha256Digest {
        &self.digest
    }

    /// The length in bytes of the object that [`attach`](Self::attach) writes.
    #[must_use]
    pub fn object_len(&self) -> u64 {
        Object { draft: &self.draft, signature: &[0; Signature::LENGTH] }.encoded_len()
    }

    /// Checks the signature and writes the object to the front of `out`. Not a byte is written before the check.
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature), [`SignatureHighS`](Code::SignatureHighS) by policy,
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn attach<'o>(
        &self,
        signature: &Signature,
        key: &(impl Verifier + ?Sized),
        out: &'o mut [u8],
    ) -> Result<&'o [u8]> {
        let signature = signature.with_policy(self.draft.low_s)?;
        key.verify_digest(&self.digest, &signature)?;
        Object { draft: &self.draft, signature: signature.as_bytes() }.encode_into(out)
    }
}

/// Encodes as `COSE_Sign1` or `COSE_Sign1_Tagged`.
struct Object<'a> {
    draft: &'a Sign1<'a>,
    signature: &'a [u8; Signature::LENGTH],
}

impl Encode for Object<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        if self.draft.tagged {
            cbor::put_head(sink, Major::Tag, TAG_SIGN1);
        }
        cbor::put_head(sink, Major::Array, 4);
        cbor::put_head(sink, Major::Bytes, self.draft.protected.encoded_len());
        self.draft.protected.encode(sink);
        cbor::put_head(sink, Major::Map, 0);
        match self.draft.payload {
            Payload::Embedded(payload) => cbor::put_bytes(sink, payload),
            Payload::Detached(_) | Payload::Streamed(_) => sink.put(&[cbor::NULL]),
        }
        cbor::put_bytes(sink, self.signature);
    }
}
