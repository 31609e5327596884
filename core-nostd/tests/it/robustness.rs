//! Whatever comes in: no panic, no half-written output; and one encoder for length, bytes and digest.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::digest::Sha256;
use splitsign_core::dsse::{Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};
use splitsign_core::jws::{Jws, UnverifiedJws};
use splitsign_core::sink::{Encode as _, Length, Sink as _};
use splitsign_core::x509::Chain;

use crate::remote::Remote;

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..max)
}

/// Valid objects of every format, as material to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let remote = Remote::new(7);
    let (key, certificates) = (remote.public_key(), [&[0x30, 3, 2, 1, 1][..], &[0x30, 0]]);
    let chain = Chain::from_slices(&certificates).unwrap();
    let mut out = [0; 600];
    let mut samples = vec![key.to_spki().to_vec(), key.to_sec1().to_vec()];
    samples.push(key.to_jwk(&mut out).unwrap().to_vec());
    samples.push(key.to_cose_key(&mut out).unwrap().to_vec());
    let sign1 = Sign1::embedded(b"payload").kid(b"k").x5chain(chain).prepare().unwrap();
    let signature = remote.sign(sign1.digest());
    samples.push(signature.to_der(&mut out).unwrap().to_vec());
    samples.push(sign1.attach(&signature, &key, &mut out).unwrap().to_vec());
    for draft in [Jws::attached(b"payload").kid("k").x5c(chain), Jws::attached(b"p").flattened().unencoded()] {
        let prepared = draft.prepare().unwrap();
        samples.push(prepared.attach(&remote.sign(prepared.digest()), &key, &mut out).unwrap().to_vec());
    }
    let envelope = Envelope::new("t", b"payload").keyid("k").prepare().unwrap();
    samples.push(envelope.attach(&remote.sign(envelope.digest()), &key, &mut out).unwrap().to_vec());
    samples
}

/// Feeds `input` to everything that parses.
fn parse_all(input: &[u8]) {
    let key = Remote::new(7).public_key();
    if let Ok(object) = UnverifiedSign1::parse(input) {
        let _ = (object.kid(), object.x5chain().count(), object.verify(&key), object.detached(b"x").verify(&key));
    }
    if let Ok(object) = UnverifiedJws::parse(input, &mut vec![0; input.len()]) {
        let _ = (object.kid().map(|kid| kid.chars().count()), object.x5c(0, &mut [0; 8]), object.verify(&key));
    }
    if let Ok(object) = UnverifiedEnvelope::parse(input) {
        let _ = (object.keyids().count(), object.verify(&key));
    }
    let _ = (PublicKey::from_sec1(input), PublicKey::from_spki(input));
    let _ = (PublicKey::from_jwk(input), PublicKey::from_cose_key(input));
    let _ = (Signature::from_der(input), Signature::from_raw(input), Chain::from_concatenated(input));
    let _ = base64_decode(input, Alphabet::Standard, &mut [0; 64]);
}

#[derive(Clone, Debug)]
enum Damage {
    Replace(u8),
    Insert(u8),
    Remove,
    Truncate,
    Repeat(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<u8>().prop_map(Damage::Replace),
        any::<u8>().prop_map(Damage::Insert),
        Just(Damage::Remove),
        Just(Damage::Truncate),
        (1_usize..40).prop_map(Damage::Repeat),
    ]
}

proptest! {
    #[test]
    fn random_bytes_never_panic(input in bytes(200)) {
        parse_all(&input);
    }

    #[test]
    fn damaged_objects_never_panic(which in 0_usize..9, steps in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..6)) {
        let mut input = samples().swap_remove(which);
        for (index, damage) in steps {
            if input.is_empty() {
                break;
            }
            let at = index.index(input.len());
            match damage {
                Damage::Replace(byte) => input[at] = byte,
                Damage::Insert(byte) => input.insert(at, byte),
                Damage::Remove => drop(input.remove(at)),
                Damage::Truncate => input.truncate(at),
                Damage::Repeat(length) => {
                    let piece = input[at..(at + length).min(input.len())].to_vec();
                    input.splice(at..at, piece);
                }
            }
        }
        parse_all(&input);
    }

    #[test]
    fn length_bytes_and_digest_agree(payload in bytes(300), kid in "[ -~é]{0,40}", aad in bytes(40)) {
        let (remote, key) = (Remote::new(9), Remote::new(9).public_key());
        let mut out = vec![0; 2000];
        let sign1 = Sign1::embedded(&payload).kid(kid.as_bytes()).external_aad(&aad).prepare().unwrap();
        let object = sign1.attach(&remote.sign(sign1.digest()), &key, &mut out).unwrap();
        assert_eq!(object.len() as u64, sign1.object_len());
        assert_eq!(UnverifiedSign1::parse(object).unwrap().external_aad(&aad).verify(&key).unwrap().payload(), Some(&payload[..]));

        let jws = Jws::attached(&payload).kid(&kid).prepare().unwrap();
        let mut out = vec![0; 2000];
        let object = jws.attach(&remote.sign(jws.digest()), &key, &mut out).unwrap();
        assert_eq!(object.len() as u64, jws.object_len());
        let signing_input = &object[..object.iter().rposition(|byte| *byte == b'.').unwrap()];
        assert_eq!(jws.digest(), &Sha256::digest(signing_input));

        let envelope = Envelope::new("text/plain", &payload).keyid(&kid).prepare().unwrap();
        let mut out = vec![0; 2000];
        let object = envelope.attach(&remote.sign(envelope.digest()), &key, &mut out).unwrap();
        assert!(object.len() as u64 <= envelope.object_len_max());
        let verified = UnverifiedEnvelope::parse(object).unwrap().verify(&key).unwrap();
        assert_eq!(verified.payload(&mut [0; 300]).unwrap(), &payload[..]);
    }

    #[test]
    fn signatures_survive_der(raw in prop::array::uniform32(any::<u8>()), zeros in 0_usize..32) {
        let mut r = raw;
        r[..zeros].fill(0);
        if let Ok(signature) = Signature::from_scalars(&r, &raw) {
            let mut out = [0; Signature::DER_LENGTH_MAX];
            let ours = signature.to_der(&mut out).unwrap();
            assert_eq!(Signature::from_der(ours), Ok(signature));
            let theirs = p256::ecdsa::Signature::from_slice(signature.as_bytes()).unwrap();
            assert_eq!(theirs.to_der().as_bytes(), ours);
            assert_eq!(theirs.normalize_s().to_bytes()[..], signature.normalized().as_bytes()[..]);
        }
    }

    #[test]
    fn der_signatures_agree_with_the_der_crate(which in bytes(80)) {
        // Whatever strict reader accepts, the other must accept with the same integers, and the reverse.
        let theirs = p256::ecdsa::Signature::from_der(&which).ok();
        let ours = Signature::from_der(&which).ok();
        assert_eq!(theirs.map(|s| s.to_bytes()[..].to_vec()), ours.map(|s| s.as_bytes().to_vec()));
    }

    #[test]
    fn base64_comes_back(input in bytes(200), url_safe in any::<bool>()) {
        let alphabet = if url_safe { Alphabet::UrlSafe } else { Alphabet::Standard };
        let (mut text, mut back) = ([0; 300], [0; 300]);
        let text = base64_encode(&input, alphabet, &mut text).unwrap();
        assert_eq!(base64_decode(text.as_bytes(), alphabet, &mut back).unwrap(), &input[..]);
    }
}

#[test]
fn sinks_agree() {
    let mut length = Length::default();
    length.put(b"abc");
    assert_eq!(length.bytes(), b"abc".encoded_len());
    assert_eq!(Sha256::digest_of(b"abc".as_slice()), Sha256::digest(b"abc"));
}
