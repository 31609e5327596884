//! COSE_Sign1.

use alloc::vec::Vec;

use self_cell::self_cell;
use splitsign_core::cose::{ContentType, Sign1, Sign1Digest, Sign1Verifier, UnverifiedSign1, VerifiedSign1};
use splitsign_core::digest::Sha256Digest;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ecdsa::signature;
use crate::parameters::{Flags, chain, length, text};
use crate::record::{Record, Tag, buffer};
use crate::thrown::{Result, Thrown};
use crate::verifiers::chosen;

/// Everything that a draft is made of but its payload. A draft borrows, so something must own.
#[derive(Debug)]
struct Parameters {
    flags: Flags,
    kid: Option<Vec<u8>>,
    media_type: Option<Vec<u8>>,
    coap_format: Option<u16>,
    chain: Option<Vec<u8>>,
    external_aad: Vec<u8>,
}

impl Parameters {
    fn whole<'a>(&'a self, payload: &'a [u8]) -> Result<Sign1<'a>> {
        self.fill(if self.flags.has(Flags::DETACHED) { Sign1::detached(payload) } else { Sign1::embedded(payload) })
    }

    fn streamed(&self, length: u64) -> Result<Sign1<'_>> {
        self.fill(Sign1::detached_stream(length))
    }

    fn fill<'a>(&'a self, draft: Sign1<'a>) -> Result<Sign1<'a>> {
        let mut draft = draft.external_aad(&self.external_aad).low_s(self.flags.low_s());
        if let Some(kid) = &self.kid {
            draft = draft.kid(kid);
        }
        if let Some(media_type) = &self.media_type {
            draft = draft.content_type(ContentType::MediaType(text(media_type)?));
        }
        if let Some(number) = self.coap_format {
            draft = draft.content_type(ContentType::CoapFormat(number));
        }
        if let Some(chain) = chain(self.chain.as_deref())? {
            draft = draft.x5chain(chain);
        }
        Ok(if self.flags.has(Flags::UNTAGGED) { draft.untagged() } else { draft })
    }
}

/// The digest that is to be signed.
///
/// # Errors
/// Those of `Sign1::prepare` and of the chain.
#[wasm_bindgen]
pub fn cose_prepare(
    flags: u32,
    kid: Option<Vec<u8>>,
    media_type: Option<Vec<u8>>,
    coap_format: Option<u16>,
    chain: Option<Vec<u8>>,
    external_aad: Vec<u8>,
    payload: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let parameters = Parameters { flags: Flags::new(flags), kid, media_type, coap_format, chain, external_aad };
    let prepared = parameters.whole(payload)?.prepare().map_err(Thrown::from)?;
    Ok(prepared.digest().as_bytes().to_vec())
}

/// The object. With `STREAMED` the payload is empty and its length counts.
///
/// # Errors
/// Those of `Sign1::resume` and `PreparedSign1::attach`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "called from one place, in js/cose.js; an object would cost a crossing")]
pub fn cose_attach(
    flags: u32,
    kid: Option<Vec<u8>>,
    media_type: Option<Vec<u8>>,
    coap_format: Option<u16>,
    chain: Option<Vec<u8>>,
    external_aad: Vec<u8>,
    payload: &[u8],
    high: u32,
    low: u32,
    digest: &[u8],
    raw: &[u8],
    sec1: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let parameters = Parameters { flags: Flags::new(flags), kid, media_type, coap_format, chain, external_aad };
    let streamed = parameters.flags.has(Flags::STREAMED);
    let draft = if streamed { parameters.streamed(length(high, low)) } else { parameters.whole(payload) }?;
    let digest = Sha256Digest::from_slice(digest).map_err(Thrown::from)?;
    let prepared = draft.resume(&digest).map_err(Thrown::from)?;
    let mut out = buffer(prepared.object_len())?;
    prepared.attach(&signature(raw)?, chosen(sec1)?.verifier(), &mut out).map_err(Thrown::from)?;
    Ok(out)
}

self_cell!(
    struct Digest {
        owner: Parameters,
        #[covariant]
        dependent: Sign1Digest,
    }
    impl {Debug}
);

/// A digest in progress, taking the payload in pieces.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CosePrepareStream(Digest);

#[wasm_bindgen]
impl CosePrepareStream {
    /// Starts with a payload of that length.
    ///
    /// # Errors
    /// Those of `Sign1::stream` and of the chain.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "called from one place, in js/cose.js")]
    pub fn new(
        flags: u32,
        kid: Option<Vec<u8>>,
        media_type: Option<Vec<u8>>,
        coap_format: Option<u16>,
        chain: Option<Vec<u8>>,
        external_aad: Vec<u8>,
        high: u32,
        low: u32,
    ) -> core::result::Result<Self, JsValue> {
        let parameters = Parameters { flags: Flags::new(flags), kid, media_type, coap_format, chain, external_aad };
        Ok(Self(Digest::try_new(parameters, |parameters| {
            parameters.streamed(length(high, low))?.stream().map_err(Thrown::from)
        })?))
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `LengthMismatch`.
    pub fn update(&mut self, bytes: &[u8]) -> core::result::Result<(), JsValue> {
        Ok(self.0.with_dependent_mut(|_, digest| digest.update(bytes)).map_err(Thrown::from)?)
    }

    /// The digest that is to be signed.
    ///
    /// # Errors
    /// `LengthMismatch`.
    pub fn finish(self) -> core::result::Result<Vec<u8>, JsValue> {
        let prepared = self.0.borrow_dependent().clone().finish().map_err(Thrown::from)?;
        Ok(prepared.digest().as_bytes().to_vec())
    }
}

/// Verifies an object, with its payload inside or given. The result is a record.
///
/// # Errors
/// Those of `UnverifiedSign1::parse` and `UnverifiedSign1::verify`.
#[wasm_bindgen]
pub fn cose_verify(
    flags: u32,
    object: &[u8],
    detached: Option<Vec<u8>>,
    external_aad: &[u8],
    sec1: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let mut unverified = unverified(flags, object, external_aad)?;
    if let Some(payload) = &detached {
        unverified = unverified.detached(payload);
    }
    let verified = unverified.verify(chosen(sec1)?.verifier()).map_err(Thrown::from)?;
    let mut record = Record::default();
    if let (Some(payload), None) = (verified.payload(), &detached) {
        record.put_range(object, payload)?;
    }
    put_verified(&verified, &mut record)?;
    Ok(record.into_bytes())
}

/// What an object claims, unverified. The result is a record.
///
/// # Errors
/// Those of `UnverifiedSign1::parse`.
#[wasm_bindgen]
pub fn cose_inspect(object: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    let unverified = UnverifiedSign1::parse(object).map_err(Thrown::from)?;
    let mut record = Record::default();
    if let Some(kid) = unverified.kid() {
        record.put(Tag::KeyId, kid)?;
    }
    for certificate in unverified.x5chain() {
        record.put(Tag::Certificate, certificate)?;
    }
    if unverified.is_detached() {
        record.put(Tag::Detached, &[][..])?;
    }
    Ok(record.into_bytes())
}

fn unverified<'a>(flags: u32, object: &'a [u8], external_aad: &'a [u8]) -> Result<UnverifiedSign1<'a>> {
    Ok(UnverifiedSign1::parse(object)?.external_aad(external_aad).low_s(Flags::new(flags).low_s()))
}

fn put_verified(verified: &VerifiedSign1<'_>, record: &mut Record) -> Result<()> {
    if let Some(kid) = verified.kid() {
        record.put(Tag::KeyId, kid)?;
    }
    match verified.content_type() {
        Some(ContentType::MediaType(media_type)) => record.put(Tag::ContentType, media_type.as_bytes())?,
        Some(ContentType::CoapFormat(number)) => record.put(Tag::CoapFormat, &number.to_le_bytes()[..])?,
        None => {}
    }
    for certificate in verified.x5chain() {
        record.put(Tag::Certificate, certificate)?;
    }
    Ok(())
}

#[derive(Debug)]
struct Object {
    object: Vec<u8>,
    external_aad: Vec<u8>,
}

self_cell!(
    struct Verification {
        owner: Object,
        #[covariant]
        dependent: Sign1Verifier,
    }
    impl {Debug}
);

/// A verification in progress, taking the detached payload in pieces.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CoseVerifyStream(Verification);

#[wasm_bindgen]
impl CoseVerifyStream {
    /// Starts with a payload of that length.
    ///
    /// # Errors
    /// Those of `UnverifiedSign1::parse` and `UnverifiedSign1::stream`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        flags: u32,
        object: Vec<u8>,
        external_aad: Vec<u8>,
        high: u32,
        low: u32,
    ) -> core::result::Result<Self, JsValue> {
        Ok(Self(Verification::try_new(Object { object, external_aad }, |owner| {
            let unverified = unverified(flags, &owner.object, &owner.external_aad)?;
            unverified.stream(length(high, low)).map_err(Thrown::from)
        })?))
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `LengthMismatch`.
    pub fn update(&mut self, bytes: &[u8]) -> core::result::Result<(), JsValue> {
        Ok(self.0.with_dependent_mut(|_, verifier| verifier.update(bytes)).map_err(Thrown::from)?)
    }

    /// The verdict. The result is a record.
    ///
    /// # Errors
    /// Those of `Sign1Verifier::finish`.
    pub fn finish(self, sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
        let verified = self.0.borrow_dependent().clone().finish(chosen(sec1)?.verifier()).map_err(Thrown::from)?;
        let mut record = Record::default();
        put_verified(&verified, &mut record)?;
        Ok(record.into_bytes())
    }
}
