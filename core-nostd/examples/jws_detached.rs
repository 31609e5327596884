//! Signs the body of an HTTP message with a detached, unencoded JWS (RFC 7797), as a header field would carry it.
//!
//! The payload is signed as it is and stays out of the token: the token has two dots with nothing between them.

use core::error::Error;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::Code;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::jws::{Jws, UnverifiedJws};

fn main() -> Result<(), Box<dyn Error>> {
    let body = br#"{"amount":"12.50","currency":"EUR"}"#;
    let remote = SigningKey::from_slice(&[7; 32])?;
    let key = PublicKey::from_sec1(remote.verifying_key().to_sec1_point(false).as_bytes())?;

    let prepared = Jws::detached(body).unencoded().kid("acme/payments/1").prepare()?;
    let signature = sign_remotely(&remote, prepared.digest())?;
    let mut out = [0; 256];
    let token = prepared.attach(&signature, &key, &mut out)?;
    assert_eq!(token.windows(2).filter(|pair| pair == b"..").count(), 1, "there is no payload in the token");

    // The decoded header needs memory, and the core has none: you lend it. As long as the token is always enough.
    let mut scratch = [0; 256];
    let unverified = UnverifiedJws::parse(token, &mut scratch)?;
    assert!(unverified.is_detached());
    let verified = unverified.detached(body).verify(&key)?;
    assert!(verified.kid().is_some_and(|kid| kid.is("acme/payments/1")));

    // Forgetting the body is its own error, so that nobody takes it for a forged token.
    let forgotten = UnverifiedJws::parse(token, &mut [0; 256])?.verify(&key).expect_err("no body was given");
    assert_eq!(forgotten.code(), Code::JwsPayloadMissing);
    println!("{}", core::str::from_utf8(token)?);
    Ok(())
}

/// Stands in for the remote signer.
fn sign_remotely(remote: &SigningKey, digest: &Sha256Digest) -> Result<Signature, Box<dyn Error>> {
    let signature: p256::ecdsa::Signature = remote.sign_prehash(digest.as_bytes())?;
    Ok(Signature::from_raw(&signature.to_bytes())?)
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
