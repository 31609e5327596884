use splitsign_core::Code;
use splitsign_core::digest::Sha256;
use splitsign_core::dsse::{Envelope, SignatureEncoding, UnverifiedEnvelope};
use splitsign_core::ecdsa::{LowS, PublicKey};
use splitsign_core::encoding::{Alphabet, base64_encode};

use crate::remote::{Remote, hex, negated};

fn encode(bytes: &[u8], alphabet: Alphabet) -> String {
    base64_encode(bytes, alphabet, &mut vec![0; bytes.len() * 2 + 4]).unwrap().to_owned()
}

fn signed(draft: Envelope<'_>) -> String {
    let remote = Remote::new(7);
    let prepared = draft.prepare().unwrap();
    let mut out = vec![0; usize::try_from(prepared.object_len_max()).unwrap()];
    let envelope = prepared.attach(&remote.sign(prepared.digest()), &remote.public_key(), &mut out).unwrap();
    String::from_utf8(envelope.to_vec()).unwrap()
}

fn verified(envelope: &str) -> Result<Vec<u8>, Code> {
    let verified = UnverifiedEnvelope::parse(envelope.as_bytes())
        .and_then(|unverified| unverified.verify(&Remote::new(7).public_key()))
        .map_err(|e| e.code())?;
    let mut out = vec![0; usize::try_from(verified.payload_len()).unwrap()];
    Ok(verified.payload(&mut out).unwrap().to_vec())
}

fn refusal(envelope: &str) -> (Code, u32) {
    let error = UnverifiedEnvelope::parse(envelope.as_bytes()).unwrap_err();
    (error.code(), error.at())
}

#[test]
fn verifies_the_example_of_the_protocol_document() {
    let envelope = r#"{"payload":"aGVsbG8gd29ybGQ=","payloadType":"http://example.com/HelloWorld","signatures":[{"sig":"A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}"#;
    let decimal = |digits: &str| {
        let mut bytes = [0_u8; 32];
        for digit in digits.bytes() {
            let mut carry = u32::from(digit - b'0');
            for byte in bytes.iter_mut().rev() {
                carry += u32::from(*byte) * 10;
                *byte = carry.to_le_bytes()[0];
                carry >>= 8;
            }
        }
        bytes
    };
    let x = decimal("46950820868899156662930047687818585632848591499744589407958293238635476079160");
    let y = decimal("5640078356564379163099075877009565129882514886557779369047442380624545832820");
    let key = PublicKey::from_sec1(&[&[4][..], &x, &y].concat()).unwrap();
    let verified = UnverifiedEnvelope::parse(envelope.as_bytes()).unwrap().verify(&key).unwrap();
    assert!(verified.payload_type().is("http://example.com/HelloWorld"));
    assert_eq!(verified.payload(&mut [0; 20]).unwrap(), b"hello world");
    assert!(verified.keyid().is_none());
}

#[test]
fn digest_is_that_of_the_pae() {
    let prepared = Envelope::new("http://example.com/HelloWorld", b"hello world").prepare().unwrap();
    assert_eq!(prepared.digest(), &Sha256::digest(b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"));
    let prepared = Envelope::new("é", b"").prepare().unwrap();
    assert_eq!(prepared.digest(), &Sha256::digest("DSSEv1 2 é 0 ".as_bytes()));
}

#[test]
fn both_signature_encodings_come_back() {
    for encoding in [SignatureEncoding::Der, SignatureEncoding::Raw] {
        let payload: Vec<u8> = (0..=255).collect();
        let envelope = signed(Envelope::new("t/\"x\"", &payload).keyid("k").signature_encoding(encoding));
        assert_eq!(verified(&envelope), Ok(payload));
        let value: serde_json::Value = serde_json::from_str(&envelope).unwrap();
        assert_eq!(value["payloadType"], "t/\"x\"");
        assert_eq!(value["signatures"][0]["keyid"], "k");
    }
}

#[test]
fn room_is_predicted() {
    let remote = Remote::new(7);
    let prepared = Envelope::new("t", b"payload").signature_encoding(SignatureEncoding::Raw).prepare().unwrap();
    let mut out = [0xee; 400];
    let signature = remote.sign(prepared.digest());
    let used = prepared.attach(&signature, &remote.public_key(), &mut out).unwrap().len();
    assert!(used as u64 <= prepared.object_len_max());
    let mut out = [0xee; 400];
    let error = prepared.attach(&signature, &remote.public_key(), &mut out[..used - 1]).unwrap_err();
    assert_eq!((error.code(), error.at() as usize), (Code::OutputTooSmall, used));
    assert_eq!(out, [0xee; 400]);
}

#[test]
fn either_alphabet_is_read() {
    let payload = [0xfb, 0xff, 0xfe, 0xff];
    let envelope = signed(Envelope::new("t", &payload));
    let standard = encode(&payload, Alphabet::Standard);
    assert!(standard.contains('/') && envelope.contains(&standard));
    let unpadded = envelope.replace(&standard, &encode(&payload, Alphabet::UrlSafe));
    assert_eq!(verified(&unpadded), Ok(payload.to_vec()));
    let padded = envelope.replace(&standard, &standard.replace('+', "-").replace('/', "_"));
    assert_eq!(verified(&padded), Ok(payload.to_vec()));
    let mixed = envelope.replace(&standard, &standard.replace('+', "-"));
    assert_eq!(verified(&mixed), Err(Code::Base64InvalidCharacter));
}

#[test]
fn one_right_signature_among_others_is_enough() {
    let envelope = signed(Envelope::new("t", b"p").keyid("k"));
    let entry = &envelope[envelope.find(r#"{"keyid""#).unwrap()..envelope.len() - 2];
    let others = r#"{"keyid":"rsa","sig":"QUJD"},{"sig":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=="}"#;
    let several = envelope.replace(entry, &format!("{others},{entry}"));
    let unverified = UnverifiedEnvelope::parse(several.as_bytes()).unwrap();
    assert_eq!(unverified.keyids().count(), 3);
    assert!(unverified.verify(&Remote::new(7).public_key()).unwrap().keyid().unwrap().is("k"));
    let without = envelope.replace(entry, others);
    assert_eq!(verified(&without), Err(Code::BadSignature));
}

#[test]
fn whatever_is_signed_matters() {
    let envelope = signed(Envelope::new("type", b"payload"));
    assert_eq!(verified(&envelope.replace("type\"", "typo\"")), Err(Code::BadSignature));
    assert_eq!(verified(&envelope.replace("cGF5", "cGF6")), Err(Code::BadSignature));
    let error =
        UnverifiedEnvelope::parse(envelope.as_bytes()).unwrap().verify(&Remote::new(8).public_key()).unwrap_err();
    assert_eq!(error.code(), Code::BadSignature);
    for length in 0..envelope.len() {
        assert!(UnverifiedEnvelope::parse(&envelope.as_bytes()[..length]).is_err(), "{length}");
    }
    // An escaped type is the same type.
    assert_eq!(verified(&envelope.replace("type\"", "typ\\u0065\"")), Ok(b"payload".to_vec()));
}

#[test]
fn low_s_policies_apply() {
    let (remote, key) = (Remote::new(7), Remote::new(7).public_key());
    let prepared = Envelope::new("t", b"p").prepare().unwrap();
    let high = negated(&remote.sign(prepared.digest()).normalized());
    let mut out = [0; 400];
    let envelope = prepared.attach(&high, &key, &mut out).unwrap();
    let unverified = UnverifiedEnvelope::parse(envelope).unwrap();
    assert!(unverified.clone().verify(&key).is_ok());
    assert_eq!(unverified.low_s(LowS::Require).verify(&key).unwrap_err().code(), Code::SignatureHighS);
}

#[test]
fn malformed_envelopes_refused() {
    let sig = encode(&hex("3006020101020101"), Alphabet::Standard);
    let envelope = |payload: &str, payload_type: &str, signatures: &str| {
        format!(r#"{{"payload":{payload},"payloadType":{payload_type},"signatures":{signatures}}}"#)
    };
    let one = format!(r#"[{{"sig":"{sig}"}}]"#);
    let many = format!("[{}]", vec![format!(r#"{{"sig":"{sig}"}}"#); 17].join(","));
    for (object, code) in [
        (envelope("\"\"", "\"t\"", "[]"), Code::DsseNoSignature),
        (envelope("\"\"", "\"t\"", &many), Code::DsseTooManySignatures),
        (envelope("\"\"", "\"\"", &one), Code::DsseInvalidPayloadType),
        (envelope("\"\"", "\"a\\nb\"", &one), Code::DsseInvalidPayloadType),
        (envelope("\"*\"", "\"t\"", &one), Code::Base64InvalidLength),
        (envelope("\"****\"", "\"t\"", &one), Code::Base64InvalidCharacter),
        (envelope("\"\"", "\"t\"", r#"[{"keyid":"k"}]"#), Code::JsonMissingMember),
        (envelope("\"\"", "\"t\"", r#"[{"sig":"","sig":""}]"#), Code::JsonDuplicateMember),
        (envelope("\"\"", "\"t\"", r#"{"sig":""}"#), Code::JsonUnexpectedType),
        (envelope("1", "\"t\"", &one), Code::JsonUnexpectedType),
        (r#"{"payload":"","payload":""}"#.to_owned(), Code::JsonDuplicateMember),
        (r#"{"payload":"","signatures":[]}"#.to_owned(), Code::JsonMissingMember),
        (envelope("\"\"", "\"t\"", &one) + "x", Code::JsonTrailingCharacters),
        ("[]".to_owned(), Code::JsonUnexpectedType),
    ] {
        assert_eq!(refusal(&object).0, code, "{object}");
    }
    // What is unknown is ignored, and a key id may be absent.
    assert!(
        UnverifiedEnvelope::parse((envelope("\"\"", "\"t\"", &one).replacen('{', r#"{"x":[1],"#, 1)).as_bytes())
            .is_ok()
    );
}
