//! Verifies a COSE_Sign1 that came from somewhere else, and shows what you learn from a refusal.
//!
//! Parsing gives you hints, such as the key ID, to choose a key with. Only `verify` gives you the payload.

use splitsign_core::cose::UnverifiedSign1;
use splitsign_core::ecdsa::PublicKey;
use splitsign_core::encoding::{Alphabet, base64_decode};
use splitsign_core::{Code, Result};

/// The object as it arrived, in base64url to fit on a page.
const OBJECT: &str = "0oRTogEmBE5hY21lL3JlbGVhc2UvMaBYKnNwbGl0c2lnbiBjb25mb3JtYW5jZSB2ZWN0b3JzOiB0aGUgcGF5bG9hZFhA9nYU\
                      2xL9zOtbWXvvUapI_j4qtVDKZw35ObRJTj1PJgYqywvXT-bJKZPKj2OT-z5rIgnOXkHePSYioATC63vxMA";

/// The public key that you trust under the name `acme/release/1`. The core never takes a key from the object itself.
const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"oEcr30mht6UR6H5m09_nc8_V4oGGwT0edYKI_BLf-pE",
                      "y":"eEjnJlyVp0yh-d8wo5qUCxBHgqt-_aKx4TmcibdJnww"}"#;

fn main() -> Result<()> {
    let mut bytes = [0; 256];
    let object = base64_decode(OBJECT.as_bytes(), Alphabet::UrlSafe, &mut bytes)?;

    let unverified = UnverifiedSign1::parse(object)?;
    assert_eq!(unverified.kid(), Some(&b"acme/release/1"[..]), "a hint: anybody can write a key ID");
    let key = PublicKey::from_jwk(JWK.as_bytes())?;
    let verified = unverified.verify(&key)?;
    assert_eq!(verified.payload(), Some(&b"splitsign conformance vectors: the payload"[..]));
    assert_eq!(verified.kid(), Some(&b"acme/release/1"[..]), "no longer a hint: it is in the signed header");

    // A changed payload is well-formed, and its signature is wrong. The error does not say why, on purpose.
    let mut changed = [0; 256];
    let changed = &mut changed[..object.len()];
    changed.copy_from_slice(object);
    changed[30] ^= 1;
    let refusal = UnverifiedSign1::parse(changed)?.verify(&key).expect_err("one bit differs");
    assert_eq!(refusal.code(), Code::BadSignature);

    // Bytes that are not a COSE_Sign1 are refused by `parse`, with the offset of the first byte that is wrong.
    let cut_off = &object[..object.len() - 1];
    let refusal = UnverifiedSign1::parse(cut_off).expect_err("the last byte is missing");
    assert_eq!(refusal.code(), Code::CborTruncated);
    println!("verified {} bytes; a cut-off object says: {refusal}", object.len());
    Ok(())
}

#[test]
fn runs() -> Result<()> {
    main()
}
