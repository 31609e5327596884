//! Prepare and attach: an envelope that is to be signed elsewhere.

use crate::digest::{Sha256, Sha256Digest};
use crate::dsse::put_pae;
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::base64::{Alphabet, Base64};
use crate::encoding::json::Quoted;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::{Encode, Sink};

/// How the signature is written into `sig`. DSSE leaves it to the algorithm, and implementations differ.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum SignatureEncoding {
    /// DER, as securesystemslib, in-toto, Sigstore and cosign write and expect it.
    #[default]
    Der,
    /// `r‖s`, as in the examples of the protocol document.
    Raw,
}

/// A DSSE envelope before it is signed. Borrows everything and owns nothing.
///
/// The key id is a hint and not signed: that is how DSSE is made.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Envelope<'a> {
    payload_type: &'a str,
    payload: &'a [u8],
    keyid: &'a str,
    encoding: SignatureEncoding,
    low_s: LowS,
}

impl<'a> Envelope<'a> {
    /// An envelope for `payload`, whose type is a media type or a URI.
    pub fn new(payload_type: &'a str, payload: &'a [u8]) -> Self {
        Self { payload_type, payload, keyid: "", encoding: SignatureEncoding::default(), low_s: LowS::Accept }
    }

    /// Names the key.
    pub fn keyid(mut self, keyid: &'a str) -> Self {
        self.keyid = keyid;
        self
    }

    /// How the signature is written; DER by default.
    pub fn signature_encoding(mut self, encoding: SignatureEncoding) -> Self {
        self.encoding = encoding;
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
    /// [`DsseInvalidPayloadType`](Code::DsseInvalidPayloadType), [`LimitExceeded`](Code::LimitExceeded) for a long
    /// type or key id.
    pub fn prepare(self) -> Result<PreparedEnvelope<'a>> {
        check_payload_type(self.payload_type.chars(), self.payload_type.len() as u64)?;
        if self.keyid.len() > limits::KEY_ID_BYTES {
            return Err(Error::new(Code::LimitExceeded, limits::KEY_ID_BYTES));
        }
        let mut hash = Sha256::new();
        put_pae(&mut hash, self.payload_type.as_bytes(), self.payload.len() as u64);
        hash.update(self.payload);
        Ok(PreparedEnvelope { draft: self, digest: hash.finish() })
    }

    /// Goes on with a digest that was computed by this same draft earlier, where the draft could not be kept. The
    /// payload is hashed again and must agree.
    ///
    /// # Errors
    /// [`DigestMismatch`](Code::DigestMismatch); those of [`prepare`](Self::prepare).
    pub fn resume(self, digest: &Sha256Digest) -> Result<PreparedEnvelope<'a>> {
        let prepared = self.prepare()?;
        if prepared.digest == *digest { Ok(prepared) } else { Err(Error::new(Code::DigestMismatch, 0)) }
    }
}

/// A type must say something, in printable characters.
pub(crate) fn check_payload_type(mut characters: impl Iterator<Item = char>, bytes: u64) -> Result<()> {
    if bytes > limits::CONTENT_TYPE_BYTES as u64 {
        return Err(Error::new(Code::LimitExceeded, limits::CONTENT_TYPE_BYTES));
    }
    if bytes == 0 || characters.any(char::is_control) {
        return Err(Error::new(Code::DsseInvalidPayloadType, 0));
    }
    Ok(())
}

/// An envelope whose digest is known and whose signature is to come.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PreparedEnvelope<'a> {
    draft: Envelope<'a>,
    digest: Sha256Digest,
}

impl PreparedEnvelope<'_> {
    /// SHA-256 of the pre-authentication encoding: what the signer signs.
    #[must_use]
    pub const fn digest(&self) -> &Sha256Digest {
        &self.digest
    }

    /// The length in bytes of the longest envelope that [`attach`](Self::attach) may write: a DER signature has 72
    /// bytes at most.
    #[must_use]
    pub fn object_len_max(&self) -> u64 {
        EnvelopeJson { draft: &self.draft, signature: &[0; Signature::DER_LENGTH_MAX] }.encoded_len()
    }

    /// Checks the signature and writes the envelope to the front of `out`. Not a byte is written before the check.
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
        let mut der = [0; Signature::DER_LENGTH_MAX];
        let signature = match self.draft.encoding {
            SignatureEncoding::Der => signature.to_der(&mut der)?,
            SignatureEncoding::Raw => signature.as_bytes(),
        };
        EnvelopeJson { draft: &self.draft, signature }.encode_into(out)
    }
}

/// Encodes as the signed envelope.
struct EnvelopeJson<'a> {
    draft: &'a Envelope<'a>,
    signature: &'a [u8],
}

impl Encode for EnvelopeJson<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        sink.put(br#"{"payload":""#);
        Base64(self.draft.payload, Alphabet::Standard).encode(sink);
        sink.put(br#"","payloadType":"#);
        Quoted(self.draft.payload_type).encode(sink);
        sink.put(br#","signatures":[{"keyid":"#);
        Quoted(self.draft.keyid).encode(sink);
        sink.put(br#","sig":""#);
        Base64(self.signature, Alphabet::Standard).encode(sink);
        sink.put(br#""}]}"#);
    }
}
