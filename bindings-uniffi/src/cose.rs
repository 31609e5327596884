//! COSE_Sign1 (RFC 9052): prepare, attach, verify.

use core::fmt;
use std::sync::Arc;

use self_cell::self_cell;
use splitsign_core::cose::{self, Sign1, Sign1Digest, Sign1Verifier, UnverifiedSign1, VerifiedSign1};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;
use splitsign_core::x509::Chain;

use crate::Result;
use crate::key::PublicKey;
use crate::output::written;
use crate::signature::LowS;
use crate::stream::Stream;

/// What the payload is (RFC 9052, label 3).
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum ContentType {
    /// A media type, as `type/subtype`.
    MediaType {
        /// Its name.
        name: String,
    },
    /// A number of the CoAP Content-Formats registry.
    CoapFormat {
        /// The number.
        number: u16,
    },
}

/// What is signed besides the payload. All of it goes into the protected header, or is signed and not carried.
#[derive(Clone, Debug, uniffi::Record)]
pub struct CoseParameters {
    /// Names the key (label 4).
    #[uniffi(default = None)]
    pub kid: Option<Vec<u8>>,
    /// The certificates in DER, leaf first (label 33).
    #[uniffi(default = None)]
    pub x5chain: Option<Vec<Vec<u8>>>,
    /// What the payload is (label 3).
    #[uniffi(default = None)]
    pub content_type: Option<ContentType>,
    /// Signed and not carried: who verifies must give the same.
    #[uniffi(default = None)]
    pub external_aad: Option<Vec<u8>>,
    /// Whether the payload stays outside the object. Of a payload that comes in pieces it always does.
    #[uniffi(default = false)]
    pub detached: bool,
    /// Whether the tag 18 is written.
    #[uniffi(default = true)]
    pub tagged: bool,
    /// What to do with a signature whose s is high; absent, it is accepted.
    #[uniffi(default = None)]
    pub low_s: Option<LowS>,
}

/// What is needed to verify, besides the object and the key.
#[derive(Clone, Default, Debug, uniffi::Record)]
pub struct CoseExpected {
    /// The payload, where it is detached.
    #[uniffi(default = None)]
    pub payload: Option<Vec<u8>>,
    /// The bytes that were signed and are not carried.
    #[uniffi(default = None)]
    pub external_aad: Option<Vec<u8>>,
    /// What to do with a signature whose s is high; absent, it is accepted.
    #[uniffi(default = None)]
    pub low_s: Option<LowS>,
}

/// What a signature covers.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct VerifiedCose {
    /// The payload, if the object had it inside.
    pub payload: Option<Vec<u8>>,
    /// The protected key id.
    pub kid: Option<Vec<u8>>,
    /// The protected content type.
    pub content_type: Option<ContentType>,
    /// The protected certificates, leaf first: signed, and not validated.
    pub x5chain: Vec<Vec<u8>>,
}

/// What an object claims: hints for choosing a key, unverified.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct CoseClaims {
    /// Whether the payload is not in the object.
    pub detached: bool,
    /// The key id, protected or not.
    pub kid: Option<Vec<u8>>,
    /// The certificates, protected or not, leaf first.
    pub x5chain: Vec<Vec<u8>>,
}

/// Computes the digest that is to be signed.
///
/// # Errors
/// The codes `chain_…`, `cose_invalid_header`, `limit_exceeded`.
#[uniffi::export(default(parameters))]
pub fn cose_prepare(payload: Vec<u8>, parameters: CoseParameters) -> Result<Arc<CoseDraft>> {
    let detached = parameters.detached;
    let header = Header::new(parameters)?;
    let digest = {
        let draft = if detached { Sign1::detached(&payload) } else { Sign1::embedded(&payload) };
        *header.draft(draft)?.prepare()?.digest()
    };
    // The object will not contain a detached payload: what was hashed is what counts.
    let payload = if detached { Payload::Outside(payload.len() as u64) } else { Payload::Inside(payload) };
    Ok(Arc::new(CoseDraft { header, payload, digest }))
}

/// Verifies an object, its payload inside or given.
///
/// # Errors
/// The codes `cbor_…`, `cose_…`, `signature_…`; `bad_signature`.
#[uniffi::export(default(expected))]
pub fn cose_verify(object: Vec<u8>, key: Arc<PublicKey>, expected: CoseExpected) -> Result<VerifiedCose> {
    let mut unverified = unverified(&object, &expected)?;
    if let Some(payload) = &expected.payload {
        unverified = unverified.detached(payload);
    }
    let inside = !unverified.is_detached();
    let verified = unverified.verify(key.verifier())?;
    let mut said = said(&verified);
    said.payload = verified.payload().filter(|_| inside).map(<[u8]>::to_vec);
    Ok(said)
}

/// What an object claims: hints for choosing a key, unverified.
///
/// # Errors
/// The codes `cbor_…`, `cose_…`, `signature_…`.
#[uniffi::export]
pub fn cose_inspect(object: Vec<u8>) -> Result<CoseClaims> {
    let unverified = UnverifiedSign1::parse(&object)?;
    Ok(CoseClaims {
        detached: unverified.is_detached(),
        kid: unverified.kid().map(<[u8]>::to_vec),
        x5chain: unverified.x5chain().map(<[u8]>::to_vec).collect(),
    })
}

/// A COSE_Sign1 whose digest is known and whose signature is to come.
#[derive(Debug, uniffi::Object)]
pub struct CoseDraft {
    header: Header,
    payload: Payload,
    digest: Sha256Digest,
}

#[derive(Debug)]
enum Payload {
    Inside(Vec<u8>),
    /// Its length in bytes.
    Outside(u64),
}

#[uniffi::export]
impl CoseDraft {
    /// SHA-256 of the Sig_structure: the 32 bytes that the signer signs.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.digest.as_bytes().to_vec()
    }

    /// Checks the signature (raw, 64 bytes) against the key, and gives the object.
    ///
    /// # Errors
    /// The codes `signature_…`; `bad_signature`.
    pub fn attach(&self, signature: Vec<u8>, key: Arc<PublicKey>) -> Result<Vec<u8>> {
        let draft = match &self.payload {
            Payload::Inside(payload) => Sign1::embedded(payload),
            Payload::Outside(length) => Sign1::detached_stream(*length),
        };
        let prepared = self.header.draft(draft)?.resume(&self.digest)?;
        let signature = Signature::from_raw(&signature)?;
        written(prepared.object_len(), &|out| prepared.attach(&signature, key.verifier(), out))
    }
}

/// The parameters, with the certificates one behind the other: so they can be borrowed as they are.
#[derive(Debug)]
struct Header {
    parameters: CoseParameters,
    chain: Option<Vec<u8>>,
}

impl Header {
    fn new(mut parameters: CoseParameters) -> Result<Self> {
        let chain = joined(parameters.x5chain.take())?;
        Ok(Self { parameters, chain })
    }

    fn draft<'a>(&'a self, mut draft: Sign1<'a>) -> Result<Sign1<'a>> {
        let CoseParameters { kid, content_type, external_aad, tagged, low_s, .. } = &self.parameters;
        if let Some(kid) = kid {
            draft = draft.kid(kid);
        }
        match content_type {
            Some(ContentType::MediaType { name }) => draft = draft.content_type(cose::ContentType::MediaType(name)),
            Some(ContentType::CoapFormat { number }) => {
                draft = draft.content_type(cose::ContentType::CoapFormat(*number));
            }
            None => {}
        }
        if let Some(chain) = &self.chain {
            draft = draft.x5chain(Chain::from_concatenated(chain)?);
        }
        if let Some(aad) = external_aad {
            draft = draft.external_aad(aad);
        }
        if !tagged {
            draft = draft.untagged();
        }
        Ok(draft.low_s(LowS::policy(*low_s)))
    }
}

/// Certificates one behind the other, each of them looked at by itself: the offset of an error is its index.
pub(crate) fn joined(certificates: Option<Vec<Vec<u8>>>) -> Result<Option<Vec<u8>>> {
    let Some(certificates) = certificates else { return Ok(None) };
    let slices: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    Chain::from_slices(&slices)?;
    Ok(Some(certificates.concat()))
}

fn unverified<'a>(object: &'a [u8], expected: &'a CoseExpected) -> Result<UnverifiedSign1<'a>> {
    let unverified = UnverifiedSign1::parse(object)?.low_s(LowS::policy(expected.low_s));
    Ok(match &expected.external_aad {
        Some(aad) => unverified.external_aad(aad),
        None => unverified,
    })
}

fn said(verified: &VerifiedSign1<'_>) -> VerifiedCose {
    VerifiedCose {
        payload: None,
        kid: verified.kid().map(<[u8]>::to_vec),
        content_type: verified.content_type().map(|content_type| match content_type {
            cose::ContentType::MediaType(name) => ContentType::MediaType { name: name.to_owned() },
            cose::ContentType::CoapFormat(number) => ContentType::CoapFormat { number },
        }),
        x5chain: verified.x5chain().map(<[u8]>::to_vec).collect(),
    }
}

self_cell!(
    struct Preparing {
        owner: Header,
        #[covariant]
        dependent: Sign1Digest,
    }
);

/// A detached payload that comes in pieces. CBOR puts the length before the bytes, so it must be known.
#[derive(uniffi::Object)]
pub struct CosePrepareStream {
    stream: Stream<Preparing>,
    length: u64,
}

#[uniffi::export]
impl CosePrepareStream {
    /// Starts with the length of the payload in bytes.
    ///
    /// # Errors
    /// As `cose_prepare`.
    #[uniffi::constructor(default(parameters))]
    pub fn new(length: u64, parameters: CoseParameters) -> Result<Arc<Self>> {
        let preparing = Preparing::try_new(Header::new(parameters)?, |header| {
            Result::Ok(header.draft(Sign1::detached_stream(length))?.stream()?)
        })?;
        Ok(Arc::new(Self { stream: Stream::new(preparing), length }))
    }

    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// `length_mismatch`, `stream_finished`, `stream_failed`.
    pub fn update(&self, chunk: Vec<u8>) -> Result<()> {
        self.stream.update(|preparing| {
            preparing.with_dependent_mut(|_, digest| digest.update(&chunk))?;
            Ok(())
        })
    }

    /// The draft, once all bytes have come. The stream is over.
    ///
    /// # Errors
    /// `length_mismatch`, `stream_finished`, `stream_failed`.
    pub fn finish(&self) -> Result<Arc<CoseDraft>> {
        let preparing = self.stream.finish()?;
        let digest = *preparing.borrow_dependent().clone().finish()?.digest();
        Ok(Arc::new(CoseDraft { header: preparing.into_owner(), payload: Payload::Outside(self.length), digest }))
    }
}

self_cell!(
    struct Verifying {
        owner: (Vec<u8>, CoseExpected),
        #[covariant]
        dependent: Sign1Verifier,
    }
);

/// A detached payload that comes in pieces, to be verified; its length must be known.
#[derive(uniffi::Object)]
pub struct CoseVerifyStream {
    stream: Stream<Verifying>,
    key: Arc<PublicKey>,
}

#[uniffi::export]
impl CoseVerifyStream {
    /// Starts with the length of the payload in bytes; `expected` has none.
    ///
    /// # Errors
    /// The codes `cbor_…`, `cose_…`, `signature_…`.
    #[uniffi::constructor(default(expected))]
    pub fn new(object: Vec<u8>, key: Arc<PublicKey>, length: u64, expected: CoseExpected) -> Result<Arc<Self>> {
        let verifying = Verifying::try_new((object, expected), |(object, expected)| {
            let mut unverified = unverified(object, expected)?;
            if let Some(payload) = &expected.payload {
                unverified = unverified.detached(payload);
            }
            Result::Ok(unverified.stream(length)?)
        })?;
        Ok(Arc::new(Self { stream: Stream::new(verifying), key }))
    }

    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// `length_mismatch`, `stream_finished`, `stream_failed`.
    pub fn update(&self, chunk: Vec<u8>) -> Result<()> {
        self.stream.update(|verifying| {
            verifying.with_dependent_mut(|_, verifier| verifier.update(&chunk))?;
            Ok(())
        })
    }

    /// Fails unless the signature is right; then, what it covers. The stream is over.
    ///
    /// # Errors
    /// `length_mismatch`, `bad_signature`, `signature_high_s`, `stream_finished`, `stream_failed`.
    pub fn finish(&self) -> Result<VerifiedCose> {
        let verifying = self.stream.finish()?;
        Ok(said(&verifying.borrow_dependent().clone().finish(self.key.verifier())?))
    }
}

impl fmt::Debug for CosePrepareStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CosePrepareStream").field("stream", &self.stream).field("length", &self.length).finish()
    }
}

impl fmt::Debug for CoseVerifyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoseVerifyStream").field("stream", &self.stream).field("key", &self.key).finish()
    }
}
