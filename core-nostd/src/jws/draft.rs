//! Prepare and attach: a JWS that is to be signed elsewhere.

use crate::digest::{Sha256, Sha256Digest};
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::base64::{Alphabet, Base64, Encoder};
use crate::encoding::json::Quoted;
use crate::error::{Code, Error, Result};
use crate::jws::PayloadHash;
use crate::jws::header::Protected;
use crate::sink::{Encode, Sink};
use crate::x509::Chain;

/// A JWS before it is signed. Borrows everything and owns nothing.
///
/// All parameters go into the protected header, so the signature covers them.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Jws<'a> {
    payload: Payload<'a>,
    protected: Protected<'a>,
    flattened: bool,
    low_s: LowS,
}

#[derive(Clone, Copy, Debug)]
enum Payload<'a> {
    Attached(&'a [u8]),
    Detached(&'a [u8]),
    Streamed,
}

impl<'a> Jws<'a> {
    fn new(payload: Payload<'a>) -> Self {
        Self { payload, protected: Protected::default(), flattened: false, low_s: LowS::Accept }
    }

    /// The object will contain `payload`.
    pub fn attached(payload: &'a [u8]) -> Self {
        Self::new(Payload::Attached(payload))
    }

    /// The object will not contain `payload`: verifiers must be given it (RFC 7515, appendix F).
    pub fn detached(payload: &'a [u8]) -> Self {
        Self::new(Payload::Detached(payload))
    }

    /// Like [`detached`](Self::detached), for a payload that is not in memory as a whole. Go on with
    /// [`stream`](Self::stream).
    pub fn detached_stream() -> Self {
        Self::new(Payload::Streamed)
    }

    /// Names the key.
    pub fn kid(mut self, kid: &'a str) -> Self {
        self.protected.kid = Some(kid);
        self
    }

    /// Says what the whole object is, for instance `JWT`.
    pub fn typ(mut self, typ: &'a str) -> Self {
        self.protected.typ = Some(typ);
        self
    }

    /// Says what the payload is.
    pub fn cty(mut self, cty: &'a str) -> Self {
        self.protected.cty = Some(cty);
        self
    }

    /// Carries the certificate chain.
    pub fn x5c(mut self, chain: Chain<'a>) -> Self {
        self.protected.x5c = Some(chain);
        self
    }

    /// Signs the payload as it is, not its base64url form: `b64` is false and critical (RFC 7797).
    pub fn unencoded(mut self) -> Self {
        self.protected.unencoded = true;
        self
    }

    /// Writes flattened JSON (RFC 7515, 7.2.2); the default is compact.
    pub fn flattened(mut self) -> Self {
        self.flattened = true;
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
    /// [`JwsPayloadMissing`](Code::JwsPayloadMissing) for a stream;
    /// [`JwsUnencodedPayload`](Code::JwsUnencodedPayload) at the byte that may not stand in an attached, unencoded
    /// payload: in compact form all but printable ASCII without the dot, in JSON what is not UTF-8;
    /// [`LimitExceeded`](Code::LimitExceeded) for a long kid or type.
    pub fn prepare(self) -> Result<PreparedJws<'a>> {
        let digest = self.digest()?;
        Ok(PreparedJws { draft: self, digest })
    }

    /// Starts to take the payload in pieces.
    ///
    /// # Errors
    /// [`JwsPayloadAttached`](Code::JwsPayloadAttached) unless made by [`detached_stream`](Self::detached_stream);
    /// those of [`prepare`](Self::prepare).
    pub fn stream(self) -> Result<JwsDigest<'a>> {
        match self.payload {
            Payload::Streamed => Ok(JwsDigest { hash: self.hash()?, draft: self }),
            Payload::Attached(_) | Payload::Detached(_) => Err(Error::new(Code::JwsPayloadAttached, 0)),
        }
    }

    /// Goes on with a digest that was computed by this same draft earlier, where the draft could not be kept. A payload
    /// that is at hand is hashed again and must agree; for a stream the digest is taken as it is.
    ///
    /// # Errors
    /// [`DigestMismatch`](Code::DigestMismatch); those of [`prepare`](Self::prepare).
    pub fn resume(self, digest: &Sha256Digest) -> Result<PreparedJws<'a>> {
        let again = match self.payload {
            Payload::Streamed => self.check().map(|()| *digest),
            Payload::Attached(_) | Payload::Detached(_) => self.digest(),
        }?;
        if again == *digest {
            Ok(PreparedJws { draft: self, digest: again })
        } else {
            Err(Error::new(Code::DigestMismatch, 0))
        }
    }

    fn digest(&self) -> Result<Sha256Digest> {
        match self.payload {
            Payload::Attached(payload) | Payload::Detached(payload) => {
                let mut hash = self.hash()?;
                hash.put(payload);
                Ok(hash.finish())
            }
            Payload::Streamed => Err(Error::new(Code::JwsPayloadMissing, 0)),
        }
    }

    fn check(&self) -> Result<()> {
        self.protected.check()?;
        let Payload::Attached(payload) = self.payload else { return Ok(()) };
        if !self.protected.unencoded {
            return Ok(());
        }
        let bad = if self.flattened {
            core::str::from_utf8(payload).err().map(|e| e.valid_up_to())
        } else {
            payload.iter().position(|byte| !matches!(byte, b' '..=b'~') || *byte == b'.')
        };
        bad.map_or(Ok(()), |at| Err(Error::new(Code::JwsUnencodedPayload, at)))
    }

    /// Has taken all that comes before the payload.
    fn hash(&self) -> Result<PayloadHash> {
        self.check()?;
        let mut hash = Sha256::new();
        EncodedHeader(&self.protected).encode(&mut hash);
        hash.put(b".");
        Ok(PayloadHash::new(hash, !self.protected.unencoded))
    }
}

/// A digest in progress, taking the payload in pieces.
#[derive(Clone, Debug)]
#[must_use]
pub struct JwsDigest<'a> {
    draft: Jws<'a>,
    hash: PayloadHash,
}

impl<'a> JwsDigest<'a> {
    /// Takes the next bytes of the payload.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.put(bytes);
    }

    /// The digest of all that was taken.
    pub fn finish(self) -> PreparedJws<'a> {
        PreparedJws { draft: self.draft, digest: self.hash.finish() }
    }
}

/// A JWS whose digest is known and whose signature is to come.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PreparedJws<'a> {
    draft: Jws<'a>,
    digest: Sha256Digest,
}

impl PreparedJws<'_> {
    /// SHA-256 of the signing input: what the signer signs.
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

/// Encodes as BASE64URL(UTF8(protected header)).
struct EncodedHeader<'a>(&'a Protected<'a>);

impl Encode for EncodedHeader<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        let mut encoder = Encoder::new(sink, Alphabet::UrlSafe);
        self.0.encode(&mut encoder);
        encoder.finish();
    }
}

/// Encodes as the signed object.
struct Object<'a> {
    draft: &'a Jws<'a>,
    signature: &'a [u8; Signature::LENGTH],
}

impl Encode for Object<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        if self.draft.flattened { self.flattened(sink) } else { self.compact(sink) }
    }
}

impl Object<'_> {
    fn compact(&self, sink: &mut dyn Sink) {
        EncodedHeader(&self.draft.protected).encode(sink);
        sink.put(b".");
        match self.draft.payload {
            Payload::Attached(payload) if self.draft.protected.unencoded => sink.put(payload),
            Payload::Attached(payload) => Base64(payload, Alphabet::UrlSafe).encode(sink),
            Payload::Detached(_) | Payload::Streamed => {}
        }
        sink.put(b".");
        Base64(self.signature, Alphabet::UrlSafe).encode(sink);
    }

    fn flattened(&self, sink: &mut dyn Sink) {
        sink.put(b"{");
        if let Payload::Attached(payload) = self.draft.payload {
            sink.put(br#""payload":"#);
            match core::str::from_utf8(payload) {
                Ok(text) if self.draft.protected.unencoded => Quoted(text).encode(sink),
                _ => {
                    sink.put(b"\"");
                    Base64(payload, Alphabet::UrlSafe).encode(sink);
                    sink.put(b"\"");
                }
            }
            sink.put(b",");
        }
        sink.put(br#""protected":""#);
        EncodedHeader(&self.draft.protected).encode(sink);
        sink.put(br#"","signature":""#);
        Base64(self.signature, Alphabet::UrlSafe).encode(sink);
        sink.put(br#""}"#);
    }
}
