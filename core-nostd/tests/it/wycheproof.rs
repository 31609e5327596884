//! Every case of Wycheproof for ECDSA on P-256 with SHA-256, in DER and in P1363 form, with the low-S policy off.

use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};
use wycheproof::{TestResult, ecdsa};

fn run(name: ecdsa::TestName, parse: fn(&[u8]) -> splitsign_core::Result<Signature>) -> usize {
    let set = ecdsa::TestSet::load(name).unwrap();
    let (mut cases, mut faults) = (0, Vec::new());
    for group in set.test_groups {
        let key = PublicKey::from_sec1(&group.key.key).unwrap();
        assert_eq!(PublicKey::from_spki(&group.der), Ok(key));
        for test in group.tests {
            let digest = Sha256::digest(&test.msg);
            let verdict = parse(&test.sig).and_then(|signature| key.verify_digest(&digest, &signature));
            let agrees = match test.result {
                TestResult::Valid => verdict.is_ok(),
                // BER and missing zeros: tolerated by some, refused here.
                TestResult::Invalid | TestResult::Acceptable => verdict.is_err(),
            };
            if !agrees {
                faults.push((test.tc_id, test.comment, verdict));
            }
            cases += 1;
        }
    }
    assert!(faults.is_empty(), "{name:?}: {faults:#?}");
    cases
}

#[test]
fn ecdsa_p256_sha256_der() {
    let cases = run(ecdsa::TestName::EcdsaSecp256r1Sha256, Signature::from_der);
    assert!(cases > 450, "{cases} cases only");
}

#[test]
fn ecdsa_p256_sha256_p1363() {
    let cases = run(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Signature::from_raw);
    assert!(cases > 250, "{cases} cases only");
}
