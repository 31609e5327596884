use splitsign_core::Code;
use splitsign_core::cose::{ContentType, Sign1, UnverifiedSign1};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{LowS, Signature};
use splitsign_core::x509::Chain;

use crate::remote::{Remote, hex, negated};

const CERTIFICATES: [&[u8]; 2] = [&[0x30, 3, 2, 1, 1], &[0x30, 0]];

fn signed(draft: Sign1<'_>) -> Vec<u8> {
    let remote = Remote::new(7);
    let prepared = draft.prepare().unwrap();
    let mut out = vec![0; usize::try_from(prepared.object_len()).unwrap()];
    prepared.attach(&remote.sign(prepared.digest()), &remote.public_key(), &mut out).unwrap().to_vec()
}

fn code(object: &[u8]) -> (Code, u32) {
    let error = UnverifiedSign1::parse(object).unwrap_err();
    (error.code(), error.at())
}

/// An object of the pieces given, with a signature that is in range and wrong.
fn object(protected: &str, unprotected: &str, payload: &str) -> Vec<u8> {
    let protected = hex(protected);
    let mut object = vec![0xd2, 0x84, 0x58, u8::try_from(protected.len()).unwrap()];
    if protected.len() < 24 {
        object.splice(2.., [0x40 + u8::try_from(protected.len()).unwrap()]);
    }
    object.extend(protected);
    object.extend(hex(unprotected));
    object.extend(hex(payload));
    object.extend([0x58, 64]);
    object.extend([1; 64]);
    object
}

#[test]
fn sig_structure_is_that_of_rfc_9052() {
    // Built here byte by byte, from section 4.4: the digest must be the hash of exactly this.
    let tbs = [
        &hex("84 6a 5369676e617475726531")[..],
        &hex("53 a2 01 26 04 4e 61636d652f633270612f32303236"),
        &hex("43 010203"),
        &hex("59 0100"),
        &[0x5a; 256],
    ]
    .concat();
    let prepared = Sign1::detached(&[0x5a; 256]).kid(b"acme/c2pa/2026").external_aad(&[1, 2, 3]).prepare().unwrap();
    assert_eq!(prepared.digest(), &Sha256::digest(&tbs));
}

#[test]
fn verifies_the_example_of_rfc_9052() {
    // Appendix C.2.1, which is sign1-tests of the COSE working group: kid "11", in the unprotected bucket.
    let object = hex(
        "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4
         d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
    );
    let key = splitsign_core::ecdsa::PublicKey::from_cose_key(&hex(
        "a4 01 02 20 01 21 5820 bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff
         22 5820 20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
    ))
    .unwrap();
    let unverified = UnverifiedSign1::parse(&object).unwrap();
    assert_eq!(unverified.kid(), Some(&b"11"[..]));
    let verified = unverified.verify(&key).unwrap();
    assert_eq!(verified.payload(), Some(&b"This is the content."[..]));
    assert_eq!(verified.kid(), None, "an unprotected kid is not verified");
}

#[test]
fn everything_comes_back() {
    let key = Remote::new(7).public_key();
    let chain = Chain::from_slices(&CERTIFICATES).unwrap();
    let draft = Sign1::embedded(b"payload").kid(b"k").content_type(ContentType::MediaType("text/plain")).x5chain(chain);
    let object = signed(draft.external_aad(b"aad"));
    let unverified = UnverifiedSign1::parse(&object).unwrap();
    assert!(!unverified.is_detached());
    assert!(unverified.x5chain().eq(CERTIFICATES));
    let verified = unverified.external_aad(b"aad").verify(&key).unwrap();
    assert_eq!(verified.payload(), Some(&b"payload"[..]));
    assert_eq!(verified.kid(), Some(&b"k"[..]));
    assert_eq!(verified.content_type(), Some(ContentType::MediaType("text/plain")));
    assert!(verified.x5chain().eq(CERTIFICATES));

    let one = Chain::from_slices(&CERTIFICATES[..1]).unwrap();
    let object = signed(Sign1::embedded(b"").x5chain(one).content_type(ContentType::CoapFormat(60)));
    let verified = UnverifiedSign1::parse(&object).unwrap().verify(&key).unwrap();
    assert!(verified.x5chain().eq([CERTIFICATES[0]]));
    assert_eq!(verified.content_type(), Some(ContentType::CoapFormat(60)));
    assert_eq!(verified.payload(), Some(&b""[..]));
}

#[test]
fn untagged_is_read_and_written() {
    let tagged = signed(Sign1::embedded(b"p"));
    let untagged = signed(Sign1::embedded(b"p").untagged());
    assert_eq!(tagged[0], 0xd2);
    assert_eq!(tagged[1..], untagged);
    assert!(UnverifiedSign1::parse(&untagged).unwrap().verify(&Remote::new(7).public_key()).is_ok());
}

#[test]
fn detached_payload_at_once_and_in_pieces() {
    let (remote, payload) = (Remote::new(7), vec![0xab; 100_000]);
    let at_once = Sign1::detached(&payload).kid(b"k").prepare().unwrap();
    let mut pieces = Sign1::detached_stream(100_000).kid(b"k").stream().unwrap();
    payload.chunks(977).for_each(|piece| pieces.update(piece).unwrap());
    let pieces = pieces.finish().unwrap();
    assert_eq!(at_once.digest(), pieces.digest());

    let mut out = [0; 200];
    let object = pieces.attach(&remote.sign(pieces.digest()), &remote.public_key(), &mut out).unwrap();
    let unverified = UnverifiedSign1::parse(object).unwrap();
    assert!(unverified.is_detached());
    assert!(unverified.detached(&payload).verify(&remote.public_key()).is_ok());
    let mut verifier = unverified.stream(100_000).unwrap();
    payload.chunks(4096).for_each(|piece| verifier.update(piece).unwrap());
    assert_eq!(verifier.finish(&remote.public_key()).unwrap().kid(), Some(&b"k"[..]));
}

#[test]
fn announced_length_must_be_kept() {
    let mut draft = Sign1::detached_stream(3).stream().unwrap();
    draft.update(b"ab").unwrap();
    let error = draft.update(b"cd").unwrap_err();
    assert_eq!((error.code(), error.at()), (Code::LengthMismatch, 1));
    assert_eq!(draft.finish().unwrap_err().code(), Code::LengthMismatch);
    assert_eq!(Sign1::detached_stream(3).prepare().unwrap_err().code(), Code::CosePayloadMissing);
    assert_eq!(Sign1::detached(b"").stream().unwrap_err().code(), Code::CosePayloadEmbedded);

    let object = signed(Sign1::detached(b"abc"));
    let mut verifier = UnverifiedSign1::parse(&object).unwrap().stream(2).unwrap();
    assert_eq!(verifier.update(b"abc").unwrap_err().at(), 2);
    assert_eq!(verifier.finish(&Remote::new(7).public_key()).unwrap_err().code(), Code::LengthMismatch);
}

#[test]
fn payload_is_given_exactly_once() {
    let key = Remote::new(7).public_key();
    let (detached, embedded) = (signed(Sign1::detached(b"p")), signed(Sign1::embedded(b"p")));
    let verify = |object, payload: Option<&'static [u8]>| {
        let unverified = UnverifiedSign1::parse(object).unwrap();
        payload
            .map_or(unverified, |payload| unverified.detached(payload))
            .verify(&key)
            .map(|_| ())
            .map_err(|e| e.code())
    };
    assert_eq!(verify(&detached, None), Err(Code::CosePayloadMissing));
    assert_eq!(verify(&detached, Some(b"p")), Ok(()));
    assert_eq!(verify(&detached, Some(b"q")), Err(Code::BadSignature));
    assert_eq!(verify(&embedded, Some(b"p")), Err(Code::CosePayloadEmbedded));
    assert_eq!(UnverifiedSign1::parse(&embedded).unwrap().stream(1).unwrap_err().code(), Code::CosePayloadEmbedded);
}

#[test]
fn whatever_is_signed_matters() {
    let key = Remote::new(7).public_key();
    let object = signed(Sign1::embedded(b"payload").kid(b"key").external_aad(b"aad"));
    assert!(UnverifiedSign1::parse(&object).unwrap().external_aad(b"aad").verify(&key).is_ok());
    assert!(UnverifiedSign1::parse(&object).unwrap().verify(&key).is_err());
    assert!(
        UnverifiedSign1::parse(&object).unwrap().external_aad(b"aad").verify(&Remote::new(8).public_key()).is_err()
    );
    for at in 0..object.len() {
        for bit in 0..8 {
            let mut changed = object.clone();
            changed[at] ^= 1 << bit;
            let verdict =
                UnverifiedSign1::parse(&changed).and_then(|o| o.external_aad(b"aad").verify(&key).map(|_| ()));
            assert!(verdict.is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn truncated_anywhere_is_refused() {
    let object = signed(Sign1::embedded(b"payload").kid(b"key").x5chain(Chain::from_slices(&CERTIFICATES).unwrap()));
    for length in 0..object.len() {
        assert!(UnverifiedSign1::parse(&object[..length]).is_err(), "{length}");
    }
}

#[test]
fn attach_refuses_before_it_writes() {
    let remote = Remote::new(7);
    let prepared = Sign1::embedded(b"p").prepare().unwrap();
    let other = Sign1::embedded(b"q").prepare().unwrap();
    let mut out = [0xee; 200];
    let wrong = prepared.attach(&remote.sign(other.digest()), &remote.public_key(), &mut out).unwrap_err();
    assert_eq!(wrong.code(), Code::BadSignature);
    let wrong = prepared.attach(&remote.sign(prepared.digest()), &Remote::new(8).public_key(), &mut out).unwrap_err();
    assert_eq!(wrong.code(), Code::BadSignature);
    let needed = prepared.object_len();
    let small = usize::try_from(needed).unwrap() - 1;
    let error = prepared.attach(&remote.sign(prepared.digest()), &remote.public_key(), &mut out[..small]).unwrap_err();
    assert_eq!((error.code(), u64::from(error.at())), (Code::OutputTooSmall, needed));
    assert_eq!(out, [0xee; 200]);
}

#[test]
fn resume_takes_only_the_digest_of_the_draft() {
    let draft = Sign1::detached(b"p");
    let digest = *draft.prepare().unwrap().digest();
    assert_eq!(draft.resume(&digest).unwrap().digest(), &digest);
    assert_eq!(Sign1::detached(b"q").resume(&digest).unwrap_err().code(), Code::DigestMismatch);
    // A stream is not there to be hashed again.
    assert_eq!(Sign1::detached_stream(1).resume(&digest).unwrap().digest(), &digest);
}

#[test]
fn prefix_and_payload_hash_to_the_digest() {
    let payload = [7; 300];
    let chain = Chain::from_concatenated(&[0x30, 3, 2, 1, 1, 0x30, 0]).unwrap();
    for draft in [
        Sign1::embedded(&payload),
        Sign1::detached(&payload).kid(b"k").external_aad(b"aad").content_type(ContentType::CoapFormat(50)),
        Sign1::detached(&payload).x5chain(chain),
    ] {
        let mut hash = Sha256::new();
        draft.put_prefix(&mut hash).unwrap();
        hash.update(&payload);
        assert_eq!(&hash.finish(), draft.prepare().unwrap().digest());
    }
    let (mut one, mut other) = (Sha256::new(), Sha256::new());
    Sign1::detached_stream(300).put_prefix(&mut one).unwrap();
    Sign1::detached(&payload).put_prefix(&mut other).unwrap();
    assert_eq!(one.finish(), other.finish());
    let long = [0; 1025];
    let error = Sign1::detached_stream(1).kid(&long).put_prefix(&mut Sha256::new()).unwrap_err();
    assert_eq!(error, Sign1::detached(b"p").kid(&long).prepare().unwrap_err());
}

#[test]
fn low_s_policies_apply_to_attach_and_verify() {
    let (remote, key) = (Remote::new(7), Remote::new(7).public_key());
    let prepared = |policy| Sign1::embedded(b"p").low_s(policy).prepare().unwrap();
    let signature = remote.sign(prepared(LowS::Accept).digest());
    let (low, high) = (signature.normalized(), negated(&signature.normalized()));
    let attach = |policy, signature: &Signature| {
        prepared(policy).attach(signature, &key, &mut [0; 200]).map(<[u8]>::to_vec).map_err(|e| e.code())
    };
    let (with_low, with_high) = (attach(LowS::Accept, &low).unwrap(), attach(LowS::Accept, &high).unwrap());
    assert_ne!(with_low, with_high);
    assert_eq!(attach(LowS::Normalise, &high), Ok(with_low.clone()));
    assert_eq!(attach(LowS::Require, &high), Err(Code::SignatureHighS));
    assert_eq!(attach(LowS::Require, &low), Ok(with_low.clone()));
    let verify = |object, policy| {
        UnverifiedSign1::parse(object).unwrap().low_s(policy).verify(&key).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(verify(&with_high, LowS::Accept), Ok(()));
    assert_eq!(verify(&with_high, LowS::Normalise), Ok(()));
    assert_eq!(verify(&with_high, LowS::Require), Err(Code::SignatureHighS));
    assert_eq!(verify(&with_low, LowS::Require), Ok(()));
}

#[test]
fn drafts_with_impossible_headers_refused() {
    let prepare = |draft: Sign1<'_>| draft.prepare().map(|_| ()).map_err(|e| e.code());
    let media_type = |text| Sign1::embedded(b"").content_type(ContentType::MediaType(text));
    assert_eq!(prepare(media_type("text")), Err(Code::CoseInvalidHeader));
    assert_eq!(prepare(media_type(" text/plain")), Err(Code::CoseInvalidHeader));
    assert_eq!(prepare(media_type("a/b/c")), Err(Code::CoseInvalidHeader));
    assert_eq!(prepare(media_type("text/plain; charset=utf-8")), Ok(()));
    assert_eq!(prepare(Sign1::embedded(b"").kid(&[0; 1025])), Err(Code::LimitExceeded));
    assert_eq!(prepare(Sign1::embedded(b"").kid(&[0; 1024])), Ok(()));
}

#[test]
fn headers_as_others_write_them_are_accepted() {
    for (protected, unprotected) in [
        ("a1 01 26", "a0"),
        ("a1 01 26", "a1 04 41 6b"),
        // x5chain outside, unknown labels, text labels, a C2PA timestamp container with nested maps
        ("a1 01 26", "a2 18 21 45 3003020101 67 73696754737432 a1 66 746f6b656e73 81 a1 63 76616c 41 00"),
        // the order of labels is not checked
        ("a2 04 41 6b 01 26", "a0"),
        // crit with what is understood
        ("a3 01 26 02 81 04 04 41 6b", "a0"),
        ("a2 01 26 19 1388 f5", "a0"),
    ] {
        let object = object(protected, unprotected, "f6");
        assert!(
            UnverifiedSign1::parse(&object).is_ok(),
            "{protected} {unprotected}: {:?}",
            UnverifiedSign1::parse(&object)
        );
    }
}

#[test]
fn malformed_objects_refused_with_code_and_offset() {
    let cases = [
        // (protected, unprotected, payload, code, offset)
        ("a1 01 26", "a1 01 26", "f6", Code::CoseDuplicateLabel, 7),
        ("a2 01 26 01 26", "a0", "f6", Code::CoseDuplicateLabel, 6),
        ("a1 01 26", "a2 04 40 04 40", "f6", Code::CoseDuplicateLabel, 9),
        ("a2 01 26 04 40", "a1 04 40", "f6", Code::CoseDuplicateLabel, 9),
        ("a2 01 26 61 61 00", "a1 61 61 00", "f6", Code::CoseDuplicateLabel, 10),
        ("a0", "a1 01 26", "f6", Code::CoseMissingAlgorithm, 3),
        ("", "a1 01 26", "f6", Code::CoseMissingAlgorithm, 3),
        ("a1 01 38 22", "a0", "f6", Code::CoseUnsupportedAlgorithm, 5),
        ("a1 01 65 4553323536", "a0", "f6", Code::CoseUnsupportedAlgorithm, 5),
        ("a2 01 26 02 81 19 1388", "a0", "f6", Code::CoseUnknownCritical, 8),
        ("a2 01 26 02 81 63 666f6f", "a0", "f6", Code::CoseUnknownCritical, 8),
        ("a2 01 26 02 81 04", "a1 04 40", "f6", Code::CoseInvalidCritical, 8),
        ("a2 01 26 02 80", "a0", "f6", Code::CoseInvalidCritical, 7),
        ("a1 01 26", "a1 02 81 01", "f6", Code::CoseInvalidCritical, 7),
        ("a2 01 26 02 01", "a0", "f6", Code::CborUnexpectedType, 7),
        ("a2 01 26 02 89 010101010101010101", "a0", "f6", Code::LimitExceeded, 7),
        ("bf 01 26 ff", "a0", "f6", Code::CborIndefiniteLength, 3),
        ("a1 01 26", "bf ff", "f6", Code::CborIndefiniteLength, 6),
        ("a1 01 26", "a0", "5f 41 61 ff", Code::CborIndefiniteLength, 7),
        ("a1 18 01 26", "a0", "f6", Code::CborNonMinimal, 4),
        ("a1 01 38 06", "a0", "f6", Code::CborNonMinimal, 5),
        ("a1 01 26", "a0", "58 01 61", Code::CborNonMinimal, 7),
        ("a1 01 26 00", "a0", "f6", Code::CborTrailingBytes, 6),
        ("a1 01 26", "a0", "f7", Code::CborUnexpectedType, 7),
        ("a1 01 26", "a0", "61 61", Code::CborUnexpectedType, 7),
        ("a1 01 26", "80", "f6", Code::CborUnexpectedType, 6),
        ("a1 40 26", "a0", "f6", Code::CborUnexpectedType, 4),
        ("a2 01 26 04 61 6b", "a0", "f6", Code::CborUnexpectedType, 7),
        ("a2 01 26 03 61 6b", "a0", "f6", Code::CoseInvalidHeader, 7),
        ("a2 01 26 03 20", "a0", "f6", Code::CoseInvalidHeader, 7),
        ("a2 01 26 03 1a 00010000", "a0", "f6", Code::CoseInvalidHeader, 7),
        ("a1 01 26", "a1 18 21 80", "f6", Code::ChainEmpty, 9),
        ("a1 01 26", "a1 18 21 41 30", "f6", Code::ChainInvalidCertificate, 9),
        ("a1 01 26", "a1 18 21 82 42 3000 43 300000", "f6", Code::ChainInvalidCertificate, 13),
        (
            "a1 01 26",
            "a1 18 21 8b 4230004230004230004230004230004230004230004230004230004230004230 00",
            "f6",
            Code::ChainTooLong,
            9,
        ),
        ("a1 01 26", "a1 05 81 81 81 81 81 81 81 81 81 00", "f6", Code::CborTooDeep, 16),
        ("a1 01 26", "a1 05 62 ff ff", "f6", Code::CborInvalidUtf8, 9),
    ];
    for (protected, unprotected, payload, expected, at) in cases {
        let object = object(protected, unprotected, payload);
        assert_eq!(code(&object), (expected, at), "{protected} | {unprotected} | {payload}");
    }
}

#[test]
fn other_structures_refused() {
    assert_eq!(code(&hex("d8 62 84 43 a10126 a0 f6 80")), (Code::CoseNotSign1, 0));
    assert_eq!(code(&hex("83 43 a10126 a0 f6")), (Code::CoseNotSign1, 0));
    assert_eq!(code(&hex("d2 d2 84 43 a10126 a0 f6 40")), (Code::CoseNotSign1, 1));
    assert_eq!(code(&hex("d2 43 a10126")), (Code::CoseNotSign1, 1));
    assert_eq!(code(&[]), (Code::CborTruncated, 0));
    let mut trailing = signed(Sign1::embedded(b"p"));
    trailing.push(0);
    assert_eq!(code(&trailing), (Code::CborTrailingBytes, u32::try_from(trailing.len() - 1).unwrap()));
}

#[test]
fn signatures_of_wrong_length_or_range_refused() {
    let good = object("a1 01 26", "a0", "f6");
    let with = |signature: &[u8]| [&good[..8], &[0x58, u8::try_from(signature.len()).unwrap()], signature].concat();
    assert_eq!(code(&with(&[1; 63])), (Code::SignatureWrongLength, 10 + 63));
    assert_eq!(code(&with(&[1; 65])), (Code::SignatureWrongLength, 10 + 64));
    assert_eq!(code(&with(&[0; 64])), (Code::SignatureOutOfRange, 10));
    assert_eq!(code(&with(&[[1; 32], [0xff; 32]].concat())), (Code::SignatureOutOfRange, 42));
}

#[test]
fn at_most_32_labels_in_both_buckets() {
    let bucket = |labels: core::ops::Range<u8>| {
        let mut map = vec![0xb8, u8::try_from(labels.len()).unwrap()];
        labels.for_each(|label| map.extend([0x18, 100 + label, 0]));
        map.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert!(UnverifiedSign1::parse(&object("a1 01 26", &bucket(0..31), "f6")).is_ok());
    assert_eq!(code(&object("a1 01 26", &bucket(0..32), "f6")).0, Code::LimitExceeded);
}
