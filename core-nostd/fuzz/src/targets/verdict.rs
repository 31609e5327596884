//! Verdicts over digests: plain keys, prepared keys and batches, against each other and against `p256`.

use p256::ecdsa::VerifyingKey;
use p256::elliptic_curve::PrimeField as _;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{ProjectivePoint, Scalar};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{
    BatchItem, GeneratorTable, PreparedKey, PublicKey, Signature, TablePoint, Verifier, verify_batch,
};

use crate::input::{Input, bytes};
use crate::oracle::verifies;

/// A digest and a raw signature.
type Signed = ([u8; 32], [u8; 64]);

/// Verdicts over signatures that are anything, valid with factors of the fuzzer's choice, or nearly valid.
pub fn verdict(data: &[u8]) {
    let mut input = Input::new(data);
    let (q, compressed) = (Scalar::reduce(&input.integer()), input.flag());
    if q == Scalar::ZERO {
        return;
    }
    let q = ProjectivePoint::GENERATOR * q;
    let sec1 = q.to_affine().to_sec1_point(compressed);
    let key = PublicKey::from_sec1(sec1.as_bytes()).expect("a point of the curve");
    let theirs = VerifyingKey::from_sec1_bytes(sec1.as_bytes()).expect("a point of the curve");
    let (points, generator_points) = (2 + input.below(140), 2 + input.below(140));
    let mut cases = Vec::new();
    for _ in 0..=input.byte() % 3 {
        cases.extend(case(&mut input, &q));
    }

    let mut generator = [TablePoint::EMPTY; 142];
    let generator = GeneratorTable::compute(&mut generator[..generator_points]).expect("two points suffice");
    let prepared = PreparedKey::new(&key, vec![TablePoint::EMPTY; points]).expect("two points suffice");
    let both =
        PreparedKey::with_generator(&key, vec![TablePoint::EMPTY; points], generator).expect("two points suffice");
    let verifiers: [&dyn Verifier; 3] = [&key, &prepared, &both];
    let (mut items, mut expected) = (Vec::new(), Vec::new());
    for (digest, raw, by_construction) in cases {
        let verdict = verifies(&theirs, &digest, &raw);
        assert!(verdict || !by_construction, "a signature made from its factors is valid");
        let Ok(signature) = Signature::from_raw(&raw) else {
            assert!(p256::ecdsa::Signature::from_slice(&raw).is_err(), "what is refused here is refused there");
            continue;
        };
        let digest = Sha256Digest::from_bytes(digest);
        for (index, verifier) in verifiers.into_iter().enumerate() {
            assert_eq!(verifier.verify_digest(&digest, &signature).is_ok(), verdict, "verifier {index}");
            assert_eq!(verifier.verify_digest(&digest, &signature.normalized()).is_ok(), verdict, "low s");
            items.push(BatchItem { verifier, digest, signature });
            expected.push(verdict);
        }
    }
    let mut verdicts = Vec::new();
    verify_batch(&items, |index, verdict| {
        assert_eq!(index, verdicts.len(), "in order");
        verdicts.push(verdict.is_ok());
    });
    assert_eq!(verdicts, expected);
}

/// A digest, a signature, and whether it was made to be valid.
fn case(input: &mut Input<'_>, q: &ProjectivePoint) -> Option<([u8; 32], [u8; 64], bool)> {
    let kind = input.byte();
    if kind & 3 == 0 {
        let (digest, r, s) = (input.integer(), input.integer(), input.integer());
        return Some((bytes(&digest), raw(&bytes(&r), &bytes(&s)), false));
    }
    let (a, b) = (Scalar::reduce(&input.integer()), Scalar::reduce(&input.integer()));
    let (mut digest, mut signature) = from_factors(a, b, q)?;
    if kind & 3 == 1 {
        let (at, change) = (input.below(96), input.byte());
        match at.checked_sub(32) {
            None => digest[at] ^= change,
            Some(at) => signature[at] ^= change,
        }
        return Some((digest, signature, change == 0));
    }
    Some((digest, signature, true))
}

/// The digest and the signature for which verification computes a·G + b·Q: e = a·s and s = r/b.
fn from_factors(a: Scalar, b: Scalar, q: &ProjectivePoint) -> Option<Signed> {
    let point = ProjectivePoint::GENERATOR * a + *q * b;
    let inverse = Option::<Scalar>::from(b.invert())?;
    if point == ProjectivePoint::IDENTITY {
        return None;
    }
    let r = <Scalar as Reduce<p256::FieldBytes>>::reduce(&point.to_affine().x());
    let s = r * inverse;
    (r != Scalar::ZERO).then(|| ((a * s).to_repr().into(), raw(&r.to_repr().into(), &s.to_repr().into())))
}

fn raw(r: &[u8; 32], s: &[u8; 32]) -> [u8; 64] {
    let mut raw = [0; 64];
    raw[..32].copy_from_slice(r);
    raw[32..].copy_from_slice(s);
    raw
}
