//! A published key and signature through everything that takes one, and nothing else: this is what Miri has the time for.

use splitsign_core::Code;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{BatchItem, PreparedKey, PublicKey, Signature, TablePoint, Verifier, verify_batch};
use splitsign_core::encoding::{Alphabet, base64_decode};
use splitsign_core::jws::{Jws, UnverifiedJws};

/// RFC 7515, appendix A.3.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const PAYLOAD: &[u8] = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
const JWK: &[u8] = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn signature() -> Signature {
    let text = TOKEN.rsplit('.').next().unwrap();
    Signature::from_raw(base64_decode(text.as_bytes(), Alphabet::UrlSafe, &mut [0; 64]).unwrap()).unwrap()
}

#[test]
fn the_key_in_every_form() {
    let (key, mut out) = (PublicKey::from_jwk(JWK).unwrap(), [0; 160]);
    assert_eq!(PublicKey::from_sec1(&key.to_sec1()), Ok(key));
    assert_eq!(PublicKey::from_sec1(&[&[3][..], &key.to_sec1()[1..33]].concat()), Ok(key));
    assert_eq!(PublicKey::from_spki(&key.to_spki()), Ok(key));
    assert_eq!(PublicKey::from_cose_key(key.to_cose_key(&mut out).unwrap()), Ok(key));
    assert_eq!(Signature::from_der(signature().to_der(&mut out).unwrap()), Ok(signature()));
}

/// The token is made again from its parts, as the draft has the very header of the RFC.
#[test]
fn the_token_by_every_verifier() {
    let key = PublicKey::from_jwk(JWK).unwrap();
    let prepared_key = PreparedKey::new(&key, [TablePoint::EMPTY; 2]).unwrap();
    let prepared = Jws::attached(PAYLOAD).prepare().unwrap();
    let verifiers: [&dyn Verifier; 2] = [&key, &prepared_key];
    for verifier in verifiers {
        let mut out = [0; 300];
        assert_eq!(prepared.attach(&signature(), verifier, &mut out), Ok(TOKEN.as_bytes()));
        let mut scratch = [0; 160];
        let verified = UnverifiedJws::parse(TOKEN.as_bytes(), &mut scratch).unwrap().verify(verifier).unwrap();
        assert_eq!(verified.payload(&mut out), Ok(PAYLOAD));
    }
    let other = Sha256::digest(b"other");
    let items = [*prepared.digest(), other].map(|digest| BatchItem { verifier: &key, digest, signature: signature() });
    let mut verdicts = Vec::new();
    verify_batch(&items, |_, verdict| verdicts.push(verdict.map_err(splitsign_core::Error::code)));
    assert_eq!(verdicts, [Ok(()), Err(Code::BadSignature)]);
}
