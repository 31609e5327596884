//! Public keys and signatures in all their encodings, against `p256`, `minicbor` and `serde_json`.

use std::borrow::Cow;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use serde::Deserialize;
use splitsign_core::Code;
use splitsign_core::ecdsa::{LowS, PublicKey, Signature};

use crate::oracle::points_into;

/// Keys in SEC 1, SubjectPublicKeyInfo, JWK and COSE_Key.
pub fn public_key(data: &[u8]) {
    for (ours, theirs) in [
        (PublicKey::from_sec1(data), p256::PublicKey::from_sec1_bytes(data).ok().filter(|_| data[0] != COMPACT)),
        (PublicKey::from_spki(data), p256::PublicKey::from_public_key_der(data).ok().filter(|_| data[26] != COMPACT)),
    ] {
        if let Err(error) = ours {
            points_into(error, data);
        }
        assert_eq!(
            ours.map(|key| key.to_sec1().to_vec()).ok(),
            theirs.map(|key| key.to_sec1_point(false).as_bytes().to_vec())
        );
        ours.into_iter().for_each(comes_back);
    }
    match PublicKey::from_jwk(data) {
        Ok(key) => {
            let theirs: Jwk<'_> = serde_json::from_slice(data).expect("what is accepted is JSON");
            assert_eq!((&*theirs.kty, &*theirs.crv), ("EC", "P-256"));
            let [x, y] = [theirs.x, theirs.y].map(|text| Base64UrlUnpadded::decode_vec(&text).expect("base64url"));
            assert_eq!(key.to_sec1()[1..], [x, y].concat());
            on_the_curve(&key);
            comes_back(key);
        }
        Err(error) => points_into(error, data),
    }
    match PublicKey::from_cose_key(data) {
        Ok(key) => {
            assert_eq!(cose_key(data).expect("what is accepted is CBOR"), key.to_sec1());
            comes_back(key);
        }
        Err(error) => points_into(error, data),
    }
}

/// The tag of SEC 1 points without a sign, which `p256` reads and COSE, JOSE and X.509 do not know.
const COMPACT: u8 = 5;

/// The members that are looked at; others are ignored, as here.
#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    crv: Cow<'a, str>,
    #[serde(borrow)]
    x: Cow<'a, str>,
    #[serde(borrow)]
    y: Cow<'a, str>,
}

/// The point of a COSE_Key, decompressed by `p256` where it must be.
fn cose_key(data: &[u8]) -> Result<[u8; 65], minicbor::decode::Error> {
    let mut decoder = minicbor::Decoder::new(data);
    let (mut x, mut y, mut sign) = (None, None, None);
    for _ in 0..decoder.map()?.unwrap_or(0) {
        if decoder.datatype()? == minicbor::data::Type::String {
            decoder.skip()?;
            decoder.skip()?;
            continue;
        }
        match (i128::from(decoder.int()?), decoder.datatype()?) {
            (-2, _) => x = Some(decoder.bytes()?),
            (-3, minicbor::data::Type::Bool) => sign = Some(decoder.bool()?),
            (-3, _) => y = Some(decoder.bytes()?),
            _ => decoder.skip()?,
        }
    }
    let x = x.expect("a key has an x");
    let sec1 = match (y, sign) {
        (Some(y), _) => [&[4], x, y].concat(),
        (None, sign) => [&[2 + u8::from(sign.expect("a key has a y"))], x].concat(),
    };
    let key = p256::PublicKey::from_sec1_bytes(&sec1).expect("a point of the curve");
    Ok(key.to_sec1_point(false).as_bytes().try_into().expect("uncompressed"))
}

fn on_the_curve(key: &PublicKey) {
    assert!(p256::PublicKey::from_sec1_bytes(&key.to_sec1()).is_ok());
}

/// A key survives every encoding, and `p256` writes the same ones.
fn comes_back(key: PublicKey) {
    let theirs = p256::PublicKey::from_sec1_bytes(&key.to_sec1()).expect("a point of the curve");
    assert_eq!(PublicKey::from_sec1(&key.to_sec1()), Ok(key));
    assert_eq!(PublicKey::from_sec1(theirs.to_sec1_point(true).as_bytes()), Ok(key), "compressed");
    assert_eq!(theirs.to_public_key_der().expect("encodes").as_bytes(), key.to_spki());
    assert_eq!(PublicKey::from_spki(&key.to_spki()), Ok(key));
    let mut out = [0; 200];
    assert_eq!(PublicKey::from_jwk(key.to_jwk(&mut out).expect("fits")), Ok(key));
    assert_eq!(PublicKey::from_cose_key(key.to_cose_key(&mut out).expect("fits")), Ok(key));
    let needed = key.to_jwk(&mut []).map(|_| ()).expect_err("nothing fits into nothing");
    assert_eq!(needed.code(), Code::OutputTooSmall);
}

/// Signatures in DER, raw, and as two integers.
pub fn signature(data: &[u8]) {
    let (r, s) = data.split_at(data.len() / 2);
    for (ours, theirs) in [
        (Signature::from_der(data), p256::ecdsa::Signature::from_der(data).ok()),
        (Signature::from_raw(data), p256::ecdsa::Signature::from_slice(data).ok()),
        (Signature::from_scalars(r, s), padded(r, s).and_then(|raw| p256::ecdsa::Signature::from_slice(&raw).ok())),
    ] {
        if let Err(error) = ours {
            // The offsets of scalars without zeros in front are those of the raw form.
            points_into(error, if data.len() < 64 { &[0; 64] } else { data });
        }
        assert_eq!(ours.map(|ours| ours.as_bytes().to_vec()).ok(), theirs.map(|theirs| theirs.to_bytes().to_vec()));
        let (Ok(ours), Some(theirs)) = (ours, theirs) else { continue };
        let mut out = [0; Signature::DER_LENGTH_MAX];
        let der = ours.to_der(&mut out).expect("the longest fits");
        assert_eq!(der, theirs.to_der().as_bytes());
        assert_eq!(Signature::from_der(der), Ok(ours));
        let low = theirs.normalize_s();
        assert_eq!(ours.normalized().as_bytes()[..], low.to_bytes()[..]);
        assert_eq!(ours.is_low_s(), low == theirs);
        assert_eq!(ours.with_policy(LowS::Require).is_ok(), low == theirs);
        assert!(ours.normalized().is_low_s());
    }
}

/// Two integers as 64 bytes.
fn padded(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let pad = |integer: &[u8]| {
        let digits = &integer[integer.iter().take_while(|byte| **byte == 0).count()..];
        Some([&vec![0; 32_usize.checked_sub(digits.len())?], digits].concat())
    };
    Some([pad(r)?, pad(s)?].concat())
}
