//! The behaviour that every provider must have. Each provider's tests hand a fixture to [`holds`], and to [`fails_well`]
//! what it knows of faults; what only one of them can do wrong is tested beside it.

mod faults;
mod server;
mod skipped;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};

pub(crate) use faults::{Call, Failing, Fault, Faulty, fails_well};
pub(crate) use server::{Answer, ContractServer, Request};
pub(crate) use skipped::skipped;

use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider};

/// A provider, ready to make keys.
pub(crate) struct Fixture {
    pub(crate) provider: Arc<dyn Provider>,
    /// Well-formed references of keys that do not exist.
    pub(crate) unknown: Vec<KeyReference>,
    /// What is no reference of this provider.
    pub(crate) malformed: Vec<KeyReference>,
    /// Whether it issues certificates with its keys.
    pub(crate) has_chain: bool,
}

/// Runs the suite.
pub(crate) async fn holds(fixture: &Fixture) {
    let key = keys_are_created_and_described(fixture).await;
    holds_with(fixture, &key).await;
}

/// Runs the suite for a provider that makes no keys, with two that it has.
pub(crate) async fn holds_for_keys_that_exist(fixture: &Fixture, keys: [KeyReference; 2]) {
    let new = NewKey { key_id: "acme/contract".to_owned(), version: 1 };
    let refused = fixture.provider.create_key(&new).await.expect_err("it makes no keys");
    assert_eq!(refused.class(), ErrorClass::Invalid, "{refused}");
    assert!(refused.message().contains("adopt") && refused.message().contains("acme/contract"), "{refused}");
    let [first, second] = keys;
    let second = fixture.provider.describe_key(&second).await.expect("a key that exists can be described");
    let first = fixture.provider.describe_key(&first).await.expect("and so can the other");
    assert_ne!(first.public_key, second.public_key, "each name has its own key");
    assert_ne!(first.reference, second.reference);
    described_again(fixture, &first).await;
    holds_with(fixture, &first).await;
}

async fn holds_with(fixture: &Fixture, key: &KeyDescription) {
    exactly_the_digest_is_signed(fixture, key).await;
    a_hundred_signatures_verify(fixture, key).await;
    signatures_may_be_made_at_once(fixture, key).await;
    references_that_name_nothing_are_refused(fixture).await;
    // After all these failures, it works as before.
    sign(fixture, key, &Sha256::digest(b"after")).await;
}

async fn keys_are_created_and_described(fixture: &Fixture) -> KeyDescription {
    let create = |version| NewKey { key_id: "acme/contract".to_owned(), version };
    let first = fixture.provider.create_key(&create(1)).await.expect("a key can be created");
    let second = fixture.provider.create_key(&create(2)).await.expect("so can its next version");
    assert_ne!(first.public_key, second.public_key, "each version has its own key");
    assert_ne!(first.reference, second.reference);

    described_again(fixture, &first).await;
    first
}

async fn described_again(fixture: &Fixture, first: &KeyDescription) {
    let described = fixture.provider.describe_key(&first.reference).await.expect("what was described can be again");
    assert_eq!(described.reference, first.reference, "a canonical reference stays as it is");
    assert_eq!(described.public_key, first.public_key);
    assert_eq!(described.certificate_chain, first.certificate_chain);
    assert_eq!(!described.certificate_chain.is_empty(), fixture.has_chain);
    assert_eq!(fixture.provider.certifies_keys(), fixture.has_chain, "it says so before a key is made");
}

async fn exactly_the_digest_is_signed(fixture: &Fixture, key: &KeyDescription) {
    let digest = Sha256::digest(b"signed as it is");
    let signature = sign(fixture, key, &digest).await;
    let hashed_again = Sha256::digest(digest.as_bytes());
    assert!(key.public_key.verify_digest(&hashed_again, &signature).is_err(), "the digest was hashed again");
    openssl_verifies(&key.public_key, &digest, &signature);
    // Digests with meaning to nobody but us: all zeros, all ones.
    for bytes in [[0; 32], [0xff; 32]] {
        sign(fixture, key, &Sha256Digest::from_bytes(bytes)).await;
    }
}

async fn a_hundred_signatures_verify(fixture: &Fixture, key: &KeyDescription) {
    // By chance one in 128 has an r or s with a leading zero byte. See `short_scalars_arrive`.
    for number in 0..100_u8 {
        sign(fixture, key, &Sha256::digest(&[number])).await;
    }
}

/// Has a service that signs with `key` make an r, and then an s, with a leading zero byte: providers that forget to pad
/// get them wrong.
pub(crate) async fn short_scalars_arrive(provider: &dyn Provider, reference: &KeyReference, key: &SigningKey) {
    for first_byte in [0, 32] {
        let mut made = (0..u32::MAX).map(|number| {
            let digest = Sha256::digest(&number.to_be_bytes());
            let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
            (digest, signature.to_bytes())
        });
        let (digest, short) = made.find(|(_, bytes)| bytes[first_byte] == 0).unwrap();
        let signature = provider.sign_digest(reference, &digest).await.unwrap();
        assert_eq!(signature.as_bytes()[..], short[..]);
    }
}

async fn signatures_may_be_made_at_once(fixture: &Fixture, key: &KeyDescription) {
    let tasks: Vec<_> = (0..32_u8)
        .map(|number| {
            let (provider, key) = (Arc::clone(&fixture.provider), key.clone());
            tokio::spawn(async move {
                let digest = Sha256::digest(&[number, number]);
                let signature = provider.sign_digest(&key.reference, &digest).await.expect("calls may be concurrent");
                key.public_key.verify_digest(&digest, &signature).expect("each caller gets the answer to its digest");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn references_that_name_nothing_are_refused(fixture: &Fixture) {
    let digest = Sha256::digest(b"for nobody");
    let groups = [(&fixture.unknown, ErrorClass::NotFound), (&fixture.malformed, ErrorClass::Invalid)];
    for (references, class) in groups {
        for reference in references {
            let signing = fixture.provider.sign_digest(reference, &digest).await.expect_err(reference.as_str());
            let describing = fixture.provider.describe_key(reference).await.expect_err(reference.as_str());
            for error in [signing, describing] {
                assert_eq!(error.class(), class, "{reference:?}: {error}");
                assert!(!error.message().is_empty());
            }
        }
    }
}

async fn sign(fixture: &Fixture, key: &KeyDescription, digest: &Sha256Digest) -> Signature {
    let signature = fixture.provider.sign_digest(&key.reference, digest).await.expect("the key signs");
    key.public_key.verify_digest(digest, &signature).expect("the signature is one over the digest by this key");
    signature
}

/// Has a stranger check the signature over the digest; says so loudly if there is none.
pub(crate) fn openssl_verifies(key: &PublicKey, digest: &Sha256Digest, signature: &Signature) {
    let directory = tempfile::tempdir().unwrap();
    let mut der = [0; Signature::DER_LENGTH_MAX];
    let write = |name: &str, bytes: &[u8]| {
        use std::io::Write as _;
        std::fs::File::create(directory.path().join(name)).unwrap().write_all(bytes).unwrap();
    };
    write("key.der", &key.to_spki());
    write("digest", digest.as_bytes());
    write("signature", signature.to_der(&mut der).unwrap());
    let arguments = "pkeyutl -verify -pubin -keyform DER -inkey key.der -in digest -sigfile signature";
    if let Some((succeeded, output)) = openssl(directory.path(), arguments) {
        assert!(succeeded, "openssl refuses the signature: {output}");
    }
}

/// Runs openssl in a directory: whether it succeeded and what it wrote; `None` where there is no openssl.
pub(crate) fn openssl(directory: &Path, arguments: &str) -> Option<(bool, String)> {
    match Command::new("openssl").current_dir(directory).args(arguments.split(' ')).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
        }
        Err(error) => {
            skipped(&format!("openssl does not run here ({error}), so it agrees with nothing"));
            None
        }
    }
}
