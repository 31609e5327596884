//! Any COSE_Sign1 that is accepted means to us what it means to `minicbor` and `p256`.

use splitsign_core::cose::UnverifiedSign1;
use splitsign_core::ecdsa::{LowS, Signature};
use splitsign_core::limits;

use crate::input::Input;
use crate::oracle::{Remote, points_into, sha256};

/// The payload of objects that do not have one.
const DETACHED: &[u8] = b"detached";
const AAD: &[u8] = b"aad";

/// What `minicbor` finds in an object.
struct Sign1<'a> {
    protected: &'a [u8],
    payload: Option<&'a [u8]>,
    signature: &'a [u8],
}

fn read(object: &[u8]) -> Result<Sign1<'_>, minicbor::decode::Error> {
    let mut decoder = minicbor::Decoder::new(object);
    if decoder.datatype()? == minicbor::data::Type::Tag {
        assert_eq!(decoder.tag()?.as_u64(), 18);
    }
    assert_eq!(decoder.array()?, Some(4));
    let protected = decoder.bytes()?;
    decoder.skip()?;
    let payload = match decoder.datatype()? {
        minicbor::data::Type::Null => {
            decoder.null()?;
            None
        }
        _ => Some(decoder.bytes()?),
    };
    let signature = decoder.bytes()?;
    assert_eq!(decoder.position(), object.len());
    Ok(Sign1 { protected, payload, signature })
}

/// The digest of the `Sig_structure`, written by `minicbor`.
fn digest(protected: &[u8], aad: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut encoder = minicbor::Encoder::new(Vec::new());
    let written = encoder.array(4).and_then(|e| e.str("Signature1")).and_then(|e| e.bytes(protected));
    written.and_then(|e| e.bytes(aad)).and_then(|e| e.bytes(payload)).expect("a vector takes everything");
    sha256(&[encoder.writer()])
}

/// Parses, verifies, signs anew what was parsed, and verifies that.
pub fn cose(data: &[u8]) {
    let object = match UnverifiedSign1::parse(data) {
        Ok(object) => object,
        Err(error) => return points_into(error, data),
    };
    let (remote, theirs) = (Remote::get(), read(data).expect("what is accepted is CBOR"));
    assert_eq!(object.is_detached(), theirs.payload.is_none());
    assert!(object.x5chain().count() <= limits::CHAIN_CERTIFICATES);
    assert!(object.kid().is_none_or(|kid| kid.len() <= limits::KEY_ID_BYTES));
    let payload = theirs.payload.unwrap_or(DETACHED);

    // The signature that came: almost always wrong, and wrong for both.
    let given = if theirs.payload.is_some() { object } else { object.detached(payload) };
    let digest = digest(theirs.protected, AAD, payload);
    assert_eq!(given.external_aad(AAD).verify(&remote.key).is_ok(), remote.verifies(&digest, theirs.signature));

    // The same object with a signature that is right.
    let signature = remote.sign(&digest);
    let signed = signed_anew(data, &signature);
    let object = UnverifiedSign1::parse(&signed).expect("only the signature is another").external_aad(AAD);
    let given = if theirs.payload.is_some() { object } else { object.detached(payload) };
    let verified = given.verify(&remote.key).expect("the signature is right");
    assert_eq!(verified.payload(), Some(payload));
    assert_eq!(given.low_s(LowS::Require).verify(&remote.key).is_ok(), signature.is_low_s());
    assert!(verified.kid().is_none_or(|kid| object.kid() == Some(kid)), "the protected kid is the hint");
    assert!(verified.x5chain().count() == 0 || verified.x5chain().eq(object.x5chain()));
    assert!(given.external_aad(b"other").verify(&remote.key).is_err());
    if theirs.payload.is_none() {
        assert!(object.detached(b"other").verify(&remote.key).is_err());
        let mut stream = object.stream(payload.len() as u64).expect("the payload is detached");
        payload.chunks(1 + data.len() % 5).for_each(|piece| stream.update(piece).expect("as announced"));
        let streamed = stream.finish(&remote.key).expect("in pieces as at once");
        assert_eq!((streamed.kid(), streamed.content_type()), (verified.kid(), verified.content_type()));
    }
}

/// The signature is what an object ends with.
fn signed_anew(object: &[u8], signature: &Signature) -> Vec<u8> {
    let (body, _) = object.split_at(object.len() - Signature::LENGTH);
    [body, signature.as_bytes()].concat()
}

/// Objects whose headers are anything: the lengths around them are always right. The first byte is the length of the
/// protected header, what is behind it the unprotected one.
pub fn cose_header(data: &[u8]) {
    let mut input = Input::new(data);
    let (protected, unprotected) = (input.bytes(), input.rest());
    for payload in [&[0x43, 1, 2, 3][..], &[0xf6]] {
        let mut object = vec![0xd2, 0x84];
        let mut encoder = minicbor::Encoder::new(&mut object);
        encoder.bytes(protected).expect("a vector takes everything");
        object.extend_from_slice(unprotected);
        object.extend_from_slice(payload);
        object.extend_from_slice(&[0x58, 64]);
        object.extend_from_slice(&[1; 64]);
        cose(&object);
    }
}
