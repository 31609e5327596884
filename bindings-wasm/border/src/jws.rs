//! JWS.

use alloc::vec::Vec;

use splitsign_core::Code;
use splitsign_core::encoding::JsonString;
use splitsign_core::jws::{Jws, JwsDigest, JwsVerifier, UnverifiedJws, VerifiedJws};

use crate::border::Border;
use crate::failure::Result;
use crate::record::{Record, Tag, buffer};
use crate::request::{Flag, Request, attached, owned};

fn draft<'a>(request: &Request<'a>) -> Result<Jws<'a>> {
    let mut draft = if request.has(Flag::Streamed) {
        Jws::detached_stream()
    } else if request.has(Flag::Detached) {
        Jws::detached(request.long())
    } else {
        Jws::attached(request.long())
    };
    draft = draft.low_s(request.low_s());
    if let Some(kid) = request.text(Tag::KeyId)? {
        draft = draft.kid(kid);
    }
    if let Some(typ) = request.text(Tag::Type)? {
        draft = draft.typ(typ);
    }
    if let Some(cty) = request.text(Tag::ContentType)? {
        draft = draft.cty(cty);
    }
    if let Some(chain) = request.chain()? {
        draft = draft.x5c(chain);
    }
    if request.has(Flag::Unencoded) {
        draft = draft.unencoded();
    }
    Ok(if request.has(Flag::Flattened) { draft.flattened() } else { draft })
}

/// The digest that is to be signed.
pub(crate) fn prepare(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(owned(draft(request)?.prepare()?.digest()))
}

/// The digest that is to be signed, of a payload that comes in pieces.
pub(crate) fn prepare_stream<'a>(request: &Request<'a>) -> Result<JwsDigest<'a>> {
    Ok(draft(request)?.stream()?)
}

/// The object. With `Streamed` there is no payload.
pub(crate) fn attach(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let prepared = draft(request)?.resume(&request.digest()?)?;
    attached(border, request, prepared.object_len(), &|signature, key, out| prepared.attach(signature, key, out))
}

fn unverified<'a>(request: &Request<'a>, scratch: &'a mut [u8]) -> Result<UnverifiedJws<'a>> {
    let (object, detached) = request.object();
    let unverified = UnverifiedJws::parse(object, scratch)?.low_s(request.low_s());
    Ok(detached.map_or(unverified, |payload| unverified.detached(payload)))
}

/// Verifies an object, with its payload inside or given. The result is a record.
pub(crate) fn verify(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let mut scratch = scratch(request)?;
    let verified = unverified(request, &mut scratch)?.verify(border.key(request)?.verifier())?;
    let mut record = Record::default();
    if let (Some(length), (_, None)) = (verified.payload_len(), request.object()) {
        record.put_with(Tag::Payload, length, |out| verified.payload(out))?;
    }
    put_verified(&verified, record)
}

/// Verifies an object whose payload comes in pieces.
pub(crate) fn verify_stream<'a>(request: &Request<'a>, scratch: &'a mut [u8]) -> Result<JwsVerifier<'a>> {
    Ok(unverified(request, scratch)?.stream()?)
}

/// What an object claims, unverified. The result is a record.
pub(crate) fn inspect(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let mut scratch = scratch(request)?;
    let unverified = unverified(request, &mut scratch)?;
    let mut record = Record::default();
    if unverified.is_detached() {
        record.put(Tag::Detached, &[][..])?;
    }
    put_text(Tag::KeyId, unverified.kid(), &mut record)?;
    put_chain(&|index, out| unverified.x5c(index, out).map(|der| der.map(<[u8]>::len)), record)
}

/// Room for the decoded header: asked for with none, as it is far less than what the whole object could need.
pub(crate) fn scratch(request: &Request<'_>) -> Result<Vec<u8>> {
    match UnverifiedJws::parse(request.object().0, &mut []) {
        Err(error) if error.is(Code::OutputTooSmall) => buffer(u64::from(error.at())),
        // Whatever is wrong is found again.
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

/// What a verified object says besides its payload, as a record.
pub(crate) fn put_verified(verified: &VerifiedJws<'_>, mut record: Record) -> Result<Vec<u8>> {
    put_text(Tag::KeyId, verified.kid(), &mut record)?;
    put_text(Tag::Type, verified.typ(), &mut record)?;
    put_text(Tag::ContentType, verified.cty(), &mut record)?;
    put_chain(&|index, out| verified.x5c(index, out).map(|der| der.map(<[u8]>::len)), record)
}

fn put_text(tag: Tag, text: Option<JsonString<'_>>, record: &mut Record) -> Result<()> {
    text.map_or(Ok(()), |text| record.put(tag, &text))
}

/// Writes the certificate of an index into a buffer and says its length, or how much room it needs.
type Get<'f> = dyn Fn(usize, &mut [u8]) -> splitsign_core::Result<Option<usize>> + 'f;

/// Puts all certificates.
fn put_chain(get: &Get<'_>, mut record: Record) -> Result<Vec<u8>> {
    for index in 0.. {
        let length = match get(index, &mut []) {
            Ok(None) => break,
            Ok(Some(length)) => length as u64,
            Err(error) if error.is(Code::OutputTooSmall) => u64::from(error.at()),
            Err(error) => return Err(error.into()),
        };
        record.put_with(Tag::Certificate, length, |out| {
            get(index, out)?;
            Ok(&[])
        })?;
    }
    Ok(record.into_bytes())
}
