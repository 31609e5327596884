//! Any JWS that is accepted means to us what it means to `serde_json`, `base64ct` and `p256`.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use splitsign_core::ecdsa::Signature;
use splitsign_core::jws::{UnverifiedJws, VerifiedJws};

use crate::oracle::{Remote, points_into, sha256};

const DETACHED: &[u8] = b"detached";

/// The parts of a token, as text.
#[derive(Deserialize)]
struct Parts {
    protected: String,
    payload: Option<String>,
    signature: String,
}

/// The parameters that decide; others are ignored, as here.
#[derive(Deserialize)]
struct Header {
    alg: String,
    b64: Option<bool>,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
}

impl Parts {
    fn read(object: &[u8]) -> (Self, bool) {
        let text = || std::str::from_utf8(object);
        if object.trim_ascii_start().starts_with(b"{") {
            return (serde_json::from_slice(object).expect("what is accepted is JSON"), true);
        }
        // An unencoded payload may be anything but a dot.
        let parts: Vec<_> = object.split(|byte| *byte == b'.').collect();
        let [protected, payload, signature] = parts[..] else { panic!("three parts: {:?}", text()) };
        let string = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        let payload = (!payload.is_empty()).then(|| string(payload));
        (Self { protected: string(protected), payload, signature: string(signature) }, false)
    }

    fn signed_anew(&self, signature: &Signature, flattened: bool) -> String {
        let signature = Base64UrlUnpadded::encode_string(signature.as_bytes());
        let (protected, payload) = (&self.protected, self.payload.as_deref());
        if !flattened {
            return format!("{protected}.{}.{signature}", payload.unwrap_or_default());
        }
        let payload = payload.map(|payload| format!(r#""payload":{},"#, serde_json::json!(payload)));
        format!(r#"{{{}"protected":"{protected}","signature":"{signature}"}}"#, payload.unwrap_or_default())
    }
}

/// Parses, verifies, signs anew what was parsed, and verifies that.
pub fn jws(data: &[u8]) {
    // Three quarters of the object suffice, as the documentation says.
    let mut scratch = vec![0; data.len() * 3 / 4];
    let object = match UnverifiedJws::parse(data, &mut scratch) {
        Ok(object) => object,
        Err(error) => return points_into(error, data),
    };
    let (remote, (theirs, flattened)) = (Remote::get(), Parts::read(data));
    let header = Base64UrlUnpadded::decode_vec(&theirs.protected).expect("what is accepted is base64url");
    let header: Header = serde_json::from_slice(&header).expect("what is accepted is JSON");
    assert_eq!(header.alg, "ES256");
    assert_eq!(object.is_detached(), theirs.payload.is_none());

    let encoded = header.b64 != Some(false);
    // An unencoded payload of a compact token that is not text was replaced above.
    if !encoded && !flattened && std::str::from_utf8(data).is_err() {
        return;
    }
    let payload = match &theirs.payload {
        Some(text) if encoded => Base64UrlUnpadded::decode_vec(text).expect("what is accepted is base64url"),
        Some(text) => text.clone().into_bytes(),
        None => DETACHED.to_vec(),
    };
    let signed_text = if encoded { Base64UrlUnpadded::encode_string(&payload).into_bytes() } else { payload.clone() };
    let digest = sha256(&[theirs.protected.as_bytes(), b".", &signed_text]);
    let given = if theirs.payload.is_some() { object } else { object.detached(DETACHED) };
    let raw = Base64UrlUnpadded::decode_vec(&theirs.signature).expect("what is accepted is base64url");
    assert_eq!(given.verify(&remote.key).is_ok(), remote.verifies(&digest, &raw));

    let signed = theirs.signed_anew(&remote.sign(&digest), flattened);
    let mut scratch = vec![0; signed.len() * 3 / 4];
    let object = UnverifiedJws::parse(signed.as_bytes(), &mut scratch).expect("only the signature is another");
    let given = if theirs.payload.is_some() { object } else { object.detached(DETACHED) };
    let verified = given.verify(&remote.key).expect("the signature is right");
    assert_eq!(verified.payload_len(), Some(payload.len() as u64));
    assert_eq!(verified.payload(&mut vec![0; payload.len()]), Ok(&payload[..]));
    same_parameters(&verified, &header);
    if theirs.payload.is_none() {
        assert!(object.detached(b"other").verify(&remote.key).is_err());
        let mut stream = object.stream().expect("the payload is detached");
        DETACHED.chunks(1 + data.len() % 5).for_each(|piece| stream.update(piece));
        same_parameters(&stream.finish(&remote.key).expect("in pieces as at once"), &header);
    }
}

fn same_parameters(verified: &VerifiedJws<'_>, header: &Header) {
    for (ours, theirs) in [(verified.kid(), &header.kid), (verified.typ(), &header.typ), (verified.cty(), &header.cty)]
    {
        assert_eq!(ours.map(|text| text.chars().collect::<String>()), *theirs);
    }
}

/// Tokens whose protected header is anything: the base64url around it is always right.
pub fn jws_header(data: &[u8]) {
    let header = Base64UrlUnpadded::encode_string(data);
    let signature = Base64UrlUnpadded::encode_string(&[1; 64]);
    jws(format!("{header}.cGF5bG9hZA.{signature}").as_bytes());
    jws(format!("{header}..{signature}").as_bytes());
    jws(format!(r#"{{"header":{{"kid":"u","x":1}},"protected":"{header}","signature":"{signature}"}}"#).as_bytes());
}
