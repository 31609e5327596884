//! NIST's response files: CAVP `SigVer` and `PKV` for P-256 (FIPS 186-4, and FIPS 186-2 with SHA-1), and SHA-256.
//!
//! They are in the Python package `cryptography_vectors`, and `cargo xtask test` names its folder. Nothing is run without
//! it, and `cargo test` says so.

use std::path::PathBuf;

use sha2::Digest as _;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::hashes::leftmost_256_bits;
use crate::remote::hex;

/// A response file.
#[expect(clippy::disallowed_methods, reason = "what is not in this repository is named by who runs the test")]
fn read(name: &str) -> String {
    let folder = std::env::var_os("SPLITSIGN_NIST_VECTORS").expect("`cargo xtask test` says where the vectors are");
    std::fs::read_to_string(PathBuf::from(folder).join(name)).expect("the vectors are there")
}

/// The cases of a response file: the section that each is in, and its values. Blank lines are between cases.
fn cases(file: &str) -> Vec<(String, Vec<(&str, &str)>)> {
    let (mut section, mut cases, mut case) = (String::new(), Vec::new(), Vec::new());
    for line in file.lines().map(str::trim).chain([""]) {
        match line.split_once(" = ") {
            _ if line.starts_with(['#', '[']) => section = line.to_owned(),
            Some(pair) => case.push(pair),
            None if !case.is_empty() => cases.push((section.clone(), core::mem::take(&mut case))),
            None => {}
        }
    }
    cases
}

/// The value of a name in a case.
fn value<'a>(case: &[(&str, &'a str)], name: &str) -> &'a str {
    case.iter().find(|(found, _)| *found == name).expect("the value is there").1
}

/// An integer of at most 32 bytes, with zeros in front; coordinates that are longer stay so.
fn integer(digits: &str) -> Vec<u8> {
    hex(&format!("{digits:0>width$}", width = digits.len().next_multiple_of(2).max(64)))
}

fn key(case: &[(&str, &str)]) -> splitsign_core::Result<PublicKey> {
    PublicKey::from_sec1(&[vec![4], integer(value(case, "Qx")), integer(value(case, "Qy"))].concat())
}

type Hash = fn(&[u8]) -> Vec<u8>;

const HASHES: [(&str, Hash); 5] = [
    ("SHA-1", |message| sha1::Sha1::digest(message).to_vec()),
    ("SHA-224", |message| sha2::Sha224::digest(message).to_vec()),
    ("SHA-256", |message| Sha256::digest(message).as_bytes().to_vec()),
    ("SHA-384", |message| sha2::Sha384::digest(message).to_vec()),
    ("SHA-512", |message| sha2::Sha512::digest(message).to_vec()),
];

/// Passed and failed cases of a section.
fn verify_section(file: &str, section: &str, hash: Hash) -> (usize, usize) {
    let (mut passed, mut failed) = (0, 0);
    for (_, case) in cases(file).into_iter().filter(|(found, _)| found == section) {
        let digest = leftmost_256_bits(&hash(&hex(value(&case, "Msg"))));
        let verdict = Signature::from_scalars(&integer(value(&case, "R")), &integer(value(&case, "S")))
            .and_then(|signature| key(&case)?.verify_digest(&digest, &signature));
        let valid = value(&case, "Result").starts_with('P');
        assert_eq!(verdict.is_ok(), valid, "{section}: {case:?}");
        *if valid { &mut passed } else { &mut failed } += 1;
    }
    (passed, failed)
}

#[test]
#[ignore = "NIST's vectors are in a Python package: `cargo xtask test` brings them"]
fn signature_verification() {
    let file = read("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp");
    let counts = HASHES.map(|(name, hash)| verify_section(&file, &format!("[P-256,{name}]"), hash));
    assert_eq!(counts, [(3, 12); 5]);
    let file = read("asymmetric/ECDSA/FIPS_186-2/SigVer.rsp");
    assert_eq!(verify_section(&file, "[P-256]", HASHES[0].1), (3, 12));
}

#[test]
#[ignore = "NIST's vectors are in a Python package: `cargo xtask test` brings them"]
fn public_key_validation() {
    for name in ["FIPS_186-2", "FIPS_186-3"] {
        let file = read(&format!("asymmetric/ECDSA/{name}/PKV.rsp"));
        let (mut valid, mut invalid) = (0, 0);
        for (_, case) in cases(&file).into_iter().filter(|(section, _)| section == "[P-256]") {
            let passes = value(&case, "Result").starts_with('P');
            assert_eq!(key(&case).is_ok(), passes, "{case:?}");
            *if passes { &mut valid } else { &mut invalid } += 1;
        }
        assert_eq!((valid, invalid), (4, 8), "{name}");
    }
}

#[test]
#[ignore = "NIST's vectors are in a Python package: `cargo xtask test` brings them"]
fn sha_256_messages() {
    let mut counts = Vec::new();
    for name in ["SHA256ShortMsg", "SHA256LongMsg"] {
        let file = read(&format!("hashes/SHA2/{name}.rsp"));
        let messages = cases(&file).into_iter().filter(|(_, case)| case.iter().any(|(name, _)| *name == "Msg"));
        let mut count = 0;
        for (_, case) in messages {
            let bytes = value(&case, "Len").parse::<usize>().unwrap() / 8;
            let message = &hex(value(&case, "Msg"))[..bytes];
            assert_eq!(Sha256::digest(message).as_bytes()[..], hex(value(&case, "MD")), "{bytes} bytes");
            let mut hash = Sha256::new();
            message.chunks(1 + bytes / 7).for_each(|piece| hash.update(piece));
            assert_eq!(hash.finish(), Sha256::digest(message), "{bytes} bytes in pieces");
            count += 1;
        }
        counts.push(count);
    }
    assert_eq!(counts, [65, 64]);
}

/// SHAVS, 6.4: a thousand digests for each checkpoint, each of the three before it.
#[test]
#[ignore = "NIST's vectors are in a Python package: `cargo xtask test` brings them"]
fn sha_256_monte_carlo() {
    let file = read("hashes/SHA2/SHA256Monte.rsp");
    let (mut seed, mut checkpoints) = (Vec::new(), 0);
    for (_, case) in cases(&file) {
        if let Some((_, given)) = case.iter().find(|(name, _)| *name == "Seed") {
            seed = hex(given);
            continue;
        }
        if !case.iter().any(|(name, _)| *name == "MD") {
            continue;
        }
        let mut last = [seed.clone(), seed.clone(), seed.clone()];
        for _ in 0..1000 {
            let next = Sha256::digest(&last.concat()).as_bytes().to_vec();
            last.rotate_left(1);
            last[2] = next;
        }
        seed.clone_from(&last[2]);
        assert_eq!(seed, hex(value(&case, "MD")), "checkpoint {checkpoints}");
        checkpoints += 1;
    }
    assert_eq!(checkpoints, 100);
}
