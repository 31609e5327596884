//! Parse and verify: a JWS that came from anywhere.

use crate::digest::{Sha256, Sha256Digest};
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::JsonString;
use crate::encoding::base64::{self, Alphabet};
use crate::encoding::json;
use crate::error::{Code, Error, Result};
use crate::jws::PayloadHash;
use crate::jws::header::{Names, Parameters, ProtectedHeader};
use crate::limits;
use crate::sink::{Encode, Length, Sink};

/// A JWS that is well-formed, and nothing more. Its payload cannot be reached before it is verified.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct UnverifiedJws<'a> {
    /// As received: what was signed is never encoded again.
    protected: &'a [u8],
    header: ProtectedHeader<'a>,
    unprotected: Parameters<'a>,
    payload: Payload<'a>,
    detached: Option<&'a [u8]>,
    signature: Signature,
    low_s: LowS,
}

/// The payload as it stands in the object.
#[derive(Clone, Copy, Debug)]
enum Payload<'a> {
    /// There is none. In compact form this may also be an empty one, which looks the same.
    Absent { may_be_empty: bool },
    /// Base64url text, checked.
    Encoded(&'a [u8]),
    /// The bytes themselves (compact, `b64` false).
    Unencoded(&'a [u8]),
    /// A JSON string of the bytes (flattened, `b64` false).
    UnencodedText(JsonString<'a>),
}

/// The three parts, still encoded, with the offset of each.
struct Parts<'a> {
    protected: (&'a [u8], usize),
    payload: RawPayload<'a>,
    signature: (&'a [u8], usize),
    unprotected: Option<json::Reader<'a>>,
}

enum RawPayload<'a> {
    Absent { may_be_empty: bool },
    Compact(&'a [u8], usize),
    Json(JsonString<'a>),
}

impl<'a> UnverifiedJws<'a> {
    /// Reads a compact or a flattened JWS, which it tells by the first character. The decoded protected header is kept
    /// in `scratch`, for which three quarters of the length of `object` always suffice.
    ///
    /// Refused: members or header parameters that occur twice, `crit` with anything that is not understood here, an
    /// `alg` that is not ES256 or not protected, padding, white space and stray bits in base64url. Unknown members
    /// and parameters are ignored, as RFC 7515 says. **Not checked:** the certificates in `x5c`; `jwk`, `jku` and
    /// `x5u` are never used: the key comes from the caller.
    ///
    /// # Errors
    /// The JSON, base64, JWS and signature codes. The offset is that in `object`, also for faults in the encoded
    /// header, where it is the character that holds the first bits of the faulty byte.
    pub fn parse(object: &'a [u8], scratch: &'a mut [u8]) -> Result<Self> {
        if object.len() > limits::OBJECT_BYTES {
            return Err(Error::new(Code::LimitExceeded, limits::OBJECT_BYTES));
        }
        let parts = if object.trim_ascii_start().first() == Some(&b'{') { flattened(object) } else { compact(object) }?;
        let (protected, base) = parts.protected;
        let decoded = base64::base64_decode(protected, Alphabet::UrlSafe, scratch).map_err(|e| e.shifted(base))?;
        let mut names = Names::new();
        let header = ProtectedHeader::read(decoded, &mut names).map_err(|e| in_encoded(e, base))?;
        let unprotected = match parts.unprotected {
            Some(mut reader) => Parameters::read_unprotected(&mut reader, &mut names)?,
            None => Parameters::default(),
        };
        let payload = parts.payload.check(header.encoded)?;
        let signature = signature(parts.signature)?;
        Ok(Self { protected, header, unprotected, payload, detached: None, signature, low_s: LowS::Accept })
    }

    /// The `kid` that the object claims, protected or not: a hint for choosing a key, not yet verified.
    #[must_use]
    pub fn kid(&self) -> Option<JsonString<'a>> {
        self.header.parameters.kid.or(self.unprotected.kid)
    }

    /// The certificate at `index` (leaf first) that the object claims, decoded to the front of `out`; `None` behind
    /// the last one. Not yet verified, not validated.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn x5c<'o>(&self, index: usize, out: &'o mut [u8]) -> Result<Option<&'o [u8]>> {
        self.header.parameters.x5c.or(self.unprotected.x5c).map_or(Ok(None), |x5c| x5c.get(index, out))
    }

    /// Whether the payload is not in the object. A compact JWS with an empty payload looks as if it were detached.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        matches!(self.payload, Payload::Absent { .. })
    }

    /// Gives the detached payload.
    pub fn detached(mut self, payload: &'a [u8]) -> Self {
        self.detached = Some(payload);
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
    /// [`JwsPayloadMissing`](Code::JwsPayloadMissing), [`JwsPayloadAttached`](Code::JwsPayloadAttached).
    pub fn verify(self, key: &(impl Verifier + ?Sized)) -> Result<VerifiedJws<'a>> {
        let missing = Error::new(Code::JwsPayloadMissing, 0);
        let payload = match (self.payload, self.detached) {
            (Payload::Absent { .. }, Some(payload)) => VerifiedPayload::Bytes(payload),
            (_, Some(_)) => return Err(Error::new(Code::JwsPayloadAttached, 0)),
            (Payload::Absent { may_be_empty: true }, None) => VerifiedPayload::Bytes(&[]),
            (Payload::Absent { may_be_empty: false }, None) => return Err(missing),
            (Payload::Encoded(text), None) => VerifiedPayload::Encoded(text),
            (Payload::Unencoded(bytes), None) => VerifiedPayload::Bytes(bytes),
            (Payload::UnencodedText(text), None) => VerifiedPayload::Text(text),
        };
        let looks_detached = self.is_detached() && self.detached.is_none();
        self.checked(self.digest(payload), key, payload)
            .map_err(|e| if looks_detached && e.is(Code::BadSignature) { missing } else { e })
    }

    fn digest(&self, payload: VerifiedPayload<'a>) -> Sha256Digest {
        // Encoded text is what was signed: it is hashed as it stands.
        let as_it_stands = matches!(payload, VerifiedPayload::Encoded(_));
        let mut hash = self.hash(self.header.encoded && !as_it_stands);
        match payload {
            VerifiedPayload::Encoded(bytes) | VerifiedPayload::Bytes(bytes) => hash.put(bytes),
            VerifiedPayload::Text(text) => text.encode(&mut hash),
            VerifiedPayload::Streamed => {}
        }
        hash.finish()
    }

    fn checked(
        &self,
        digest: Sha256Digest,
        key: &(impl Verifier + ?Sized),
        payload: VerifiedPayload<'a>,
    ) -> Result<VerifiedJws<'a>> {
        let signature = self.signature.with_policy(self.low_s)?;
        key.verify_digest(&digest, &signature)?;
        Ok(VerifiedJws { protected: self.header.parameters, payload })
    }

    /// Starts to take a detached payload in pieces.
    ///
    /// # Errors
    /// [`JwsPayloadAttached`](Code::JwsPayloadAttached) if the object has its payload inside, or one was given.
    pub fn stream(self) -> Result<JwsVerifier<'a>> {
        match (self.payload, self.detached) {
            (Payload::Absent { .. }, None) => {
                Ok(JwsVerifier { hash: self.hash(self.header.encoded), unverified: self })
            }
            _ => Err(Error::new(Code::JwsPayloadAttached, 0)),
        }
    }

    /// Has taken all that comes before the payload.
    fn hash(&self, encode: bool) -> PayloadHash {
        let mut hash = Sha256::new();
        hash.put(self.protected);
        hash.put(b".");
        PayloadHash::new(hash, encode)
    }
}

impl<'a> RawPayload<'a> {
    fn check(self, encoded: bool) -> Result<Payload<'a>> {
        let base64url = |text: &'a [u8], at| {
            base64::decode(text, Alphabet::UrlSafe, &mut Length::default()).map_err(|e: Error| e.shifted(at))?;
            Ok(Payload::Encoded(text))
        };
        match self {
            Self::Absent { may_be_empty } => Ok(Payload::Absent { may_be_empty }),
            Self::Compact(text, at) if encoded => base64url(text, at),
            Self::Compact(bytes, _) => Ok(Payload::Unencoded(bytes)),
            Self::Json(text) if encoded => base64url(text.plain()?.as_bytes(), text.at()),
            Self::Json(text) => Ok(Payload::UnencodedText(text)),
        }
    }
}

fn compact(token: &[u8]) -> Result<Parts<'_>> {
    let mut dots = token.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
        return Err(Error::new(Code::JwsInvalidCompact, token.len()));
    };
    if let Some(third) = dots.next() {
        return Err(Error::new(Code::JwsInvalidCompact, third));
    }
    let part = |from: usize, to: usize| (token.get(from..to).unwrap_or_default(), from);
    let (payload, at) = part(first + 1, second);
    Ok(Parts {
        protected: part(0, first),
        payload: match payload {
            [] => RawPayload::Absent { may_be_empty: true },
            _ => RawPayload::Compact(payload, at),
        },
        signature: part(second + 1, token.len()),
        unprotected: None,
    })
}

fn flattened(object: &[u8]) -> Result<Parts<'_>> {
    let mut reader = json::Reader::new(object)?;
    let start = reader.at();
    let (mut payload, mut protected, mut signature, mut unprotected) = (None, None, None, None);
    reader.object(&mut |name, value| {
        match name.select(&["payload", "protected", "signature", "header", "signatures"]) {
            "payload" => payload = Some(value.string()?),
            "protected" => protected = Some(value.string()?),
            "signature" => signature = Some(value.string()?),
            "header" => {
                unprotected = Some(*value);
                value.skip()?;
            }
            "signatures" => return Err(Error::new(Code::JwsGeneralSerialization, name.at())),
            _ => value.skip()?,
        }
        Ok(())
    })?;
    reader.end()?;
    let protected = protected.ok_or(Error::new(Code::JwsMissingAlgorithm, start))?;
    let signature = signature.ok_or(Error::new(Code::JsonMissingMember, start))?;
    Ok(Parts {
        protected: (protected.plain()?.as_bytes(), protected.at()),
        payload: payload.map_or(RawPayload::Absent { may_be_empty: false }, RawPayload::Json),
        signature: (signature.plain()?.as_bytes(), signature.at()),
        unprotected,
    })
}

fn signature((text, at): (&[u8], usize)) -> Result<Signature> {
    let mut raw = [0; Signature::LENGTH];
    let wrong = Error::new(Code::SignatureWrongLength, at);
    // The length first: a DER signature in this place deserves a better word than "output too small".
    if base64::decoded_len(text, Alphabet::UrlSafe).map_err(|e| e.shifted(at))? != Signature::LENGTH {
        return Err(wrong);
    }
    let raw = base64::base64_decode(text, Alphabet::UrlSafe, &mut raw).map_err(|e| e.shifted(at))?;
    Signature::from_raw(raw).map_err(|e| e.moved(at))
}

/// An error in decoded base64url, as the offset of the character that holds the first bits of the byte.
fn in_encoded(error: Error, base: usize) -> Error {
    let at = usize::try_from(error.at()).unwrap_or(usize::MAX);
    error.moved((at / 3).saturating_mul(4).saturating_add(at % 3).saturating_add(base))
}

/// A verification in progress, taking the detached payload in pieces.
#[derive(Clone, Debug)]
#[must_use]
pub struct JwsVerifier<'a> {
    unverified: UnverifiedJws<'a>,
    hash: PayloadHash,
}

impl<'a> JwsVerifier<'a> {
    /// Takes the next bytes of the payload.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.put(bytes);
    }

    /// Verifies the signature over all that was taken.
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature), [`SignatureHighS`](Code::SignatureHighS).
    pub fn finish(self, key: &(impl Verifier + ?Sized)) -> Result<VerifiedJws<'a>> {
        self.unverified.checked(self.hash.finish(), key, VerifiedPayload::Streamed)
    }
}

/// A JWS whose signature is right for the key that it was verified with.
///
/// What it tells is covered by the signature: parameters of an unprotected header do not appear here.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedJws<'a> {
    protected: Parameters<'a>,
    payload: VerifiedPayload<'a>,
}

#[derive(Clone, Copy, Debug)]
enum VerifiedPayload<'a> {
    Encoded(&'a [u8]),
    Bytes(&'a [u8]),
    Text(JsonString<'a>),
    Streamed,
}

impl<'a> VerifiedJws<'a> {
    /// The length of the payload in bytes; `None` if it was streamed.
    #[must_use]
    pub fn payload_len(&self) -> Option<u64> {
        match self.payload {
            VerifiedPayload::Encoded(text) => base64::decoded_len(text, Alphabet::UrlSafe).ok().map(|len| len as u64),
            VerifiedPayload::Bytes(bytes) => Some(bytes.len() as u64),
            VerifiedPayload::Text(text) => Some(text.encoded_len()),
            VerifiedPayload::Streamed => None,
        }
    }

    /// Writes the payload to the front of `out` and returns that prefix.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed;
    /// [`JwsPayloadMissing`](Code::JwsPayloadMissing) if it was streamed.
    pub fn payload<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        match self.payload {
            VerifiedPayload::Encoded(text) => base64::base64_decode(text, Alphabet::UrlSafe, out),
            VerifiedPayload::Bytes(bytes) => bytes.encode_into(out),
            VerifiedPayload::Text(text) => text.encode_into(out),
            VerifiedPayload::Streamed => Err(Error::new(Code::JwsPayloadMissing, 0)),
        }
    }

    /// The protected `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<JsonString<'a>> {
        self.protected.kid
    }

    /// The protected `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<JsonString<'a>> {
        self.protected.typ
    }

    /// The protected `cty`.
    #[must_use]
    pub fn cty(&self) -> Option<JsonString<'a>> {
        self.protected.cty
    }

    /// The protected certificate at `index` (leaf first), decoded to the front of `out`; `None` behind the last one.
    /// Signed, and **not validated**.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn x5c<'o>(&self, index: usize, out: &'o mut [u8]) -> Result<Option<&'o [u8]>> {
        self.protected.x5c.map_or(Ok(None), |x5c| x5c.get(index, out))
    }
}
