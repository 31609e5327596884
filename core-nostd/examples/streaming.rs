//! Signs and verifies a payload that never is in memory as a whole: it is hashed in pieces as it passes by.
//!
//! CBOR writes a length before the bytes, so COSE must know the length first. JWS need not: see `Jws::detached_stream`.

use core::error::Error;
use std::io::{Read, repeat};

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::Code;
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::ecdsa::{PublicKey, Signature};

/// Bytes of the payload. In earnest: the length of a file, or `Content-Length`.
const LENGTH: u64 = 1_000_000;
/// Bytes in memory at once. Any number does.
const PIECE: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let remote = SigningKey::from_slice(&[7; 32])?;
    let key = PublicKey::from_sec1(remote.verifying_key().to_sec1_point(false).as_bytes())?;

    let mut digest = Sign1::detached_stream(LENGTH).kid(b"acme/videos/1").stream()?;
    for_each_piece(payload(), |piece| digest.update(piece))?;
    let prepared = digest.finish()?;
    let signature: p256::ecdsa::Signature = remote.sign_prehash(prepared.digest().as_bytes())?;
    let mut out = [0; 256];
    let object = prepared.attach(&Signature::from_raw(&signature.to_bytes())?, &key, &mut out)?;

    let mut verifier = UnverifiedSign1::parse(object)?.stream(LENGTH)?;
    for_each_piece(payload(), |piece| verifier.update(piece))?;
    let verified = verifier.finish(&key)?;
    assert_eq!(verified.kid(), Some(&b"acme/videos/1"[..]));
    assert_eq!(verified.payload(), None, "you had it: the core kept nothing of it");

    // A payload that ends too soon is not a bad signature: the error says what happened.
    let mut verifier = UnverifiedSign1::parse(object)?.stream(LENGTH)?;
    for_each_piece(payload().take(10), |piece| verifier.update(piece))?;
    assert_eq!(verifier.finish(&key).expect_err("bytes are missing").code(), Code::LengthMismatch);
    println!("{LENGTH} bytes, {PIECE} at a time; the object has {}", object.len());
    Ok(())
}

/// Stands in for a file or a socket.
fn payload() -> impl Read {
    repeat(b'x').take(LENGTH)
}

fn for_each_piece(
    mut from: impl Read,
    mut take: impl FnMut(&[u8]) -> splitsign_core::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let mut piece = [0; PIECE];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(()),
            read => take(&piece[..read])?,
        }
    }
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
