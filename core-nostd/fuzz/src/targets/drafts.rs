//! What is prepared and attached verifies, whatever the draft; and with one byte changed it never verifies as anything
//! else.

use splitsign_core::cose::{ContentType, Sign1, UnverifiedSign1};
use splitsign_core::dsse::{Envelope, SignatureEncoding, UnverifiedEnvelope};
use splitsign_core::jws::{Jws, UnverifiedJws};
use splitsign_core::x509::Chain;
use splitsign_core::{Code, ecdsa::PublicKey};

use crate::input::Input;
use crate::oracle::Remote;

/// Attaching to one byte less than is needed says how many are needed; returns an output that suffices.
macro_rules! attached {
    ($prepared:expr, $length:expr, $remote:expr) => {{
        let signature = $remote.sign($prepared.digest().as_bytes());
        let length = usize::try_from($length).expect("drafts are small");
        let mut out = vec![0; length];
        let object = $prepared.attach(&signature, &$remote.key, &mut out).expect("it fits").to_vec();
        let error = $prepared.attach(&signature, &$remote.key, &mut out[..object.len() - 1]).expect_err("too small");
        assert_eq!((error.code(), error.at() as usize), (Code::OutputTooSmall, object.len()));
        let other = $remote.sign(&[0x5a; 32]);
        let error = $prepared.attach(&other, &$remote.key, &mut out).expect_err("a signature over something else");
        assert_eq!(error.code(), Code::BadSignature);
        object
    }};
}

/// A certificate is anything inside a SEQUENCE.
fn certificates(input: &mut Input<'_>) -> Vec<Vec<u8>> {
    let count = input.byte() % 4;
    let certificate = |input: &mut Input<'_>| {
        let content = input.bytes();
        let content = &content[..content.len().min(127)];
        [&[0x30, u8::try_from(content.len()).expect("below 128")], content].concat()
    };
    (0..count).map(|_| certificate(input)).collect()
}

/// One byte changed, somewhere.
fn damaged(object: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let (at, change) = (input.below(object.len()), input.byte().max(1));
    let mut damaged = object.to_vec();
    damaged[at] ^= change;
    damaged
}

/// COSE_Sign1.
pub fn cose_draft(data: &[u8]) {
    let (mut input, remote) = (Input::new(data), Remote::get());
    let (kid, aad, media_type, certificates) = (input.bytes(), input.bytes(), input.text(), certificates(&mut input));
    let slices: Vec<_> = certificates.iter().map(Vec::as_slice).collect();
    let (flags, format, change) = (input.byte(), u16::from_be_bytes([input.byte(), input.byte()]), input.bytes());
    let payload = input.rest();
    let (with_kid, detached) = (flags & 1 == 1, flags & 2 == 2);
    let mut draft = if detached { Sign1::detached(payload) } else { Sign1::embedded(payload) }.external_aad(aad);
    let mut streamed = Sign1::detached_stream(payload.len() as u64).external_aad(aad);
    let chain = (!slices.is_empty()).then(|| Chain::from_slices(&slices).expect("each is a SEQUENCE"));
    let content_type = match flags >> 3 & 3 {
        0 => None,
        1 => Some(ContentType::CoapFormat(format)),
        _ => Some(ContentType::MediaType(&media_type)),
    };
    for draft in [&mut draft, &mut streamed] {
        *draft = if with_kid { draft.kid(kid) } else { *draft };
        *draft = if flags & 4 == 4 { draft.untagged() } else { *draft };
        *draft = content_type.map_or(*draft, |content_type| draft.content_type(content_type));
        *draft = chain.map_or(*draft, |chain| draft.x5chain(chain));
    }
    let Ok(prepared) = draft.prepare() else {
        assert!(streamed.stream().is_err(), "what cannot be prepared cannot be streamed");
        return;
    };
    let mut stream = streamed.stream().expect("what can be prepared can be streamed");
    payload.chunks(1 + usize::from(flags)).for_each(|piece| stream.update(piece).expect("as announced"));
    let in_pieces = stream.finish().expect("all came");
    assert_eq!(in_pieces.digest(), prepared.digest());

    let object = attached!(prepared, prepared.object_len(), remote);
    assert_eq!(object.len() as u64, prepared.object_len());
    if detached {
        assert_eq!(attached!(in_pieces, in_pieces.object_len(), remote), object);
    }
    let verify = |object: &[u8]| {
        let unverified = UnverifiedSign1::parse(object)?.external_aad(aad);
        let unverified = if unverified.is_detached() { unverified.detached(payload) } else { unverified };
        let verified = unverified.verify(&remote.key)?;
        assert_eq!(verified.payload(), Some(payload));
        assert_eq!(verified.kid(), with_kid.then_some(kid));
        assert_eq!(verified.content_type(), content_type);
        assert!(verified.x5chain().eq(slices.iter().copied()));
        splitsign_core::Result::Ok(())
    };
    verify(&object).expect("what was attached verifies");
    // It may still verify, where a byte is not signed (the tag), but never as anything else.
    let _ = verify(&damaged(&object, &mut Input::new(change)));
}

/// JWS, compact and flattened.
pub fn jws_draft(data: &[u8]) {
    let (mut input, remote) = (Input::new(data), Remote::get());
    let texts = [input.text(), input.text(), input.text()];
    let certificates = certificates(&mut input);
    let slices: Vec<_> = certificates.iter().map(Vec::as_slice).collect();
    let (flags, change) = (input.byte(), input.bytes());
    let payload = input.rest();
    let detached = flags & 1 == 1;
    let [kid, typ, cty] = texts.each_ref().map(|text| (!text.is_empty()).then_some(&**text));
    let mut draft = if detached { Jws::detached(payload) } else { Jws::attached(payload) };
    let mut streamed = Jws::detached_stream();
    let chain = (!slices.is_empty()).then(|| Chain::from_slices(&slices).expect("each is a SEQUENCE"));
    for draft in [&mut draft, &mut streamed] {
        *draft = kid.map_or(*draft, |kid| draft.kid(kid));
        *draft = typ.map_or(*draft, |typ| draft.typ(typ));
        *draft = cty.map_or(*draft, |cty| draft.cty(cty));
        *draft = chain.map_or(*draft, |chain| draft.x5c(chain));
        *draft = if flags & 2 == 2 { draft.unencoded() } else { *draft };
        *draft = if flags & 4 == 4 { draft.flattened() } else { *draft };
    }
    let Ok(prepared) = draft.prepare() else {
        assert!(flags & 2 == 2 && !detached, "only a payload that cannot stand unencoded is refused");
        return;
    };
    let mut stream = streamed.stream().expect("a detached payload may be anything");
    payload.chunks(1 + usize::from(flags)).for_each(|piece| stream.update(piece));
    let in_pieces = stream.finish();
    assert_eq!(in_pieces.digest(), prepared.digest());

    let object = attached!(prepared, prepared.object_len(), remote);
    assert_eq!(object.len() as u64, prepared.object_len());
    if detached {
        assert_eq!(attached!(in_pieces, in_pieces.object_len(), remote), object);
    }
    let verify = |object: &[u8]| {
        let mut scratch = vec![0; object.len() * 3 / 4];
        let unverified = UnverifiedJws::parse(object, &mut scratch)?;
        let unverified = if unverified.is_detached() && detached { unverified.detached(payload) } else { unverified };
        let verified = unverified.verify(&remote.key)?;
        assert_eq!(verified.payload(&mut vec![0; payload.len()]), Ok(payload));
        for (ours, given) in [(verified.kid(), kid), (verified.typ(), typ), (verified.cty(), cty)] {
            assert_eq!(ours.map(|text| text.chars().collect::<String>()).as_deref(), given);
        }
        for (index, certificate) in slices.iter().enumerate() {
            assert_eq!(verified.x5c(index, &mut [0; 200]), Ok(Some(*certificate)));
        }
        assert_eq!(verified.x5c(slices.len(), &mut []), Ok(None));
        splitsign_core::Result::Ok(())
    };
    verify(&object).expect("what was attached verifies");
    let _ = verify(&damaged(&object, &mut Input::new(change)));
}

/// DSSE envelopes.
pub fn dsse_draft(data: &[u8]) {
    let (mut input, remote) = (Input::new(data), Remote::get());
    let (payload_type, keyid, raw, change) = (input.text(), input.text(), input.flag(), input.bytes());
    let payload = input.rest();
    let encoding = if raw { SignatureEncoding::Raw } else { SignatureEncoding::Der };
    let draft = Envelope::new(&payload_type, payload).keyid(&keyid).signature_encoding(encoding);
    let Ok(prepared) = draft.prepare() else {
        assert!(payload_type.is_empty() || payload_type.chars().any(char::is_control), "only such types are refused");
        return;
    };
    let resumed = draft.resume(prepared.digest()).expect("the same digest");
    assert_eq!(resumed.digest(), prepared.digest());
    let object = attached!(prepared, prepared.object_len_max(), remote);
    let verify = |object: &[u8], key: &PublicKey| {
        let verified = UnverifiedEnvelope::parse(object)?.verify(key)?;
        assert_eq!(verified.payload(&mut vec![0; payload.len()]), Ok(payload));
        assert!(verified.payload_type().is(&payload_type));
        splitsign_core::Result::Ok(verified.keyid().map(|keyid| keyid.chars().collect::<String>()))
    };
    assert_eq!(verify(&object, &remote.key).expect("what was attached verifies").as_deref(), Some(&*keyid));
    let _ = verify(&damaged(&object, &mut Input::new(change)), &remote.key);
}
