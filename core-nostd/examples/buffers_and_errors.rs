//! The two conventions of every call: you lend the memory, and an error is a number and a place.
//!
//! Nothing here allocates: the same code runs on a microcontroller. `p256` is only there to have a signature to attach.

use core::error::Error;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::jws::Jws;
use splitsign_core::{Code, limits};

fn main() -> Result<(), Box<dyn Error>> {
    let remote = SigningKey::from_slice(&[7; 32])?;
    let key = PublicKey::from_sec1(remote.verifying_key().to_sec1_point(false).as_bytes())?;
    let prepared = Jws::attached(b"21.5 degrees").kid("sensor/1").prepare()?;
    let signature: p256::ecdsa::Signature = remote.sign_prehash(prepared.digest().as_bytes())?;
    let signature = Signature::from_raw(&signature.to_bytes())?;

    // A buffer that is too small stays as it was, and the error says how many bytes would do.
    let mut small = [0xAA; 16];
    let refusal = prepared.attach(&signature, &key, &mut small).expect_err("16 bytes are too few");
    assert!(refusal.is(Code::OutputTooSmall));
    assert_eq!(u64::from(refusal.at()), prepared.object_len());
    assert_eq!(small, [0xAA; 16], "nothing is half-written");

    // A buffer that is large enough comes back as the prefix that was used.
    let mut large = [0; 512];
    let object = prepared.attach(&signature, &key, &mut large)?;
    assert_eq!(object.len() as u64, prepared.object_len());

    // Other errors point at the first byte of the input that is wrong.
    let refusal = PublicKey::from_jwk(br#"{"kty":"EC","kty":"EC"}"#).expect_err("a member occurs twice");
    let (number, name, at) = (refusal.code().number(), refusal.code().name(), refusal.at());
    assert_eq!((name, at), ("json_duplicate_member", 13), "behind the quotation mark of the second `kty`");
    println!("{number} {name} at byte {at}: {}", refusal.code().remedy());

    // The number is the same in every language and is never used again for something else.
    assert_eq!(Code::ALL.iter().find(|code| code.number() == number), Some(&refusal.code()));

    // Every limit has a name, for programs that want to check first.
    let long = [b'k'; limits::KEY_ID_BYTES + 1];
    let refusal = Jws::attached(b"").kid(core::str::from_utf8(&long)?).prepare().expect_err("a long kid");
    assert!(refusal.is(Code::LimitExceeded));
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
