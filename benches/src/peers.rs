//! The peers, each by the fastest way that its interface has.
//!
//! Those that take a digest get a digest, and a key that was parsed before; so does ours against them. Those that hash
//! the message themselves get a message of 32 bytes; so does ours against them.

use std::hint::black_box;

use anyhow::Result;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

use crate::traffic::{Item, Pass, Traffic, Verifier};

pub(crate) const VERIFIERS: &[Verifier] = &[
    Verifier { name: "awslc", with_many_keys: true, pass: aws_lc },
    Verifier { name: "awslc_message", with_many_keys: false, pass: aws_lc_message },
    Verifier { name: "ring_message", with_many_keys: false, pass: ring_message },
    #[cfg(feature = "openssl")]
    Verifier { name: "openssl", with_many_keys: false, pass: openssl },
    Verifier { name: "p256", with_many_keys: false, pass: p256 },
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Verifier { name: "graviola_message", with_many_keys: false, pass: graviola_message },
];

/// A pass over items that were parsed as far as the library lets its users parse in advance.
fn count<T: 'static>(items: Vec<T>, mut valid: impl FnMut(&T) -> bool + 'static) -> Pass {
    Box::new(move || items.iter().filter(|item| valid(black_box(item))).count())
}

fn aws_lc(traffic: &Traffic) -> Result<Option<Pass>> {
    use aws_lc_rs::digest::{Digest, SHA256};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
    let mut keys = Vec::new();
    for sec1 in &traffic.keys {
        keys.push(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, sec1)?);
    }
    let mut items = Vec::new();
    for Item { key, digest, signature, .. } in &traffic.items {
        items.push((*key, Digest::import_less_safe(digest, &SHA256)?, *signature));
    }
    Ok(Some(count(items, move |(key, digest, signature)| keys[*key].verify_digest_sig(digest, signature).is_ok())))
}

fn aws_lc_message(traffic: &Traffic) -> Result<Option<Pass>> {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let keys = traffic.keys.clone();
    Ok(Some(count(traffic.items.clone(), move |item| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &keys[item.key]);
        key.verify(&item.message, &item.signature).is_ok()
    })))
}

/// It has no parsed keys and takes no digests.
fn ring_message(traffic: &Traffic) -> Result<Option<Pass>> {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let keys = traffic.keys.clone();
    Ok(Some(count(traffic.items.clone(), move |item| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &keys[item.key]);
        key.verify(&item.message, &item.signature).is_ok()
    })))
}

/// r and s are numbers already, and the function is the one that openssl 3 calls low-level: nothing is faster in it.
#[cfg(feature = "openssl")]
fn openssl(traffic: &Traffic) -> Result<Option<Pass>> {
    use openssl::bn::{BigNum, BigNumContext};
    use openssl::ec::{EcGroup, EcKey, EcPoint};
    use openssl::ecdsa::EcdsaSig;
    use openssl::nid::Nid;
    let (group, mut context) = (EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?, BigNumContext::new()?);
    let mut keys = Vec::new();
    for sec1 in &traffic.keys {
        let point = EcPoint::from_bytes(&group, sec1, &mut context)?;
        keys.push(EcKey::from_public_key(&group, &point)?);
    }
    let mut items = Vec::new();
    for Item { key, digest, signature, .. } in &traffic.items {
        let (r, s) = signature.split_at(32);
        let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
        items.push((*key, *digest, signature));
    }
    Ok(Some(count(items, move |(key, digest, signature)| signature.verify(digest, &keys[*key]).unwrap_or(false))))
}

fn p256(traffic: &Traffic) -> Result<Option<Pass>> {
    use p256::ecdsa::{Signature, VerifyingKey};
    let mut keys = Vec::new();
    for sec1 in &traffic.keys {
        keys.push(VerifyingKey::from_sec1_bytes(sec1)?);
    }
    Ok(Some(count(traffic.items.clone(), move |item| {
        let signature = Signature::from_slice(&item.signature);
        signature.is_ok_and(|signature| keys[item.key].verify_prehash(&item.digest, &signature).is_ok())
    })))
}

/// It takes no digests. Keys are parsed in advance.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn graviola_message(traffic: &Traffic) -> Result<Option<Pass>> {
    use graviola::hashing::Sha256;
    use graviola::signing::ecdsa::{P256, VerifyingKey};
    if !graviola_runs_here() {
        return Ok(None);
    }
    let mut keys = Vec::new();
    for sec1 in &traffic.keys {
        let key = VerifyingKey::<P256>::from_x962_uncompressed(sec1);
        keys.push(key.map_err(|error| anyhow::anyhow!("graviola: {error:?}"))?);
    }
    Ok(Some(count(traffic.items.clone(), move |item| {
        keys[item.key].verify::<Sha256>(&[&item.message], &item.signature).is_ok()
    })))
}

/// It stops the process on a machine that lacks what its documentation lists.
#[cfg(target_arch = "x86_64")]
fn graviola_runs_here() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("aes") && has!("ssse3") && has!("avx") && has!("avx2") && has!("adx") && has!("bmi2") && has!("pclmulqdq")
}

#[cfg(target_arch = "aarch64")]
fn graviola_runs_here() -> bool {
    use std::arch::is_aarch64_feature_detected as has;
    has!("aes") && has!("sha2") && has!("pmull") && has!("neon")
}
