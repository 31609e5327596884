//! JWS.

use splitsign_core::Code;
use splitsign_core::ecdsa::Signature;
use splitsign_core::encoding::JsonString;
use splitsign_core::jws::{Jws, PreparedJws, UnverifiedJws, VerifiedJws};
use splitsign_core::x509::Chain;

use super::{Fields, Outcome, Result, key, low_s, written};
use crate::arguments::Arguments;

/// The draft of a case, prepared.
fn prepared<'a>(arguments: &'a Arguments, chain: Option<&'a [&'a [u8]]>) -> Result<PreparedJws<'a>> {
    let payload = arguments.bytes("payload")?;
    let pieces = arguments.pieces(payload);
    let mut draft = if pieces.is_some() {
        Jws::detached_stream()
    } else if arguments.flag("detached") {
        Jws::detached(payload)
    } else {
        Jws::attached(payload)
    };
    if let Some(kid) = arguments.text("kid")? {
        draft = draft.kid(kid);
    }
    if let Some(typ) = arguments.text("typ")? {
        draft = draft.typ(typ);
    }
    if let Some(cty) = arguments.text("cty")? {
        draft = draft.cty(cty);
    }
    if let Some(chain) = chain {
        draft = draft.x5c(Chain::from_slices(chain)?);
    }
    if arguments.flag("unencoded") {
        draft = draft.unencoded();
    }
    if arguments.flag("flattened") {
        draft = draft.flattened();
    }
    draft = draft.low_s(low_s(arguments)?);
    let Some(pieces) = pieces else { return Ok(draft.prepare()?) };
    let mut stream = draft.stream()?;
    pieces.for_each(|piece| stream.update(piece));
    Ok(stream.finish())
}

pub(super) fn prepare(arguments: &Arguments) -> Result<Outcome> {
    let chain = arguments.list("x5c");
    Ok(Outcome::Bytes(prepared(arguments, chain.as_deref())?.digest().as_bytes().to_vec()))
}

pub(super) fn attach(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let chain = arguments.list("x5c");
    let prepared = prepared(arguments, chain.as_deref())?;
    let signature = Signature::from_raw(arguments.bytes("signature")?)?;
    written(|out| Ok(prepared.attach(&signature, &key, out)?))
}

/// Room for the decoded header.
fn scratch(object: &[u8]) -> Vec<u8> {
    match UnverifiedJws::parse(object, &mut []) {
        Err(error) if error.is(Code::OutputTooSmall) => vec![0; usize::try_from(error.at()).unwrap_or(usize::MAX)],
        // Whatever is wrong is found again.
        Ok(_) | Err(_) => Vec::new(),
    }
}

pub(super) fn verify(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let object = arguments.bytes("object")?;
    let mut scratch = scratch(object);
    let unverified = UnverifiedJws::parse(object, &mut scratch)?.low_s(low_s(arguments)?);
    let payload = arguments.optional("payload");
    let mut fields = Fields::default();
    match payload.and_then(|payload| arguments.pieces(payload)) {
        Some(pieces) => {
            let mut stream = unverified.stream()?;
            pieces.for_each(|piece| stream.update(piece));
            known(&stream.finish(&key)?, &mut fields)?;
        }
        None => {
            let given = payload.map_or(unverified, |payload| unverified.detached(payload));
            let verified = given.verify(&key)?;
            if let (Some(length), None) = (verified.payload_len(), payload) {
                let mut out = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
                fields.bytes("payload", Some(verified.payload(&mut out)?));
            }
            known(&verified, &mut fields)?;
        }
    }
    Ok(Outcome::Accepted(fields))
}

fn known(verified: &VerifiedJws<'_>, fields: &mut Fields) -> Result<()> {
    for (name, text) in [("kid", verified.kid()), ("typ", verified.typ()), ("cty", verified.cty())] {
        fields.bytes(name, text.map(text_of).as_deref());
    }
    fields.chain("x5c", &chain(|index, out| verified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?);
    Ok(())
}

pub(super) fn inspect(arguments: &Arguments) -> Result<Outcome> {
    let object = arguments.bytes("object")?;
    let mut scratch = scratch(object);
    let unverified = UnverifiedJws::parse(object, &mut scratch)?;
    let mut fields = Fields::default();
    fields.number("detached", u64::from(unverified.is_detached()));
    fields.bytes("kid", unverified.kid().map(text_of).as_deref());
    fields.chain("x5c", &chain(|index, out| unverified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?);
    Ok(Outcome::Accepted(fields))
}

/// The text of a JSON string, without its escapes, in UTF-8.
pub(super) fn text_of(text: JsonString<'_>) -> Vec<u8> {
    text.chars().collect::<String>().into_bytes()
}

/// All certificates, of which `get` writes the one of an index and says its length.
fn chain(get: impl Fn(usize, &mut [u8]) -> splitsign_core::Result<Option<usize>>) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    loop {
        let length = match get(all.len(), &mut []) {
            Ok(None) => return Ok(all),
            Ok(Some(length)) => length,
            Err(error) if error.is(Code::OutputTooSmall) => usize::try_from(error.at()).unwrap_or(usize::MAX),
            Err(error) => return Err(error.into()),
        };
        let mut certificate = vec![0; length];
        get(all.len(), &mut certificate)?;
        all.push(certificate);
    }
}
