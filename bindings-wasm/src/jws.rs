//! JWS.

use alloc::vec::Vec;

use self_cell::{MutBorrow, self_cell};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::encoding::JsonString;
use splitsign_core::jws::{Jws, JwsDigest, JwsVerifier, UnverifiedJws, VerifiedJws};
use splitsign_core::{Code, Error};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ecdsa::signature;
use crate::parameters::{Flags, chain, text};
use crate::record::{Record, Tag, buffer};
use crate::thrown::{Result, Thrown};
use crate::verifiers::chosen;

/// Everything that a draft is made of but its payload. A draft borrows, so something must own.
#[derive(Debug)]
struct Parameters {
    flags: Flags,
    kid: Option<Vec<u8>>,
    typ: Option<Vec<u8>>,
    cty: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
}

impl Parameters {
    fn whole<'a>(&'a self, payload: &'a [u8]) -> Result<Jws<'a>> {
        self.fill(if self.flags.has(Flags::DETACHED) { Jws::detached(payload) } else { Jws::attached(payload) })
    }

    fn streamed(&self) -> Result<Jws<'_>> {
        self.fill(Jws::detached_stream())
    }

    fn fill<'a>(&'a self, draft: Jws<'a>) -> Result<Jws<'a>> {
        let mut draft = draft.low_s(self.flags.low_s());
        if let Some(kid) = &self.kid {
            draft = draft.kid(text(kid)?);
        }
        if let Some(typ) = &self.typ {
            draft = draft.typ(text(typ)?);
        }
        if let Some(cty) = &self.cty {
            draft = draft.cty(text(cty)?);
        }
        if let Some(chain) = chain(self.chain.as_deref())? {
            draft = draft.x5c(chain);
        }
        if self.flags.has(Flags::UNENCODED) {
            draft = draft.unencoded();
        }
        Ok(if self.flags.has(Flags::FLATTENED) { draft.flattened() } else { draft })
    }
}

/// The digest that is to be signed.
///
/// # Errors
/// Those of `Jws::prepare` and of the chain.
#[wasm_bindgen]
pub fn jws_prepare(
    flags: u32,
    kid: Option<Vec<u8>>,
    typ: Option<Vec<u8>>,
    cty: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
    payload: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let parameters = Parameters { flags: Flags::new(flags), kid, typ, cty, chain };
    let prepared = parameters.whole(payload)?.prepare().map_err(Thrown::from)?;
    Ok(prepared.digest().as_bytes().to_vec())
}

/// The object. With `STREAMED` the payload is empty and does not count.
///
/// # Errors
/// Those of `Jws::resume` and `PreparedJws::attach`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "called from one place, in js/jws.js; an object would cost a crossing")]
pub fn jws_attach(
    flags: u32,
    kid: Option<Vec<u8>>,
    typ: Option<Vec<u8>>,
    cty: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
    payload: &[u8],
    digest: &[u8],
    raw: &[u8],
    sec1: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let parameters = Parameters { flags: Flags::new(flags), kid, typ, cty, chain };
    let streamed = parameters.flags.has(Flags::STREAMED);
    let draft = if streamed { parameters.streamed() } else { parameters.whole(payload) }?;
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
        dependent: JwsDigest,
    }
    impl {Debug}
);

/// A digest in progress, taking the payload in pieces.
#[wasm_bindgen]
#[derive(Debug)]
pub struct JwsPrepareStream(Digest);

#[wasm_bindgen]
impl JwsPrepareStream {
    /// Starts.
    ///
    /// # Errors
    /// Those of `Jws::stream` and of the chain.
    #[wasm_bindgen(constructor)]
    pub fn new(
        flags: u32,
        kid: Option<Vec<u8>>,
        typ: Option<Vec<u8>>,
        cty: Option<Vec<u8>>,
        chain: Option<Vec<u8>>,
    ) -> core::result::Result<Self, JsValue> {
        let parameters = Parameters { flags: Flags::new(flags), kid, typ, cty, chain };
        Ok(Self(Digest::try_new(parameters, |parameters| parameters.streamed()?.stream().map_err(Thrown::from))?))
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.with_dependent_mut(|_, digest| digest.update(bytes));
    }

    /// The digest that is to be signed.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.borrow_dependent().clone().finish().digest().as_bytes().to_vec()
    }
}

/// Verifies an object, with its payload inside or given. The result is a record.
///
/// # Errors
/// Those of `UnverifiedJws::parse` and `UnverifiedJws::verify`.
#[wasm_bindgen]
pub fn jws_verify(
    flags: u32,
    object: &[u8],
    detached: Option<Vec<u8>>,
    sec1: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let mut scratch = scratch(object)?;
    let mut unverified = UnverifiedJws::parse(object, &mut scratch).map_err(Thrown::from)?;
    unverified = unverified.low_s(Flags::new(flags).low_s());
    if let Some(payload) = &detached {
        unverified = unverified.detached(payload);
    }
    let verified = unverified.verify(chosen(sec1)?.verifier()).map_err(Thrown::from)?;
    let mut record = Record::default();
    if let (Some(length), None) = (verified.payload_len(), &detached) {
        record.put_with(Tag::Payload, length, |out| verified.payload(out))?;
    }
    put_verified(&verified, &mut record)?;
    Ok(record.into_bytes())
}

/// What an object claims, unverified. The result is a record.
///
/// # Errors
/// Those of `UnverifiedJws::parse`.
#[wasm_bindgen]
pub fn jws_inspect(object: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    let mut scratch = scratch(object)?;
    let unverified = UnverifiedJws::parse(object, &mut scratch).map_err(Thrown::from)?;
    let mut record = Record::default();
    put_text(Tag::KeyId, unverified.kid(), &mut record)?;
    put_chain(|index, out| unverified.x5c(index, out).map(|der| der.map(<[u8]>::len)), &mut record)?;
    if unverified.is_detached() {
        record.put(Tag::Detached, &[][..])?;
    }
    Ok(record.into_bytes())
}

/// Room for the decoded header: asked for with none, as it is far less than what the whole object could need.
fn scratch(object: &[u8]) -> Result<Vec<u8>> {
    match UnverifiedJws::parse(object, &mut []) {
        Err(error) if error.code() == Code::OutputTooSmall => buffer(u64::from(error.at())),
        // Whatever is wrong is found again.
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

fn put_verified(verified: &VerifiedJws<'_>, record: &mut Record) -> Result<()> {
    put_text(Tag::KeyId, verified.kid(), record)?;
    put_text(Tag::Type, verified.typ(), record)?;
    put_text(Tag::ContentType, verified.cty(), record)?;
    put_chain(|index, out| verified.x5c(index, out).map(|der| der.map(<[u8]>::len)), record)
}

fn put_text(tag: Tag, text: Option<JsonString<'_>>, record: &mut Record) -> Result<()> {
    text.map_or(Ok(()), |text| record.put(tag, &text))
}

/// Puts all certificates; `get` writes one into a buffer and says its length, or how much room it needs.
fn put_chain(
    get: impl Fn(usize, &mut [u8]) -> core::result::Result<Option<usize>, Error>,
    record: &mut Record,
) -> Result<()> {
    for index in 0.. {
        let length = match get(index, &mut []) {
            Ok(None) => break,
            Ok(Some(length)) => length as u64,
            Err(error) if error.code() == Code::OutputTooSmall => u64::from(error.at()),
            Err(error) => return Err(error.into()),
        };
        record.put_with(Tag::Certificate, length, |out| {
            get(index, out)?;
            Ok(&[])
        })?;
    }
    Ok(())
}

struct Object {
    object: Vec<u8>,
    scratch: MutBorrow<Vec<u8>>,
}

self_cell!(
    struct Verification {
        owner: Object,
        #[covariant]
        dependent: JwsVerifier,
    }
);

/// A verification in progress, taking the detached payload in pieces.
#[wasm_bindgen]
pub struct JwsVerifyStream(Verification);

impl core::fmt::Debug for JwsVerifyStream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("JwsVerifyStream(..)")
    }
}

#[wasm_bindgen]
impl JwsVerifyStream {
    /// Starts.
    ///
    /// # Errors
    /// Those of `UnverifiedJws::parse` and `UnverifiedJws::stream`.
    #[wasm_bindgen(constructor)]
    pub fn new(flags: u32, object: Vec<u8>) -> core::result::Result<Self, JsValue> {
        let owner = Object { scratch: MutBorrow::new(scratch(&object)?), object };
        Ok(Self(Verification::try_new(owner, |owner| {
            let unverified = UnverifiedJws::parse(&owner.object, owner.scratch.borrow_mut())?;
            unverified.low_s(Flags::new(flags).low_s()).stream().map_err(Thrown::from)
        })?))
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.with_dependent_mut(|_, verifier| verifier.update(bytes));
    }

    /// The verdict. The result is a record.
    ///
    /// # Errors
    /// Those of `JwsVerifier::finish`.
    pub fn finish(self, sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
        let verified = self.0.borrow_dependent().clone().finish(chosen(sec1)?.verifier()).map_err(Thrown::from)?;
        let mut record = Record::default();
        put_verified(&verified, &mut record)?;
        Ok(record.into_bytes())
    }
}
