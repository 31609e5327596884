//! COSE_Sign1.

use alloc::vec::Vec;

use splitsign_core::cose::{ContentType, Sign1, Sign1Digest, Sign1Verifier, UnverifiedSign1, VerifiedSign1};

use crate::border::Border;
use crate::failure::{Failure, Result};
use crate::record::{Record, Tag};
use crate::request::{Flag, Request, attached, owned};

fn draft<'a>(request: &Request<'a>) -> Result<Sign1<'a>> {
    let mut draft = if request.has(Flag::Streamed) {
        Sign1::detached_stream(request.length()?)
    } else if request.has(Flag::Detached) {
        Sign1::detached(request.long())
    } else {
        Sign1::embedded(request.long())
    };
    draft = draft.external_aad(request.bytes(Tag::ExternalAad)).low_s(request.low_s());
    if let Some(kid) = request.get(Tag::KeyId) {
        draft = draft.kid(kid);
    }
    if let Some(media_type) = request.text(Tag::ContentType)? {
        draft = draft.content_type(ContentType::MediaType(media_type));
    }
    if let Some(number) = request.get(Tag::CoapFormat) {
        let number = number.try_into().map_err(|_| Failure::invalid_argument())?;
        draft = draft.content_type(ContentType::CoapFormat(u16::from_le_bytes(number)));
    }
    if let Some(chain) = request.chain()? {
        draft = draft.x5chain(chain);
    }
    Ok(if request.has(Flag::Untagged) { draft.untagged() } else { draft })
}

/// The digest that is to be signed.
pub(crate) fn prepare(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(owned(draft(request)?.prepare()?.digest()))
}

/// What is hashed before the payload, for whoever hashes it outside.
pub(crate) fn prefix(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let mut bytes = Record::default();
    draft(request)?.put_prefix(&mut bytes)?;
    Ok(bytes.into_bytes())
}

/// The digest that is to be signed, of a payload that comes in pieces.
pub(crate) fn prepare_stream<'a>(request: &Request<'a>) -> Result<Sign1Digest<'a>> {
    Ok(draft(request)?.stream()?)
}

/// The object. With `Streamed` there is no payload, and its length counts.
pub(crate) fn attach(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let prepared = draft(request)?.resume(&request.digest()?)?;
    attached(border, request, prepared.object_len(), &|signature, key, out| prepared.attach(signature, key, out))
}

fn unverified<'a>(request: &Request<'a>) -> Result<UnverifiedSign1<'a>> {
    let (object, detached) = request.object();
    let unverified = UnverifiedSign1::parse(object)?.external_aad(request.bytes(Tag::ExternalAad));
    let unverified = unverified.low_s(request.low_s());
    Ok(detached.map_or(unverified, |payload| unverified.detached(payload)))
}

/// Verifies an object, with its payload inside or given. The result is a record.
pub(crate) fn verify(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let verified = unverified(request)?.verify(border.key(request)?.verifier())?;
    let mut record = Record::default();
    if let (Some(payload), (object, None)) = (verified.payload(), request.object()) {
        record.put_range(object, payload)?;
    }
    put_verified(&verified, record)
}

/// Verifies an object whose payload comes in pieces.
pub(crate) fn verify_stream<'a>(request: &Request<'a>) -> Result<Sign1Verifier<'a>> {
    Ok(unverified(request)?.stream(request.length()?)?)
}

/// What an object claims, unverified. The result is a record.
pub(crate) fn inspect(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let unverified = unverified(request)?;
    let mut record = Record::default();
    if unverified.is_detached() {
        record.put(Tag::Detached, &[][..])?;
    }
    put_claims(unverified.kid(), unverified.x5chain(), record)
}

/// What a verified object says besides its payload, as a record.
pub(crate) fn put_verified(verified: &VerifiedSign1<'_>, mut record: Record) -> Result<Vec<u8>> {
    match verified.content_type() {
        Some(ContentType::MediaType(media_type)) => record.put(Tag::ContentType, media_type.as_bytes())?,
        Some(ContentType::CoapFormat(number)) => record.put(Tag::CoapFormat, &number.to_le_bytes()[..])?,
        None => {}
    }
    put_claims(verified.kid(), verified.x5chain(), record)
}

fn put_claims<'a>(kid: Option<&[u8]>, chain: impl Iterator<Item = &'a [u8]>, mut record: Record) -> Result<Vec<u8>> {
    if let Some(kid) = kid {
        record.put(Tag::KeyId, kid)?;
    }
    for certificate in chain {
        record.put(Tag::Certificate, certificate)?;
    }
    Ok(record.into_bytes())
}
