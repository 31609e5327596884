//! What bindings do in their calls, without the calls: the core's own time for the same work, which their borders are
//! compared with.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::elliptic_curve::Generate as _;
use splitsign_core::cose::Sign1;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{GeneratorTable, PreparedKey, PublicKey, Signature, TablePoint};

use crate::rounds::Contender;

/// The tables of the bindings: 44 KiB for a key that is used again, 76 KiB for the generator.
const KEY_POINTS: usize = 704;
const GENERATOR_POINTS: usize = 1216;
const OPERATIONS: usize = 64;

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    Ok(vec![
        prepare_and_attach()?,
        digest("core_crossing64b", 64, 4 * OPERATIONS),
        digest("core_crossing64k", 64 * 1024, OPERATIONS / 8),
    ])
}

/// A COSE_Sign1 with a payload of 1 KiB, prepared and attached.
fn prepare_and_attach() -> Result<Contender> {
    let signing = SigningKey::generate();
    let public = PublicKey::from_sec1(signing.verifying_key().to_sec1_point(false).as_bytes())?;
    let generator = Box::leak(vec![TablePoint::EMPTY; GENERATOR_POINTS].into_boxed_slice());
    let generator = GeneratorTable::compute(generator)?;
    let memory = vec![TablePoint::EMPTY; KEY_POINTS].into_boxed_slice();
    let key = PreparedKey::with_generator(&public, memory, generator)?;

    let payload = vec![0x5a; 1024];
    let digest = *Sign1::embedded(&payload).kid(b"bench").prepare()?.digest();
    let signature: p256::ecdsa::Signature = signing.sign_prehash(digest.as_bytes())?;
    let signature: [u8; 64] = signature.to_bytes().into();
    let mut out = vec![0; 2048];
    let mut attached = move || {
        let prepared = Sign1::embedded(black_box(&payload)).kid(b"bench").prepare().ok()?;
        let signature = Signature::from_raw(black_box(&signature)).ok()?;
        Some(prepared.attach(&signature, &key, &mut out).ok()?.len())
    };
    let length = attached().context("core_attach1k: the signature was refused")?;
    let pass = move || (0..OPERATIONS).filter(|_| attached() == Some(length)).count();
    Ok(Contender { name: "core_attach1k".to_owned(), pass: Box::new(pass), operations: OPERATIONS })
}

fn digest(name: &str, bytes: usize, operations: usize) -> Contender {
    let payload = vec![0x5a; bytes];
    let expected = Sha256::digest(&payload);
    let pass = move || (0..operations).filter(|_| Sha256::digest(black_box(&payload)) == expected).count();
    Contender { name: name.to_owned(), pass: Box::new(pass), operations }
}
