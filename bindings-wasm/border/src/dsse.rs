//! DSSE envelopes.

use alloc::vec::Vec;

use splitsign_core::dsse::{Envelope, SignatureEncoding, UnverifiedEnvelope};

use crate::border::Border;
use crate::failure::Result;
use crate::record::{Record, Tag};
use crate::request::{Flag, Request, attached, owned};

fn draft<'a>(request: &Request<'a>) -> Result<Envelope<'a>> {
    let raw = request.has(Flag::RawSignature);
    let encoding = if raw { SignatureEncoding::Raw } else { SignatureEncoding::Der };
    let text = |tag| request.text(tag).map(Option::unwrap_or_default);
    let envelope = Envelope::new(text(Tag::Type)?, request.long()).keyid(text(Tag::KeyId)?);
    Ok(envelope.signature_encoding(encoding).low_s(request.low_s()))
}

/// The digest that is to be signed.
pub(crate) fn prepare(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(owned(draft(request)?.prepare()?.digest()))
}

/// The envelope.
pub(crate) fn attach(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let prepared = draft(request)?.resume(&request.digest()?)?;
    attached(border, request, prepared.object_len_max(), &|signature, key, out| prepared.attach(signature, key, out))
}

/// Verifies an envelope. The result is a record.
pub(crate) fn verify(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let unverified = UnverifiedEnvelope::parse(request.long())?.low_s(request.low_s());
    let verified = unverified.verify(border.key(request)?.verifier())?;
    let mut record = Record::default();
    record.put_with(Tag::Payload, verified.payload_len(), |out| verified.payload(out))?;
    record.put(Tag::Type, &verified.payload_type())?;
    if let Some(keyid) = verified.keyid() {
        record.put(Tag::KeyId, &keyid)?;
    }
    Ok(record.into_bytes())
}

/// The key ids that an envelope claims, unverified. The result is a record, with one field for each signature.
pub(crate) fn inspect(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let unverified = UnverifiedEnvelope::parse(request.long())?;
    let mut record = Record::default();
    for keyid in unverified.keyids() {
        match keyid {
            Some(keyid) => record.put(Tag::KeyId, &keyid)?,
            None => record.put(Tag::NoKeyId, &[][..])?,
        }
    }
    Ok(record.into_bytes())
}
