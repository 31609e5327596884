//! Verifies many signatures of one key: a table of its multiples, made once, takes the place of most of the work.
//!
//! The table lies in memory that you give: an array, a slice, or (with the feature `alloc`) a box or a vector. More
//! memory is more speed; the documentation of `PreparedKey` has the numbers. Verdicts are the same in every case.

use core::error::Error;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::Code;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{BatchItem, PreparedKey, PublicKey, Signature, TablePoint, Verifier as _, verify_batch};

fn main() -> Result<(), Box<dyn Error>> {
    let remote = SigningKey::from_slice(&[7; 32])?;
    let key = PublicKey::from_sec1(remote.verifying_key().to_sec1_point(false).as_bytes())?;

    // 480 points are 30 KiB. Making the table costs as much as a few verifications do.
    let mut memory = [TablePoint::EMPTY; 480];
    let prepared = PreparedKey::new(&key, memory.as_mut_slice())?;
    assert_eq!(size_of_val(&[TablePoint::EMPTY; 480]), 30 * 1024);

    // A prepared key goes wherever a plain one does: to `attach`, to `verify` of every format, and here.
    let digest = Sha256::digest(b"reading 1");
    let signature: p256::ecdsa::Signature = remote.sign_prehash(digest.as_bytes())?;
    let signature = Signature::from_raw(&signature.to_bytes())?;
    prepared.verify_digest(&digest, &signature)?;
    key.verify_digest(&digest, &signature)?;

    // A batch shares one inversion among its signatures. Each gets its own verdict, in order.
    let other = Sha256::digest(b"a reading that nobody signed");
    let items = [
        BatchItem { verifier: &prepared, digest, signature },
        BatchItem { verifier: &prepared, digest: other, signature },
        BatchItem { verifier: &prepared, digest, signature },
    ];
    let mut verdicts = Vec::new();
    verify_batch(&items, |index, verdict| verdicts.push((index, verdict.map_err(|error| error.code()))));
    assert_eq!(verdicts, [(0, Ok(())), (1, Err(Code::BadSignature)), (2, Ok(()))]);
    println!("{} signatures, 1 of them refused", verdicts.len());
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
