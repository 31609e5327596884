//! DSSE envelopes.

use alloc::vec::Vec;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::dsse::{Envelope, SignatureEncoding, UnverifiedEnvelope};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ecdsa::signature;
use crate::parameters::{Flags, text};
use crate::record::{Record, Tag, buffer};
use crate::thrown::{Result, Thrown};
use crate::verifiers::chosen;

fn envelope<'a>(flags: u32, payload_type: &'a [u8], payload: &'a [u8], keyid: &'a [u8]) -> Result<Envelope<'a>> {
    let flags = Flags::new(flags);
    let raw = flags.has(Flags::RAW_SIGNATURE);
    let encoding = if raw { SignatureEncoding::Raw } else { SignatureEncoding::Der };
    let envelope = Envelope::new(text(payload_type)?, payload).keyid(text(keyid)?);
    Ok(envelope.signature_encoding(encoding).low_s(flags.low_s()))
}

/// The digest that is to be signed.
///
/// # Errors
/// Those of `Envelope::prepare`.
#[wasm_bindgen]
pub fn dsse_prepare(
    flags: u32,
    payload_type: &[u8],
    payload: &[u8],
    keyid: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let prepared = envelope(flags, payload_type, payload, keyid)?.prepare().map_err(Thrown::from)?;
    Ok(prepared.digest().as_bytes().to_vec())
}

/// The envelope.
///
/// # Errors
/// Those of `Envelope::resume` and `PreparedEnvelope::attach`.
#[wasm_bindgen]
pub fn dsse_attach(
    flags: u32,
    payload_type: &[u8],
    payload: &[u8],
    keyid: &[u8],
    digest: &[u8],
    raw: &[u8],
    sec1: &[u8],
) -> core::result::Result<Vec<u8>, JsValue> {
    let digest = Sha256Digest::from_slice(digest).map_err(Thrown::from)?;
    let prepared = envelope(flags, payload_type, payload, keyid)?.resume(&digest).map_err(Thrown::from)?;
    let mut out = buffer(prepared.object_len_max())?;
    let used = prepared.attach(&signature(raw)?, chosen(sec1)?.verifier(), &mut out).map_err(Thrown::from)?.len();
    out.truncate(used);
    Ok(out)
}

/// Verifies an envelope. The result is a record.
///
/// # Errors
/// Those of `UnverifiedEnvelope::parse` and `UnverifiedEnvelope::verify`.
#[wasm_bindgen]
pub fn dsse_verify(flags: u32, envelope: &[u8], sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    let unverified = UnverifiedEnvelope::parse(envelope).map_err(Thrown::from)?.low_s(Flags::new(flags).low_s());
    let verified = unverified.verify(chosen(sec1)?.verifier()).map_err(Thrown::from)?;
    let mut record = Record::default();
    record.put_with(Tag::Payload, verified.payload_len(), |out| verified.payload(out))?;
    record.put(Tag::Type, &verified.payload_type())?;
    if let Some(keyid) = verified.keyid() {
        record.put(Tag::KeyId, &keyid)?;
    }
    Ok(record.into_bytes())
}

/// The key ids that an envelope claims, unverified. The result is a record, with one field for each signature.
///
/// # Errors
/// Those of `UnverifiedEnvelope::parse`.
#[wasm_bindgen]
pub fn dsse_inspect(envelope: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    let unverified = UnverifiedEnvelope::parse(envelope).map_err(Thrown::from)?;
    let mut record = Record::default();
    for keyid in unverified.keyids() {
        match keyid {
            Some(keyid) => record.put(Tag::KeyId, &keyid)?,
            None => record.put(Tag::NoKeyId, &[][..])?,
        }
    }
    Ok(record.into_bytes())
}
