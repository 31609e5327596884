use splitsign_core::Code;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{LowS, PublicKey, Signature};
use splitsign_core::encoding::{Alphabet, base64_encode};
use splitsign_core::jws::{Jws, UnverifiedJws};
use splitsign_core::x509::Chain;

use crate::remote::{Remote, negated};

const CERTIFICATES: [&[u8]; 2] = [&[0x30, 3, 2, 1, 1], &[0x30, 0]];

fn encode(bytes: impl AsRef<[u8]>) -> String {
    let mut out = vec![0; bytes.as_ref().len() * 2 + 4];
    base64_encode(bytes.as_ref(), Alphabet::UrlSafe, &mut out).unwrap().to_owned()
}

fn signed(draft: Jws<'_>) -> String {
    let remote = Remote::new(7);
    let prepared = draft.prepare().unwrap();
    let mut out = vec![0; usize::try_from(prepared.object_len()).unwrap()];
    let object = prepared.attach(&remote.sign(prepared.digest()), &remote.public_key(), &mut out).unwrap();
    String::from_utf8(object.to_vec()).unwrap()
}

fn verified(object: &str, detached: Option<&[u8]>) -> Result<Vec<u8>, (Code, u32)> {
    let mut scratch = vec![0; object.len()];
    let key = Remote::new(7).public_key();
    UnverifiedJws::parse(object.as_bytes(), &mut scratch)
        .map(|unverified| detached.map_or(unverified, |payload| unverified.detached(payload)))
        .and_then(|unverified| unverified.verify(&key))
        .and_then(|verified| {
            let mut out = vec![0; usize::try_from(verified.payload_len().unwrap()).unwrap()];
            Ok(verified.payload(&mut out)?.to_vec())
        })
        .map_err(|e| (e.code(), e.at()))
}

/// A compact JWS of this header, with a signature that is in range and wrong.
fn compact(header: &str) -> String {
    format!("{}.{}.{}", encode(header), encode("payload"), encode([1; 64]))
}

fn refusal(object: &str) -> (Code, u32) {
    let mut scratch = vec![0; object.len()];
    let error = UnverifiedJws::parse(object.as_bytes(), &mut scratch).unwrap_err();
    (error.code(), error.at())
}

#[test]
fn verifies_the_example_of_rfc_7515() {
    // Appendix A.3.
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = PublicKey::from_jwk(
        br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    )
    .unwrap();
    let mut scratch = [0; 64];
    let verified = UnverifiedJws::parse(token.as_bytes(), &mut scratch).unwrap().verify(&key).unwrap();
    let mut out = [0; 100];
    let expected = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    assert_eq!(verified.payload(&mut out).unwrap(), expected.as_bytes());
}

#[test]
fn signing_input_is_the_encoded_header_and_payload() {
    let header = encode(r#"{"alg":"ES256","cty":"c","kid":"k\"\u0001","typ":"JWT","x5c":["MAMCAQE=","MAA="]}"#);
    let chain = Chain::from_slices(&CERTIFICATES).unwrap();
    let draft = |payload: &'static [u8]| Jws::attached(payload).typ("JWT").cty("c").kid("k\"\u{1}").x5c(chain);
    for payload in [&b""[..], b"a", b"ab", b"abc", b"abcd"] {
        let input = format!("{header}.{}", encode(payload));
        assert_eq!(draft(payload).prepare().unwrap().digest(), &Sha256::digest(input.as_bytes()));
    }
    let unencoded = encode(r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#);
    let prepared = Jws::detached(b"$.02").unencoded().prepare().unwrap();
    assert_eq!(prepared.digest(), &Sha256::digest(format!("{unencoded}.$.02").as_bytes()));
}

#[test]
fn every_serialization_comes_back() {
    let payload = "{\"a\":\"é\"}\n";
    for (draft, detached) in [
        (Jws::attached(payload.as_bytes()), None),
        (Jws::attached(payload.as_bytes()).flattened(), None),
        (Jws::attached(payload.as_bytes()).flattened().unencoded(), None),
        (Jws::detached(payload.as_bytes()), Some(payload)),
        (Jws::detached(payload.as_bytes()).flattened(), Some(payload)),
        (Jws::detached(payload.as_bytes()).unencoded(), Some(payload)),
        (Jws::detached(payload.as_bytes()).unencoded().flattened(), Some(payload)),
    ] {
        let object = signed(draft.kid("k"));
        assert_eq!(verified(&object, detached.map(str::as_bytes)), Ok(payload.as_bytes().to_vec()), "{object}");
        let other = if detached.is_some() { Code::BadSignature } else { Code::JwsPayloadAttached };
        assert_eq!(verified(&object, Some(b"other")).unwrap_err().0, other, "{object}");
        if detached.is_some() {
            assert_eq!(verified(&object, None), Err((Code::JwsPayloadMissing, 0)), "{object}");
        }
    }
    let plain = signed(Jws::attached(b"plain text").unencoded());
    assert!(plain.contains(".plain text."));
    assert_eq!(verified(&plain, None), Ok(b"plain text".to_vec()));
}

#[test]
fn flattened_is_json_that_others_read() {
    let object = signed(Jws::attached("\"\\\u{1}é".as_bytes()).flattened().unencoded().kid("a\"b"));
    let value: serde_json::Value = serde_json::from_str(&object).unwrap();
    assert_eq!(value["payload"], "\"\\\u{1}é");
    assert_eq!(value.as_object().unwrap().len(), 3);
}

#[test]
fn empty_payload_is_a_payload() {
    assert_eq!(verified(&signed(Jws::attached(b"")), None), Ok(vec![]));
    assert_eq!(verified(&signed(Jws::attached(b"")), Some(b"")), Ok(vec![]));
    assert_eq!(verified(&signed(Jws::attached(b"").flattened()), None), Ok(vec![]));
    assert_eq!(verified(&signed(Jws::attached(b"").flattened()), Some(b"")), Err((Code::JwsPayloadAttached, 0)));
}

#[test]
fn detached_payload_in_pieces() {
    let (remote, payload) = (Remote::new(7), vec![0xcd; 10_001]);
    for unencoded in [false, true] {
        let shape = |draft: Jws<'static>| if unencoded { draft.unencoded() } else { draft };
        let mut stream = shape(Jws::detached_stream()).stream().unwrap();
        payload.chunks(977).for_each(|piece| stream.update(piece));
        let prepared = stream.finish();
        let mut out = [0; 400];
        let object = prepared.attach(&remote.sign(prepared.digest()), &remote.public_key(), &mut out).unwrap();
        assert_eq!(verified(core::str::from_utf8(object).unwrap(), Some(&payload)), Ok(payload.clone()));
        let mut scratch = [0; 400];
        let mut verifier = UnverifiedJws::parse(object, &mut scratch).unwrap().stream().unwrap();
        payload.chunks(100).for_each(|piece| verifier.update(piece));
        let done = verifier.finish(&remote.public_key()).unwrap();
        assert_eq!(done.payload(&mut [0; 9]).unwrap_err().code(), Code::JwsPayloadMissing);
    }
    assert_eq!(Jws::detached_stream().prepare().unwrap_err().code(), Code::JwsPayloadMissing);
    assert_eq!(Jws::detached(b"").stream().unwrap_err().code(), Code::JwsPayloadAttached);
}

#[test]
fn what_cannot_stand_unencoded_is_refused() {
    let prepare = |draft: Jws<'_>| draft.unencoded().prepare().map(|_| ()).map_err(|e| (e.code(), e.at()));
    assert_eq!(prepare(Jws::attached(b"a.b")), Err((Code::JwsUnencodedPayload, 1)));
    assert_eq!(prepare(Jws::attached(b"a\n")), Err((Code::JwsUnencodedPayload, 1)));
    assert_eq!(prepare(Jws::attached("é".as_bytes())), Err((Code::JwsUnencodedPayload, 0)));
    assert_eq!(prepare(Jws::attached("é.\n".as_bytes()).flattened()), Ok(()));
    assert_eq!(prepare(Jws::attached(b"ab\xff").flattened()), Err((Code::JwsUnencodedPayload, 2)));
    assert_eq!(prepare(Jws::detached(b"\xff.\n")), Ok(()));
}

#[test]
fn protected_parameters_are_verified_and_unprotected_ones_are_hints() {
    let remote = Remote::new(7);
    let chain = Chain::from_slices(&CERTIFICATES).unwrap();
    let object = signed(Jws::attached(b"p").kid("k").typ("t").cty("c").x5c(chain));
    let mut scratch = vec![0; 400];
    let verified = UnverifiedJws::parse(object.as_bytes(), &mut scratch).unwrap().verify(&remote.public_key()).unwrap();
    assert_eq!(verified.kid().unwrap().as_str(), Some("k"));
    assert!(verified.typ().unwrap().is("t") && verified.cty().unwrap().is("c"));
    let mut out = [0; 9];
    assert_eq!(verified.x5c(0, &mut out), Ok(Some(CERTIFICATES[0])));
    assert_eq!(verified.x5c(1, &mut out), Ok(Some(CERTIFICATES[1])));
    assert_eq!(verified.x5c(2, &mut out), Ok(None));
    assert_eq!(verified.x5c(0, &mut [0; 4]).unwrap_err().at(), 5);

    let flattened =
        signed(Jws::attached(b"p").flattened()).replacen('{', r#"{"header":{"kid":"a\/b","x5c":["MAA="]},"#, 1);
    let mut scratch = vec![0; 400];
    let unverified = UnverifiedJws::parse(flattened.as_bytes(), &mut scratch).unwrap();
    assert!(unverified.kid().unwrap().is("a/b"));
    assert_eq!(unverified.x5c(0, &mut out), Ok(Some(CERTIFICATES[1])));
    let verified = unverified.verify(&remote.public_key()).unwrap();
    assert!(verified.kid().is_none());
    assert_eq!(verified.x5c(0, &mut out), Ok(None));
}

#[test]
fn whatever_is_signed_matters() {
    let object = signed(Jws::attached(b"payload").kid("key"));
    for at in 0..object.len() {
        for bit in 0..7 {
            let mut changed = object.clone().into_bytes();
            changed[at] ^= 1 << bit;
            assert!(verified(&String::from_utf8(changed).unwrap(), None).is_err(), "bit {bit} of byte {at}");
        }
    }
    for length in 0..object.len() {
        assert!(verified(&object[..length], None).is_err(), "{length}");
    }
}

#[test]
fn algorithm_is_fixed_by_the_key() {
    for (header, code, at_in_header) in [
        (r#"{"alg":"none"}"#, Code::JwsUnsupportedAlgorithm, 8),
        (r#"{"alg":"HS256"}"#, Code::JwsUnsupportedAlgorithm, 8),
        (r#"{"alg":"ES384"}"#, Code::JwsUnsupportedAlgorithm, 8),
        (r#"{"alg":"es256"}"#, Code::JwsUnsupportedAlgorithm, 8),
        (r#"{"alg":7}"#, Code::JsonUnexpectedType, 7),
        (r#"{"kid":"k"}"#, Code::JwsMissingAlgorithm, 0),
    ] {
        // Byte n of the header is held by character n / 3 * 4 + n % 3.
        assert_eq!(refusal(&compact(header)), (code, at_in_header / 3 * 4 + at_in_header % 3), "{header}");
    }
}

#[test]
fn malformed_headers_refused() {
    for (header, code) in [
        (r#"{"alg":"ES256","alg":"ES256"}"#, Code::JsonDuplicateMember),
        (r#"{"alg":"ES256","\u0061lg":"none"}"#, Code::JsonDuplicateMember),
        (r#"{"alg":"ES256","crit":[]}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, Code::JwsUnknownCritical),
        (r#"{"alg":"ES256","crit":["alg"]}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","crit":["b64"]}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","crit":["b64","b64"],"b64":true}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","crit":"b64","b64":true}"#, Code::JsonUnexpectedType),
        (r#"{"alg":"ES256","crit":[1]}"#, Code::JsonUnexpectedType),
        (r#"{"alg":"ES256","b64":false}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","b64":true}"#, Code::JwsInvalidCritical),
        (r#"{"alg":"ES256","b64":"false","crit":["b64"]}"#, Code::JsonUnexpectedType),
        (r#"{"alg":"ES256","kid":1}"#, Code::JsonUnexpectedType),
        (r#"{"alg":"ES256","x5c":[]}"#, Code::ChainEmpty),
        (r#"{"alg":"ES256","x5c":["MA"]}"#, Code::Base64InvalidLength),
        (r#"{"alg":"ES256","x5c":["-_=="]}"#, Code::Base64InvalidCharacter),
        (r#"{"alg":"ES256"}x"#, Code::JsonTrailingCharacters),
        (r#"{"alg":"ES256""#, Code::JsonTruncated),
        (r#"["alg","ES256"]"#, Code::JsonUnexpectedType),
        ("", Code::JsonTruncated),
        ("\u{feff}{\"alg\":\"ES256\"}", Code::JsonUnexpectedCharacter),
    ] {
        assert_eq!(refusal(&compact(header)).0, code, "{header}");
    }
    // b64 may be true, if it is critical.
    let mut scratch = [0; 100];
    let object = compact(r#"{"alg":"ES256","b64":true,"crit":["b64"]}"#);
    assert!(UnverifiedJws::parse(object.as_bytes(), &mut scratch).is_ok());
}

#[test]
fn malformed_compact_refused() {
    let (header, signature) = (encode(r#"{"alg":"ES256"}"#), encode([1; 64]));
    let length = |text: &str| u32::try_from(text.len()).unwrap();
    assert_eq!(refusal(""), (Code::JwsInvalidCompact, 0));
    assert_eq!(refusal("a.b"), (Code::JwsInvalidCompact, 3));
    assert_eq!(refusal(&format!("{header}..{signature}.")), (Code::JwsInvalidCompact, length(&header) + 2 + 86));
    assert_eq!(refusal(&format!("{header}=..{signature}")).0, Code::Base64InvalidLength);
    assert_eq!(refusal(&format!("{header}.a b4.{signature}")), (Code::Base64InvalidCharacter, length(&header) + 2));
    assert_eq!(refusal(&format!("{header}.YR.{signature}")), (Code::Base64NonCanonical, length(&header) + 2));
    assert_eq!(refusal(&format!("{header}..{}", encode([1; 63]))).0, Code::SignatureWrongLength);
    assert_eq!(refusal(&format!("{header}..{}", encode([1; 72]))).0, Code::SignatureWrongLength);
    assert_eq!(refusal(&format!("{header}..{}", encode([0; 64]))), (Code::SignatureOutOfRange, length(&header) + 2));
    assert_eq!(refusal(&format!("{header}..")), (Code::SignatureWrongLength, length(&header) + 2));
}

#[test]
fn malformed_flattened_refused() {
    let (header, signature) = (encode(r#"{"alg":"ES256","kid":"k"}"#), encode([1; 64]));
    let object = |extra: &str| format!(r#"{{"protected":"{header}","signature":"{signature}"{extra}}}"#);
    for (object, code) in [
        (object(r#","payload":"","payload":"YQ""#), Code::JsonDuplicateMember),
        (object(r#","header":{"kid":"k"}"#), Code::JwsDuplicateParameter),
        (object(r#","header":{"alg":"ES256"}"#), Code::JwsDuplicateParameter),
        (object(r#","header":{"crit":["b64"]}"#), Code::JwsInvalidCritical),
        (object(r#","header":{"b64":false}"#), Code::JwsInvalidHeader),
        (object(r#","header":[]"#), Code::JsonUnexpectedType),
        (object(r#","signatures":[]"#), Code::JwsGeneralSerialization),
        (object(r#","payload":1"#), Code::JsonUnexpectedType),
        (object(r#","payload":"\u0059Q""#), Code::JsonUnexpectedEscape),
        (object("}"), Code::JsonTrailingCharacters),
        (format!(r#"{{"protected":"{header}"}}"#), Code::JsonMissingMember),
        (format!(r#"{{"header":{{"alg":"ES256"}},"signature":"{signature}"}}"#), Code::JwsMissingAlgorithm),
        ("{".to_owned(), Code::JsonTruncated),
    ] {
        assert_eq!(refusal(&object).0, code, "{object}");
    }
    let mut scratch = [0; 100];
    assert!(UnverifiedJws::parse(object(r#","ignored":[{}]"#).as_bytes(), &mut scratch).is_ok());
}

#[test]
fn scratch_too_small_says_how_much() {
    let object = compact(r#"{"alg":"ES256"}"#);
    let error = UnverifiedJws::parse(object.as_bytes(), &mut [0; 14]).unwrap_err();
    assert_eq!((error.code(), error.at()), (Code::OutputTooSmall, 15));
}

#[test]
fn attach_refuses_before_it_writes() {
    let remote = Remote::new(7);
    let (prepared, other) = (Jws::attached(b"p").prepare().unwrap(), Jws::attached(b"q").prepare().unwrap());
    let mut out = [0xee; 400];
    let key = remote.public_key();
    let mut attach = |signature: &Signature| prepared.attach(signature, &key, &mut out).unwrap_err().code();
    assert_eq!(attach(&remote.sign(other.digest())), Code::BadSignature);
    assert_eq!(out, [0xee; 400]);
    let high = negated(&remote.sign(prepared.digest()).normalized());
    let strict = Jws::attached(b"p").low_s(LowS::Require).prepare().unwrap();
    assert_eq!(strict.attach(&high, &key, &mut out).unwrap_err().code(), Code::SignatureHighS);
    let lax = Jws::attached(b"p").low_s(LowS::Normalise).prepare().unwrap();
    assert!(lax.attach(&high, &key, &mut out).is_ok());
    let digest = *prepared.digest();
    assert!(Jws::attached(b"p").resume(&digest).is_ok());
    assert_eq!(Jws::attached(b"q").resume(&digest).unwrap_err().code(), Code::DigestMismatch);
}
