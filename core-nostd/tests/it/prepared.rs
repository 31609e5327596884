//! Prepared keys and batches give the verdicts of plain keys.

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::Code;
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::dsse::{Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::{
    BatchItem, GeneratorTable, PreparedKey, PublicKey, Signature, TablePoint, Verifier, verify_batch,
};
use splitsign_core::jws::{Jws, UnverifiedJws};

fn signing_key(seed: u8) -> (SigningKey, PublicKey) {
    let key = SigningKey::from_slice(&[seed; 32]).unwrap();
    let public = PublicKey::from_sec1(key.verifying_key().to_sec1_point(true).as_bytes()).unwrap();
    (key, public)
}

fn sign(key: &SigningKey, digest: &Sha256Digest) -> Signature {
    let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
    Signature::from_raw(&signature.to_bytes()).unwrap()
}

#[test]
fn every_size_of_table_gives_the_verdicts_of_the_plain_key() {
    for (seed, points) in [2, 3, 16, 100, 128, 480, 512, 704, 1216, 4096, 9999].into_iter().enumerate() {
        let (key, public) = signing_key(u8::try_from(seed + 1).unwrap());
        let mut memory = vec![TablePoint::EMPTY; points];
        let prepared = PreparedKey::new(&public, memory.as_mut_slice()).unwrap();
        for message in [b"a", b"b", b"c"] {
            let digest = Sha256::digest(message);
            let signature = sign(&key, &digest);
            assert!(prepared.verify_digest(&digest, &signature).is_ok(), "{points}");
            let other = Sha256::digest(b"other");
            assert_eq!(prepared.verify_digest(&other, &signature).unwrap_err().code(), Code::BadSignature, "{points}");
        }
    }
}

#[test]
fn memory_is_used_again_for_another_key() {
    let ((_, first), (key, second)) = (signing_key(1), signing_key(2));
    let memory = PreparedKey::new(&first, [TablePoint::EMPTY; 64]).unwrap().into_memory();
    let prepared = PreparedKey::new(&second, memory).unwrap();
    let digest = Sha256::digest(b"x");
    assert_eq!(prepared.public_key(), &second);
    assert!(prepared.verify_digest(&digest, &sign(&key, &digest)).is_ok());
}

#[test]
fn too_little_memory_says_how_much_is_needed() {
    let (_, key) = signing_key(1);
    let error = PreparedKey::new(&key, [TablePoint::EMPTY; 1]).unwrap_err();
    assert_eq!((error.code(), error.at()), (Code::OutputTooSmall, 128));
    assert_eq!(GeneratorTable::compute(&mut []).unwrap_err(), error);
}

#[test]
fn a_generator_table_in_memory_does_what_the_built_in_one_does() {
    let (key, public) = signing_key(3);
    let mut generator = vec![TablePoint::EMPTY; 1216];
    let generator = GeneratorTable::compute(&mut generator).unwrap();
    let prepared = PreparedKey::with_generator(&public, [TablePoint::EMPTY; 200], generator).unwrap();
    let digest = Sha256::digest(b"x");
    assert!(prepared.verify_digest(&digest, &sign(&key, &digest)).is_ok());
    assert!(prepared.verify_digest(&Sha256::digest(b"y"), &sign(&key, &digest)).is_err());
}

/// A batch that is longer than a chunk, under two keys, with bad ones in every place.
#[test]
fn a_batch_reports_each_signature_by_itself_and_in_order() {
    let keys = [signing_key(1), signing_key(2)];
    let prepared = keys.each_ref().map(|(_, key)| PreparedKey::new(key, [TablePoint::EMPTY; 128]).unwrap());
    for length in [0, 1, 31, 32, 33, 70] {
        let items: Vec<_> = (0..length)
            .map(|i: u8| {
                let digest = Sha256::digest(&[i]);
                // Every third one is of the other key.
                let (own, foreign) = (usize::from(i % 2), usize::from(i.is_multiple_of(3)));
                let (signer, verifier): (_, &dyn Verifier) = (&keys[own ^ foreign].0, &prepared[own]);
                BatchItem { verifier, digest, signature: sign(signer, &digest) }
            })
            .collect();
        let mut verdicts = Vec::new();
        verify_batch(&items, |index, verdict| verdicts.push((index, verdict.is_ok())));
        let expected: Vec<_> = (0..usize::from(length)).map(|i| (i, i % 3 != 0)).collect();
        assert_eq!(verdicts, expected);
    }
}

/// Every format attaches and verifies with a prepared key: in whole, in pieces, and behind a pointer.
#[test]
fn every_format_takes_a_prepared_key() {
    let ((key, public), (_, other)) = (signing_key(1), signing_key(2));
    let good = PreparedKey::new(&public, [TablePoint::EMPTY; 128]).unwrap();
    let bad = PreparedKey::new(&other, [TablePoint::EMPTY; 128]).unwrap();
    let (good, bad): (&dyn Verifier, &dyn Verifier) = (&good, &bad);
    let (mut out, mut scratch) = ([0; 1024], [0; 1024]);
    let refused = |code| assert_eq!(code, Code::BadSignature);

    let draft = Sign1::detached(b"payload").prepare().unwrap();
    let signature = sign(&key, draft.digest());
    refused(draft.attach(&signature, bad, &mut [0; 1024]).unwrap_err().code());
    let object = draft.attach(&signature, good, &mut out).unwrap();
    let parse = || UnverifiedSign1::parse(object).unwrap();
    assert!(parse().detached(b"payload").verify(good).is_ok());
    refused(parse().detached(b"payload").verify(bad).unwrap_err().code());
    for (verifier, valid) in [(good, true), (bad, false)] {
        let mut stream = parse().stream(7).unwrap();
        stream.update(b"payload").unwrap();
        assert_eq!(stream.finish(verifier).is_ok(), valid);
    }

    let draft = Jws::attached(b"payload").prepare().unwrap();
    let signature = sign(&key, draft.digest());
    refused(draft.attach(&signature, bad, &mut [0; 1024]).unwrap_err().code());
    let object = draft.attach(&signature, good, &mut out).unwrap();
    assert!(UnverifiedJws::parse(object, &mut scratch).unwrap().verify(good).is_ok());
    refused(UnverifiedJws::parse(object, &mut scratch).unwrap().verify(bad).unwrap_err().code());

    let draft = Envelope::new("text/plain", b"payload").prepare().unwrap();
    let signature = sign(&key, draft.digest());
    refused(draft.attach(&signature, bad, &mut [0; 1024]).unwrap_err().code());
    let object = draft.attach(&signature, good, &mut out).unwrap();
    assert!(UnverifiedEnvelope::parse(object).unwrap().verify(good).is_ok());
    assert!(UnverifiedEnvelope::parse(object).unwrap().verify(bad).is_err());
}
