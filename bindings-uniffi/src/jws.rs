//! JWS (RFC 7515, RFC 7797): prepare, attach, verify.

use core::fmt;
use std::sync::Arc;

use self_cell::{MutBorrow, self_cell};
use splitsign_core::Code;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;
use splitsign_core::encoding::JsonString;
use splitsign_core::jws::{Jws, JwsDigest, JwsVerifier, UnverifiedJws, VerifiedJws};
use splitsign_core::x509::Chain;

use crate::Result;
use crate::cose::joined;
use crate::key::PublicKey;
use crate::output::{asked, text, written, zeroed};
use crate::signature::LowS;
use crate::stream::Stream;

/// What is signed besides the payload, and how it is written. All of it goes into the protected header.
#[derive(Clone, Debug, uniffi::Record)]
pub struct JwsParameters {
    /// Names the key.
    #[uniffi(default = None)]
    pub kid: Option<String>,
    /// Says what the whole object is, for instance `JWT`.
    #[uniffi(default = None)]
    pub typ: Option<String>,
    /// Says what the payload is.
    #[uniffi(default = None)]
    pub cty: Option<String>,
    /// The certificates in DER, leaf first.
    #[uniffi(default = None)]
    pub x5c: Option<Vec<Vec<u8>>>,
    /// Whether the payload stays outside the object. Of a payload that comes in pieces it always does.
    #[uniffi(default = false)]
    pub detached: bool,
    /// Signs the payload as it is, not its base64url form (RFC 7797).
    #[uniffi(default = false)]
    pub unencoded: bool,
    /// Writes flattened JSON instead of the compact form.
    #[uniffi(default = false)]
    pub flattened: bool,
    /// What to do with a signature whose s is high; absent, it is accepted.
    #[uniffi(default = None)]
    pub low_s: Option<LowS>,
}

/// What is needed to verify, besides the object and the key.
#[derive(Clone, Default, Debug, uniffi::Record)]
pub struct JwsExpected {
    /// The payload, where it is detached.
    #[uniffi(default = None)]
    pub payload: Option<Vec<u8>>,
    /// What to do with a signature whose s is high; absent, it is accepted.
    #[uniffi(default = None)]
    pub low_s: Option<LowS>,
}

/// What a signature covers.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct VerifiedJwsObject {
    /// The payload, if the object had it inside.
    pub payload: Option<Vec<u8>>,
    /// The protected `kid`.
    pub kid: Option<String>,
    /// The protected `typ`.
    pub typ: Option<String>,
    /// The protected `cty`.
    pub cty: Option<String>,
    /// The protected certificates, leaf first: signed, and not validated.
    pub x5c: Vec<Vec<u8>>,
}

/// What an object claims: hints for choosing a key, unverified.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct JwsClaims {
    /// Whether the payload is not in the object. A compact JWS with an empty payload looks as if it were detached.
    pub detached: bool,
    /// The key id, protected or not.
    pub kid: Option<String>,
    /// The certificates, protected or not, leaf first.
    pub x5c: Vec<Vec<u8>>,
}

/// Computes the digest that is to be signed.
///
/// # Errors
/// The codes `chain_…`, `jws_unencoded_payload`, `limit_exceeded`.
#[uniffi::export(default(parameters))]
pub fn jws_prepare(payload: Vec<u8>, parameters: JwsParameters) -> Result<Arc<JwsDraft>> {
    let detached = parameters.detached;
    let header = Header::new(parameters)?;
    let digest = {
        let draft = if detached { Jws::detached(&payload) } else { Jws::attached(&payload) };
        *header.draft(draft)?.prepare()?.digest()
    };
    // The object will not contain a detached payload: what was hashed is what counts.
    let payload = if detached { None } else { Some(payload) };
    Ok(Arc::new(JwsDraft { header, payload, digest }))
}

/// Verifies an object (its text in UTF-8), its payload inside or given.
///
/// # Errors
/// The codes `json_…`, `base64_…`, `jws_…`, `signature_…`; `bad_signature`.
#[uniffi::export(default(expected))]
pub fn jws_verify(object: Vec<u8>, key: Arc<PublicKey>, expected: JwsExpected) -> Result<VerifiedJwsObject> {
    let mut scratch = scratch(&object)?;
    let mut unverified = unverified(&object, &mut scratch, &expected)?;
    if let Some(payload) = &expected.payload {
        unverified = unverified.detached(payload);
    }
    let verified = unverified.verify(key.verifier())?;
    let mut said = said(&verified)?;
    if expected.payload.is_none() {
        said.payload = Some(asked(&|out| verified.payload(out))?);
    }
    Ok(said)
}

/// What an object claims: hints for choosing a key, unverified.
///
/// # Errors
/// The codes `json_…`, `base64_…`, `jws_…`, `signature_…`.
#[uniffi::export]
pub fn jws_inspect(object: Vec<u8>) -> Result<JwsClaims> {
    let mut scratch = scratch(&object)?;
    let unverified = UnverifiedJws::parse(&object, &mut scratch)?;
    Ok(JwsClaims {
        detached: unverified.is_detached(),
        kid: unverified.kid().map(said_text),
        x5c: certificates(&|index, out| unverified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?,
    })
}

/// A JWS whose digest is known and whose signature is to come.
#[derive(Debug, uniffi::Object)]
pub struct JwsDraft {
    header: Header,
    /// None, if it stays outside.
    payload: Option<Vec<u8>>,
    digest: Sha256Digest,
}

#[uniffi::export]
impl JwsDraft {
    /// SHA-256 of the signing input: the 32 bytes that the signer signs.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.digest.as_bytes().to_vec()
    }

    /// Checks the signature (raw, 64 bytes) against the key, and gives the object as text.
    ///
    /// # Errors
    /// The codes `signature_…`; `bad_signature`.
    pub fn attach(&self, signature: Vec<u8>, key: Arc<PublicKey>) -> Result<String> {
        let draft = self.payload.as_deref().map_or_else(Jws::detached_stream, Jws::attached);
        let prepared = self.header.draft(draft)?.resume(&self.digest)?;
        let signature = Signature::from_raw(&signature)?;
        text(written(prepared.object_len(), &|out| prepared.attach(&signature, key.verifier(), out))?)
    }
}

/// The parameters, with the certificates one behind the other: so they can be borrowed as they are.
#[derive(Debug)]
struct Header {
    parameters: JwsParameters,
    chain: Option<Vec<u8>>,
}

impl Header {
    fn new(mut parameters: JwsParameters) -> Result<Self> {
        let chain = joined(parameters.x5c.take())?;
        Ok(Self { parameters, chain })
    }

    fn draft<'a>(&'a self, mut draft: Jws<'a>) -> Result<Jws<'a>> {
        let JwsParameters { kid, typ, cty, unencoded, flattened, low_s, .. } = &self.parameters;
        if let Some(kid) = kid {
            draft = draft.kid(kid);
        }
        if let Some(typ) = typ {
            draft = draft.typ(typ);
        }
        if let Some(cty) = cty {
            draft = draft.cty(cty);
        }
        if let Some(chain) = &self.chain {
            draft = draft.x5c(Chain::from_concatenated(chain)?);
        }
        if *unencoded {
            draft = draft.unencoded();
        }
        if *flattened {
            draft = draft.flattened();
        }
        Ok(draft.low_s(LowS::policy(*low_s)))
    }
}

/// Room for the decoded header: asked for with none, as it is far less than what the whole object could need.
fn scratch(object: &[u8]) -> Result<Vec<u8>> {
    match UnverifiedJws::parse(object, &mut []) {
        Err(error) if error.is(Code::OutputTooSmall) => zeroed(u64::from(error.at())),
        // Whatever is wrong is found again.
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

fn unverified<'a>(object: &'a [u8], scratch: &'a mut [u8], expected: &JwsExpected) -> Result<UnverifiedJws<'a>> {
    Ok(UnverifiedJws::parse(object, scratch)?.low_s(LowS::policy(expected.low_s)))
}

fn said(verified: &VerifiedJws<'_>) -> Result<VerifiedJwsObject> {
    Ok(VerifiedJwsObject {
        payload: None,
        kid: verified.kid().map(said_text),
        typ: verified.typ().map(said_text),
        cty: verified.cty().map(said_text),
        x5c: certificates(&|index, out| verified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?,
    })
}

/// A string of a JSON text, its escapes undone.
pub(crate) fn said_text(text: JsonString<'_>) -> String {
    text.chars().collect()
}

/// Writes the certificate of an index into a buffer and says its length, or how much room it needs.
type Get<'f> = dyn Fn(usize, &mut [u8]) -> splitsign_core::Result<Option<usize>> + 'f;

fn certificates(get: &Get<'_>) -> Result<Vec<Vec<u8>>> {
    let mut certificates = Vec::new();
    loop {
        let index = certificates.len();
        let length = match get(index, &mut []) {
            Ok(None) => return Ok(certificates),
            Ok(Some(length)) => length as u64,
            Err(error) if error.is(Code::OutputTooSmall) => u64::from(error.at()),
            Err(error) => return Err(error.into()),
        };
        let mut certificate = zeroed(length)?;
        get(index, &mut certificate)?;
        certificates.push(certificate);
    }
}

self_cell!(
    struct Preparing {
        owner: Header,
        #[covariant]
        dependent: JwsDigest,
    }
);

/// A detached payload that comes in pieces.
#[derive(uniffi::Object)]
pub struct JwsPrepareStream(Stream<Preparing>);

#[uniffi::export]
impl JwsPrepareStream {
    /// Starts with no bytes.
    ///
    /// # Errors
    /// As `jws_prepare`.
    #[uniffi::constructor(default(parameters))]
    pub fn new(parameters: JwsParameters) -> Result<Arc<Self>> {
        let preparing = Preparing::try_new(Header::new(parameters)?, |header| {
            Result::Ok(header.draft(Jws::detached_stream())?.stream()?)
        })?;
        Ok(Arc::new(Self(Stream::new(preparing))))
    }

    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// `stream_finished`.
    pub fn update(&self, chunk: Vec<u8>) -> Result<()> {
        self.0.update(|preparing| {
            preparing.with_dependent_mut(|_, digest| digest.update(&chunk));
            Ok(())
        })
    }

    /// The draft over all that was taken. The stream is over.
    ///
    /// # Errors
    /// `stream_finished`.
    pub fn finish(&self) -> Result<Arc<JwsDraft>> {
        let preparing = self.0.finish()?;
        let digest = *preparing.borrow_dependent().clone().finish().digest();
        Ok(Arc::new(JwsDraft { header: preparing.into_owner(), payload: None, digest }))
    }
}

/// What borrows must have something to borrow from.
struct Given {
    object: Vec<u8>,
    scratch: MutBorrow<Vec<u8>>,
    expected: JwsExpected,
}

self_cell!(
    struct Verifying {
        owner: Given,
        #[covariant]
        dependent: JwsVerifier,
    }
);

/// A detached payload that comes in pieces, to be verified.
#[derive(uniffi::Object)]
pub struct JwsVerifyStream {
    stream: Stream<Verifying>,
    key: Arc<PublicKey>,
}

#[uniffi::export]
impl JwsVerifyStream {
    /// Starts with no bytes of the payload; `expected` has none.
    ///
    /// # Errors
    /// The codes `json_…`, `base64_…`, `jws_…`, `signature_…`.
    #[uniffi::constructor(default(expected))]
    pub fn new(object: Vec<u8>, key: Arc<PublicKey>, expected: JwsExpected) -> Result<Arc<Self>> {
        let scratch = MutBorrow::new(scratch(&object)?);
        let verifying = Verifying::try_new(Given { object, scratch, expected }, |given| {
            let mut unverified = unverified(&given.object, given.scratch.borrow_mut(), &given.expected)?;
            if let Some(payload) = &given.expected.payload {
                unverified = unverified.detached(payload);
            }
            Result::Ok(unverified.stream()?)
        })?;
        Ok(Arc::new(Self { stream: Stream::new(verifying), key }))
    }

    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// `stream_finished`.
    pub fn update(&self, chunk: Vec<u8>) -> Result<()> {
        self.stream.update(|verifying| {
            verifying.with_dependent_mut(|_, verifier| verifier.update(&chunk));
            Ok(())
        })
    }

    /// Fails unless the signature is right; then, what it covers. The stream is over.
    ///
    /// # Errors
    /// `bad_signature`, `signature_high_s`, `stream_finished`.
    pub fn finish(&self) -> Result<VerifiedJwsObject> {
        let verifying = self.stream.finish()?;
        said(&verifying.borrow_dependent().clone().finish(self.key.verifier())?)
    }
}

impl fmt::Debug for JwsPrepareStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JwsPrepareStream").field(&self.0).finish()
    }
}

impl fmt::Debug for JwsVerifyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwsVerifyStream").field("stream", &self.stream).field("key", &self.key).finish()
    }
}
