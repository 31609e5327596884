//! Parse and verify: an envelope that came from anywhere.

use heapless::Vec;

use crate::digest::Sha256;
use crate::dsse::envelope::check_payload_type;
use crate::dsse::put_pae;
use crate::ecdsa::{LowS, Signature, Verifier};
use crate::encoding::JsonString;
use crate::encoding::base64::{self, Alphabet};
use crate::encoding::json;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::{Encode, Length};

/// An envelope that is well-formed, and nothing more. Its payload cannot be reached before it is verified.
#[derive(Clone, Debug)]
#[must_use]
pub struct UnverifiedEnvelope<'a> {
    payload: Base64Text<'a>,
    payload_type: JsonString<'a>,
    signatures: Vec<EnvelopeSignature<'a>, { limits::DSSE_SIGNATURES }>,
    low_s: LowS,
}

/// One entry of `signatures`.
#[derive(Clone, Copy, Debug)]
struct EnvelopeSignature<'a> {
    keyid: Option<JsonString<'a>>,
    sig: Base64Text<'a>,
}

/// Base64 in either alphabet, as DSSE requires of readers; checked.
#[derive(Clone, Copy, Debug)]
struct Base64Text<'a> {
    text: &'a [u8],
    alphabet: Alphabet,
}

impl<'a> Base64Text<'a> {
    fn read(reader: &mut json::Reader<'a>) -> Result<Self> {
        let string = reader.string()?;
        let text = string.plain()?.as_bytes();
        let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_')) || !text.len().is_multiple_of(4);
        // Base64url may be padded here; what is left is checked as unpadded.
        let read = match text {
            [body @ .., b'=', b'='] | [body @ .., b'='] if url_safe && text.len().is_multiple_of(4) => {
                Self { text: body, alphabet: Alphabet::UrlSafe }
            }
            _ if url_safe => Self { text, alphabet: Alphabet::UrlSafe },
            _ => Self { text, alphabet: Alphabet::Standard },
        };
        base64::decode(read.text, read.alphabet, &mut Length::default()).map_err(|e| e.shifted(string.at()))?;
        Ok(read)
    }

    fn len(&self) -> u64 {
        base64::decoded_len(self.text, self.alphabet).unwrap_or(0) as u64
    }
}

impl<'a> UnverifiedEnvelope<'a> {
    /// Reads an envelope in JSON.
    ///
    /// Refused: members that occur twice, no signature or more than [`limits::DSSE_SIGNATURES`], anything but base64
    /// in `payload` and `sig`. Unknown members are ignored, as DSSE says. **Not checked:** that a `sig` is an ES256
    /// signature, as an envelope may hold those of other algorithms.
    ///
    /// # Errors
    /// The JSON, base64 and DSSE codes, with the offset in `envelope`.
    pub fn parse(envelope: &'a [u8]) -> Result<Self> {
        if envelope.len() > limits::OBJECT_BYTES {
            return Err(Error::new(Code::LimitExceeded, limits::OBJECT_BYTES));
        }
        let mut reader = json::Reader::new(envelope)?;
        let start = reader.at();
        let (mut payload, mut payload_type, mut signatures) = (None, None, None);
        reader.object(&mut |name, value| {
            match name.select(&["payload", "payloadType", "signatures"]) {
                "payload" => payload = Some(Base64Text::read(value)?),
                "payloadType" => payload_type = Some(value.string()?),
                "signatures" => signatures = Some((value.at(), read_signatures(value)?)),
                _ => value.skip()?,
            }
            Ok(())
        })?;
        reader.end()?;
        let missing = Error::new(Code::JsonMissingMember, start);
        let (Some(payload), Some(payload_type), Some((at, signatures))) = (payload, payload_type, signatures) else {
            return Err(missing);
        };
        check_payload_type(payload_type.chars(), payload_type.encoded_len()).map_err(|e| e.moved(payload_type.at()))?;
        if signatures.is_empty() {
            return Err(Error::new(Code::DsseNoSignature, at));
        }
        Ok(Self { payload, payload_type, signatures, low_s: LowS::Accept })
    }

    /// The key ids that the envelope claims, one for each signature: hints, never signed.
    pub fn keyids(&self) -> impl Iterator<Item = Option<JsonString<'a>>> + '_ {
        self.signatures.iter().map(|signature| signature.keyid)
    }

    /// What to do with a signature whose s is high. The default accepts it.
    pub fn low_s(mut self, policy: LowS) -> Self {
        self.low_s = policy;
        self
    }

    /// Verifies that at least one of the signatures is this key's, whatever key id it claims. DER and raw signatures
    /// are both accepted; entries that are neither (other algorithms) are passed over.
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature) if none is; [`SignatureHighS`](Code::SignatureHighS) if the only ones
    /// that could be are refused by policy.
    pub fn verify(self, key: &(impl Verifier + ?Sized)) -> Result<VerifiedEnvelope<'a>> {
        let mut hash = Sha256::new();
        put_pae(&mut hash, &self.payload_type, self.payload.len());
        base64::decode(self.payload.text, self.payload.alphabet, &mut hash)?;
        let digest = hash.finish();
        let mut refused = Error::new(Code::BadSignature, 0);
        for entry in &self.signatures {
            let mut bytes = [0; Signature::DER_LENGTH_MAX];
            let Ok(bytes) = base64::base64_decode(entry.sig.text, entry.sig.alphabet, &mut bytes) else { continue };
            // 64 bytes may be DER of a signature with short r and s, or raw, however unlikely the former.
            for signature in [Signature::from_der(bytes), Signature::from_raw(bytes)].into_iter().flatten() {
                match signature.with_policy(self.low_s) {
                    Ok(signature) if key.verify_digest(&digest, &signature).is_ok() => {
                        let (payload, payload_type) = (self.payload, self.payload_type);
                        return Ok(VerifiedEnvelope { payload, payload_type, keyid: entry.keyid });
                    }
                    Ok(_) => {}
                    Err(policy) => refused = policy,
                }
            }
        }
        Err(refused)
    }
}

fn read_signatures<'a>(
    reader: &mut json::Reader<'a>,
) -> Result<Vec<EnvelopeSignature<'a>, { limits::DSSE_SIGNATURES }>> {
    let mut signatures = Vec::new();
    reader.array(&mut |element| {
        let at = element.at();
        let (mut keyid, mut sig) = (None, None);
        element.object(&mut |name, value| {
            match name.select(&["keyid", "sig"]) {
                "keyid" => keyid = Some(value.string()?),
                "sig" => sig = Some(Base64Text::read(value)?),
                _ => value.skip()?,
            }
            Ok(())
        })?;
        if let Some(keyid) = keyid.filter(|keyid| keyid.encoded_len() > limits::KEY_ID_BYTES as u64) {
            return Err(Error::new(Code::LimitExceeded, keyid.at()));
        }
        let sig = sig.ok_or(Error::new(Code::JsonMissingMember, at))?;
        signatures.push(EnvelopeSignature { keyid, sig }).map_err(|_| Error::new(Code::DsseTooManySignatures, at))
    })?;
    Ok(signatures)
}

/// An envelope of which one signature is right for the key that it was verified with.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedEnvelope<'a> {
    payload: Base64Text<'a>,
    payload_type: JsonString<'a>,
    keyid: Option<JsonString<'a>>,
}

impl<'a> VerifiedEnvelope<'a> {
    /// The type of the payload. Look at it before the payload: it says how that is to be understood.
    #[must_use]
    pub fn payload_type(&self) -> JsonString<'a> {
        self.payload_type
    }

    /// The length of the payload in bytes.
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        self.payload.len()
    }

    /// Writes the payload to the front of `out` and returns that prefix.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn payload<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        base64::base64_decode(self.payload.text, self.payload.alphabet, out)
    }

    /// The key id beside the signature that verified: **not signed**, never a basis for trust.
    #[must_use]
    pub fn keyid(&self) -> Option<JsonString<'a>> {
        self.keyid
    }
}
