//! Any DSSE envelope that is accepted means to us what it means to `serde_json`, `base64ct` and `p256`.

use base64ct::{Base64, Base64Url, Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::json;
use splitsign_core::dsse::UnverifiedEnvelope;

use crate::oracle::{Remote, points_into, sha256};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
    keyid: Option<String>,
}

/// DSSE lets writers choose the alphabet, and readers must take either.
fn decode(text: &str) -> Vec<u8> {
    let decoded = Base64::decode_vec(text).or_else(|_| Base64Url::decode_vec(text));
    decoded.or_else(|_| Base64UrlUnpadded::decode_vec(text)).expect("what is accepted is base64")
}

/// Parses, verifies, signs anew what was parsed, and verifies that.
pub fn dsse(data: &[u8]) {
    let envelope = match UnverifiedEnvelope::parse(data) {
        Ok(envelope) => envelope,
        Err(error) => return points_into(error, data),
    };
    let theirs: Envelope = serde_json::from_slice(data).expect("what is accepted is JSON");
    let keyids = envelope.keyids().map(|keyid| keyid.map(|keyid| keyid.chars().collect::<String>()));
    assert!(keyids.eq(theirs.signatures.iter().map(|signature| signature.keyid.clone())));

    let (remote, payload) = (Remote::get(), decode(&theirs.payload));
    let head = format!("DSSEv1 {} {} {} ", theirs.payload_type.len(), theirs.payload_type, payload.len());
    let digest = sha256(&[head.as_bytes(), &payload]);
    let valid = |signature: &EnvelopeSignature| {
        let bytes = decode(&signature.sig);
        let der = p256::ecdsa::Signature::from_der(&bytes).is_ok_and(|der| remote.verifies(&digest, &der.to_bytes()));
        der || remote.verifies(&digest, &bytes)
    };
    assert_eq!(envelope.verify(&remote.key).is_ok(), theirs.signatures.iter().any(valid));

    // The same envelope with one more signature, which is right: in the last place, in DER and raw.
    let signature = remote.sign(&digest);
    let mut out = [0; 72];
    for bytes in [signature.to_der(&mut out).expect("the longest fits"), signature.as_bytes()] {
        let before = theirs.signatures.iter().take(theirs.signatures.len().min(15));
        let mut signatures: Vec<_> = before.map(|signature| json!({ "sig": signature.sig })).collect();
        signatures.push(json!({ "sig": Base64::encode_string(bytes), "keyid": "k" }));
        let signed = json!({ "payload": theirs.payload, "payloadType": theirs.payload_type, "signatures": signatures });
        let signed = signed.to_string();
        let envelope = UnverifiedEnvelope::parse(signed.as_bytes()).expect("only the signatures are others");
        let verified = envelope.verify(&remote.key).expect("one of the signatures is right");
        assert_eq!(verified.payload_len(), payload.len() as u64);
        assert_eq!(verified.payload(&mut vec![0; payload.len()]), Ok(&payload[..]));
        assert!(verified.payload_type().is(&theirs.payload_type));
    }
}
