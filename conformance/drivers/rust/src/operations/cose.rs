//! COSE_Sign1.

use splitsign_core::cose::{ContentType, PreparedSign1, Sign1, UnverifiedSign1, VerifiedSign1};
use splitsign_core::ecdsa::Signature;
use splitsign_core::x509::Chain;

use super::{Fields, Outcome, Refusal, Result, key, low_s, written};
use crate::arguments::Arguments;

/// The draft of a case, prepared.
fn prepared<'a>(arguments: &'a Arguments, chain: Option<&'a [&'a [u8]]>) -> Result<PreparedSign1<'a>> {
    let payload = arguments.bytes("payload")?;
    let pieces = arguments.pieces(payload);
    let mut draft = if pieces.is_some() {
        Sign1::detached_stream(payload.len() as u64)
    } else if arguments.flag("detached") {
        Sign1::detached(payload)
    } else {
        Sign1::embedded(payload)
    };
    if let Some(kid) = arguments.optional("kid") {
        draft = draft.kid(kid);
    }
    if let Some(media_type) = arguments.text("content_type")? {
        draft = draft.content_type(ContentType::MediaType(media_type));
    }
    if let Some(number) = arguments.number("coap_format") {
        let number = u16::try_from(number).map_err(|error| Refusal::Case(error.into()))?;
        draft = draft.content_type(ContentType::CoapFormat(number));
    }
    if let Some(chain) = chain {
        draft = draft.x5chain(Chain::from_slices(chain)?);
    }
    if let Some(aad) = arguments.optional("external_aad") {
        draft = draft.external_aad(aad);
    }
    if arguments.flag("untagged") {
        draft = draft.untagged();
    }
    draft = draft.low_s(low_s(arguments)?);
    let Some(pieces) = pieces else { return Ok(draft.prepare()?) };
    let mut stream = draft.stream()?;
    for piece in pieces {
        stream.update(piece)?;
    }
    Ok(stream.finish()?)
}

pub(super) fn prepare(arguments: &Arguments) -> Result<Outcome> {
    let chain = arguments.list("x5chain");
    Ok(Outcome::Bytes(prepared(arguments, chain.as_deref())?.digest().as_bytes().to_vec()))
}

pub(super) fn attach(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let chain = arguments.list("x5chain");
    let prepared = prepared(arguments, chain.as_deref())?;
    let signature = Signature::from_raw(arguments.bytes("signature")?)?;
    written(|out| Ok(prepared.attach(&signature, &key, out)?))
}

fn unverified(arguments: &Arguments) -> Result<UnverifiedSign1<'_>> {
    let unverified = UnverifiedSign1::parse(arguments.bytes("object")?)?.low_s(low_s(arguments)?);
    Ok(unverified.external_aad(arguments.optional("external_aad").unwrap_or_default()))
}

pub(super) fn verify(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let unverified = unverified(arguments)?;
    let payload = arguments.optional("payload");
    let mut fields = Fields::default();
    match payload.and_then(|payload| Some((payload, arguments.pieces(payload)?))) {
        Some((payload, pieces)) => {
            let mut stream = unverified.stream(payload.len() as u64)?;
            for piece in pieces {
                stream.update(piece)?;
            }
            known(&stream.finish(&key)?, &mut fields);
        }
        None => {
            let given = payload.map_or(unverified, |payload| unverified.detached(payload));
            let verified = given.verify(&key)?;
            if payload.is_none() {
                fields.bytes("payload", verified.payload());
            }
            known(&verified, &mut fields);
        }
    }
    Ok(Outcome::Accepted(fields))
}

fn known(verified: &VerifiedSign1<'_>, fields: &mut Fields) {
    fields.bytes("kid", verified.kid());
    match verified.content_type() {
        Some(ContentType::MediaType(media_type)) => fields.bytes("content_type", Some(media_type.as_bytes())),
        Some(ContentType::CoapFormat(number)) => fields.number("coap_format", u64::from(number)),
        None => {}
    }
    fields.chain("x5chain", &verified.x5chain().map(<[u8]>::to_vec).collect::<Vec<_>>());
}

pub(super) fn inspect(arguments: &Arguments) -> Result<Outcome> {
    let unverified = UnverifiedSign1::parse(arguments.bytes("object")?)?;
    let mut fields = Fields::default();
    fields.number("detached", u64::from(unverified.is_detached()));
    fields.bytes("kid", unverified.kid());
    fields.chain("x5chain", &unverified.x5chain().map(<[u8]>::to_vec).collect::<Vec<_>>());
    Ok(Outcome::Accepted(fields))
}
