//! Signs an in-toto statement in a DSSE envelope, and reads it as a verifier of a software supply chain would.
//!
//! The signature covers the payload *and* its type. The key ID beside it is not signed: use it to find a key, and for
//! nothing else.

use core::error::Error;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::dsse::{Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::{PublicKey, Signature};

const IN_TOTO: &str = "application/vnd.in-toto+json";
const STATEMENT: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"splitsign"}]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let remote = SigningKey::from_slice(&[7; 32])?;
    let key = PublicKey::from_sec1(remote.verifying_key().to_sec1_point(false).as_bytes())?;

    let prepared = Envelope::new(IN_TOTO, STATEMENT).keyid("acme/builds/1").prepare()?;
    let signature = sign_remotely(&remote, prepared.digest())?;
    // A DER signature has 70 to 72 bytes, so the length is a maximum here; `attach` returns the bytes it used.
    let mut out = vec![0; usize::try_from(prepared.object_len_max())?];
    let envelope = prepared.attach(&signature, &key, &mut out)?;

    let unverified = UnverifiedEnvelope::parse(envelope)?;
    assert!(unverified.keyids().flatten().any(|keyid| keyid.is("acme/builds/1")));
    let verified = unverified.verify(&key)?;
    // The type first: it says how to read the payload.
    assert!(verified.payload_type().is(IN_TOTO));
    let mut payload = [0; 256];
    assert_eq!(verified.payload(&mut payload)?, STATEMENT);
    println!("{}", core::str::from_utf8(envelope)?);
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
