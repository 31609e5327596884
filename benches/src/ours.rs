//! The core's verifications.

use std::hint::black_box;

use anyhow::Result;
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{
    BatchItem, PreparedKey, PublicKey, Signature, TablePoint, Verifier as Verify, verify_batch,
};

use crate::traffic::{Pass, Traffic, Verifier};

/// Table points in 64 KiB.
const POINTS_64_KIB: usize = 64 * 1024 / size_of::<TablePoint>();
/// Table points in 300 KiB.
const POINTS_300_KIB: usize = 300 * 1024 / size_of::<TablePoint>();

pub(crate) const VERIFIERS: &[Verifier] = &[
    Verifier { name: "oneshot", with_many_keys: true, pass: oneshot },
    Verifier { name: "oneshot_message", with_many_keys: false, pass: oneshot_message },
    Verifier { name: "prepared64", with_many_keys: true, pass: prepared::<POINTS_64_KIB> },
    Verifier { name: "prepared64_message", with_many_keys: false, pass: prepared_message::<POINTS_64_KIB> },
    Verifier { name: "prepared300", with_many_keys: true, pass: prepared::<POINTS_300_KIB> },
    Verifier { name: "batch", with_many_keys: true, pass: batch },
    Verifier { name: "batch_prepared300", with_many_keys: false, pass: batch_prepared::<POINTS_300_KIB> },
];

type Prepared = PreparedKey<'static, Box<[TablePoint]>>;

/// Keys are read and checked once, as a program does that keeps them.
fn keys(traffic: &Traffic) -> Result<Vec<PublicKey>> {
    Ok(traffic.keys.iter().map(|sec1| PublicKey::from_sec1(sec1)).collect::<Result<_, _>>()?)
}

fn prepared_keys<const POINTS: usize>(traffic: &Traffic) -> Result<Vec<Prepared>> {
    let mut prepared = Vec::new();
    for key in keys(traffic)? {
        prepared.push(PreparedKey::new(&key, vec![TablePoint::EMPTY; POINTS].into_boxed_slice())?);
    }
    Ok(prepared)
}

/// Reading the 64 bytes is part of every verification.
fn signature(raw: &[u8; 64]) -> Option<Signature> {
    Signature::from_raw(black_box(raw)).ok()
}

fn count<V: Verify + 'static>(keys: Vec<V>, traffic: &Traffic) -> Pass {
    let items = traffic.items.clone();
    Box::new(move || {
        let valid = items.iter().filter(|item| {
            signature(&item.signature).is_some_and(|signature| {
                let digest = Sha256Digest::from_bytes(item.digest);
                black_box(&keys[item.key]).verify_digest(black_box(&digest), &signature).is_ok()
            })
        });
        valid.count()
    })
}

/// As [`count`], for peers that hash the message themselves.
fn count_messages<V: Verify + 'static>(keys: Vec<V>, traffic: &Traffic) -> Pass {
    let items = traffic.items.clone();
    Box::new(move || {
        let valid = items.iter().filter(|item| {
            signature(&item.signature).is_some_and(|signature| {
                let digest = Sha256::digest(black_box(&item.message));
                black_box(&keys[item.key]).verify_digest(&digest, &signature).is_ok()
            })
        });
        valid.count()
    })
}

fn oneshot(traffic: &Traffic) -> Result<Option<Pass>> {
    Ok(Some(count(keys(traffic)?, traffic)))
}

/// The key comes as bytes each time, and is checked each time: so do the peers that hash.
fn oneshot_message(traffic: &Traffic) -> Result<Option<Pass>> {
    let traffic = traffic.clone();
    Ok(Some(Box::new(move || {
        let valid = traffic.items.iter().filter(|item| {
            let key = PublicKey::from_sec1(black_box(&traffic.keys[item.key])).ok();
            key.zip(signature(&item.signature)).is_some_and(|(key, signature)| {
                key.verify_digest(&Sha256::digest(black_box(&item.message)), &signature).is_ok()
            })
        });
        valid.count()
    })))
}

fn prepared<const POINTS: usize>(traffic: &Traffic) -> Result<Option<Pass>> {
    Ok(Some(count(prepared_keys::<POINTS>(traffic)?, traffic)))
}

fn prepared_message<const POINTS: usize>(traffic: &Traffic) -> Result<Option<Pass>> {
    Ok(Some(count_messages(prepared_keys::<POINTS>(traffic)?, traffic)))
}

fn count_batch<V: Verify + 'static>(keys: Vec<V>, traffic: &Traffic) -> Pass {
    let items = traffic.items.clone();
    Box::new(move || {
        let mut batch = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(signature) = signature(&item.signature) {
                let verifier = black_box(&keys[item.key]);
                batch.push(BatchItem { verifier, digest: Sha256Digest::from_bytes(item.digest), signature });
            }
        }
        let mut valid = 0;
        verify_batch(black_box(&batch), |_, verdict| valid += usize::from(verdict.is_ok()));
        valid
    })
}

fn batch(traffic: &Traffic) -> Result<Option<Pass>> {
    Ok(Some(count_batch(keys(traffic)?, traffic)))
}

fn batch_prepared<const POINTS: usize>(traffic: &Traffic) -> Result<Option<Pass>> {
    Ok(Some(count_batch(prepared_keys::<POINTS>(traffic)?, traffic)))
}
