//! SHA-256 alone.

use std::hint::black_box;

use splitsign_core::digest::Sha256;

use crate::rounds::Contender;

/// What a pass hashes, in pieces of each size.
const PASS_BYTES: usize = 256 * 1024;
const SIZES: [(usize, &str); 3] = [(64, "64b"), (1024, "1k"), (16 * 1024, "16k")];

type Digest = fn(&[u8]) -> [u8; 32];

const IMPLEMENTATIONS: [(&str, Digest); 3] = [("", ours), ("_ring", ring), ("_awslc", aws_lc)];

pub(crate) fn contenders() -> Vec<Contender> {
    let mut contenders = Vec::new();
    for (size, size_name) in SIZES {
        let payload = vec![0x5a; size];
        // Of another implementation than the one that is measured first.
        let expected = aws_lc(&payload);
        for (name, digest) in IMPLEMENTATIONS {
            let (payload, operations) = (payload.clone(), PASS_BYTES / size);
            let pass = move || (0..operations).filter(|_| digest(black_box(&payload)) == expected).count();
            contenders.push(Contender { name: format!("sha256_{size_name}{name}"), pass: Box::new(pass), operations });
        }
    }
    contenders
}

fn ours(bytes: &[u8]) -> [u8; 32] {
    *Sha256::digest(bytes).as_bytes()
}

fn ring(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

fn aws_lc(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    out
}
