//! What it costs to prepare a key.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PreparedKey, PublicKey, Signature, TablePoint, Verifier as _};

use crate::rounds::Contender;
use crate::traffic::{KEYS, Traffic};

const SIZES: [(usize, &str); 3] = [(32, "table_build_32k"), (64, "table_build_64k"), (300, "table_build_300k")];

/// A pass builds a table for each of several keys, in the same memory. That the tables are right is seen by their
/// verdicts, which is a small part of the time.
pub(crate) fn contenders() -> Result<Vec<Contender>> {
    let traffic = Traffic::generate(KEYS)?;
    let mut cases = Vec::new();
    for (index, sec1) in traffic.keys.iter().enumerate() {
        let item = traffic.items.iter().find(|item| item.key == index).context("every key has signed")?;
        let (digest, signature) = (Sha256Digest::from_bytes(item.digest), Signature::from_raw(&item.signature)?);
        cases.push((PublicKey::from_sec1(sec1)?, digest, signature));
    }
    let contender = |(kibibytes, name): (usize, &str)| {
        let mut memory = vec![TablePoint::EMPTY; kibibytes * 1024 / size_of::<TablePoint>()];
        let cases = cases.clone();
        let pass = move || {
            let right = cases.iter().filter(|(key, digest, signature)| {
                let prepared = PreparedKey::new(black_box(key), memory.as_mut_slice());
                prepared.is_ok_and(|prepared| prepared.verify_digest(digest, signature).is_ok())
            });
            right.count()
        };
        Contender { name: name.to_owned(), pass: Box::new(pass), operations: KEYS }
    };
    Ok(SIZES.into_iter().map(contender).collect())
}
