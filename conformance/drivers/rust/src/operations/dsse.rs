//! DSSE envelopes.

use splitsign_core::dsse::{Envelope, PreparedEnvelope, SignatureEncoding, UnverifiedEnvelope};
use splitsign_core::ecdsa::Signature;

use super::jws::text_of;
use super::{Fields, Outcome, Result, key, low_s, written};
use crate::arguments::Arguments;

/// The draft of a case, prepared.
fn prepared(arguments: &Arguments) -> Result<PreparedEnvelope<'_>> {
    let payload_type = arguments.text("payload_type")?.unwrap_or_default();
    let mut draft = Envelope::new(payload_type, arguments.bytes("payload")?).low_s(low_s(arguments)?);
    if let Some(keyid) = arguments.text("keyid")? {
        draft = draft.keyid(keyid);
    }
    if arguments.flag("raw_signature") {
        draft = draft.signature_encoding(SignatureEncoding::Raw);
    }
    Ok(draft.prepare()?)
}

pub(super) fn prepare(arguments: &Arguments) -> Result<Outcome> {
    Ok(Outcome::Bytes(prepared(arguments)?.digest().as_bytes().to_vec()))
}

pub(super) fn attach(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let prepared = prepared(arguments)?;
    let signature = Signature::from_raw(arguments.bytes("signature")?)?;
    written(|out| Ok(prepared.attach(&signature, &key, out)?))
}

pub(super) fn verify(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let verified = UnverifiedEnvelope::parse(arguments.bytes("object")?)?.low_s(low_s(arguments)?).verify(&key)?;
    let mut payload = vec![0; usize::try_from(verified.payload_len()).unwrap_or(usize::MAX)];
    let mut fields = Fields::default();
    fields.bytes("payload", Some(verified.payload(&mut payload)?));
    fields.bytes("payload_type", Some(&text_of(verified.payload_type())));
    fields.bytes("keyid", verified.keyid().map(text_of).as_deref());
    Ok(Outcome::Accepted(fields))
}

pub(super) fn inspect(arguments: &Arguments) -> Result<Outcome> {
    let unverified = UnverifiedEnvelope::parse(arguments.bytes("object")?)?;
    let mut fields = Fields::default();
    fields.list("keyids", unverified.keyids().map(|keyid| keyid.map(text_of)));
    Ok(Outcome::Accepted(fields))
}
