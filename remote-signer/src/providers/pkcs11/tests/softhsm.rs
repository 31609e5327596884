//! Against SoftHSM: keys that are made here, keys that others made, and a token that is lost while it is used.

use std::sync::Arc;

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::slot::Slot;
use splitsign_core::digest::Sha256;

use super::token::{self, LABEL, alone};
use crate::providers::contract::{self, Fixture};
use crate::providers::pkcs11::Config;
use crate::providers::{ErrorClass, KeyReference, NewKey};

macro_rules! name {
    ($test:literal) => {
        concat!(module_path!(), "::", $test)
    };
}

/// That of the token that the tests use.
fn slot(library: &Pkcs11) -> Slot {
    let slots = library.get_slots_with_initialized_token().unwrap();
    slots.into_iter().find(|slot| library.get_token_info(*slot).unwrap().label() == LABEL).unwrap()
}

fn new(version: u32) -> NewKey {
    NewKey { key_id: "acme/c2pa".to_owned(), version }
}

#[test]
fn behaves_as_every_provider() {
    alone(name!("behaves_as_every_provider"), async |token| {
        let unknown = [
            "pkcs11:object=none",
            "pkcs11:id=%00",
            "pkcs11:token=splitsign%20test;object=acme%2Fcontract%2F1;id=%00",
            "pkcs11:token=another;object=acme%2Fcontract%2F1",
        ];
        contract::holds(&Fixture {
            provider: token.provider().await,
            unknown: unknown.map(KeyReference::new).into(),
            malformed: ["", "pkcs11:", "pkcs11:token=a", "file:a/b/1", "pkcs11:object=a?pin-value=1"]
                .map(KeyReference::new)
                .into(),
            has_chain: false,
        })
        .await;
    });
}

#[test]
fn keys_that_are_made_here_stay_on_the_token() {
    alone(name!("keys_that_are_made_here_stay_on_the_token"), async |token| {
        let provider = token.provider().await;
        let made = provider.create_key(&new(1)).await.unwrap();
        let uri = made.reference.as_str();
        assert!(uri.starts_with("pkcs11:token=splitsign%20test;object=acme%2Fc2pa%2F1;id=%"), "{uri}");
        let rotated = provider.create_key(&new(2)).await.unwrap();
        assert!(rotated.reference.as_str().contains("object=acme%2Fc2pa%2F2;"), "{rotated:?}");
        for key in [&made, &rotated] {
            let digest = Sha256::digest(b"old and new");
            let signature = provider.sign_digest(&key.reference, &digest).await.unwrap();
            key.public_key.verify_digest(&digest, &signature).unwrap();
        }

        // What a stranger is told of it.
        let library = Pkcs11::new(&token.module).unwrap();
        let session = library.open_ro_session(slot(&library)).unwrap();
        let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
        assert_eq!(keys.len(), 2);
        let asked = [AttributeType::Sensitive, AttributeType::Extractable, AttributeType::Value];
        let attributes = session.get_attributes(keys[0], &asked).unwrap();
        assert_eq!(attributes, [Attribute::Sensitive(true), Attribute::Extractable(false)]);
    });
}

#[test]
fn keys_that_others_made_are_adopted() {
    alone(name!("keys_that_others_made_are_adopted"), async |token| {
        token.generate("theirs", "0a0b", "EC:prime256v1", &["--usage-sign"]);
        let provider = token.provider().await;
        let digest = Sha256::digest(b"adopted");
        for uri in [
            "pkcs11:object=theirs",
            "pkcs11:id=%0a%0B",
            "pkcs11:token=splitsign%20test;object=theirs;type=private",
            "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;token=splitsign%20test;id=%0a%0b",
        ] {
            let described = provider.describe_key(&KeyReference::new(uri)).await.unwrap();
            assert_eq!(described.reference.as_str(), "pkcs11:token=splitsign%20test;object=theirs;id=%0A%0B");
            let signature = provider.sign_digest(&KeyReference::new(uri), &digest).await.unwrap();
            described.public_key.verify_digest(&digest, &signature).unwrap();
            contract::openssl_verifies(&described.public_key, &digest, &signature);
        }

        // A second key of the same label: which one is meant must be said.
        token.generate("theirs", "0c", "EC:prime256v1", &["--usage-sign"]);
        let error = provider.describe_key(&KeyReference::new("pkcs11:object=theirs")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        assert!(error.message().contains("add id="), "{error}");
        provider.describe_key(&KeyReference::new("pkcs11:object=theirs;id=%0c")).await.unwrap();

        // A private key without its public key.
        token.pkcs11_tool(&["--delete-object", "--type", "pubkey", "--id", "0c"]);
        let error = provider.describe_key(&KeyReference::new("pkcs11:id=%0c")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        assert!(error.message().contains("--type pubkey"), "{error}");
    });
}

#[test]
fn keys_of_another_kind_are_invalid() {
    alone(name!("keys_of_another_kind_are_invalid"), async |token| {
        token.generate("p384", "01", "EC:secp384r1", &["--usage-sign"]);
        token.generate("rsa", "02", "rsa:2048", &["--usage-sign"]);
        let provider = token.provider().await;
        provider.describe_key(&KeyReference::new("pkcs11:object=p384")).await.unwrap_err();
        // In this process, which is logged in by now: pkcs11-tool makes no key that cannot sign.
        let library = Pkcs11::new(&token.module).unwrap();
        let session = library.open_rw_session(slot(&library)).unwrap();
        let both = [Attribute::Token(true), Attribute::Label(b"derive".to_vec())];
        let curve = Attribute::EcParams(vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        let private = [&both[..], &[Attribute::Sign(false), Attribute::Derive(true)]].concat();
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &[&both[..], &[curve]].concat(), &private).unwrap();
        for (label, words) in [("p384", "P-256"), ("rsa", "elliptic curve"), ("derive", "CKA_SIGN")] {
            let reference = KeyReference::new(format!("pkcs11:object={label}"));
            for error in [
                provider.describe_key(&reference).await.unwrap_err(),
                provider.sign_digest(&reference, &Sha256::digest(b"no")).await.unwrap_err(),
            ] {
                assert_eq!(error.class(), ErrorClass::Invalid, "{label}: {error}");
                assert!(error.message().contains(words) && error.message().contains(label), "{error}");
            }
        }
    });
}

#[test]
fn a_wrong_pin_is_tried_once() {
    alone(name!("a_wrong_pin_is_tried_once"), async |token| {
        token.generate("theirs", "0a", "EC:prime256v1", &["--usage-sign"]);
        let reference = KeyReference::new("pkcs11:object=theirs");
        token::write(&token.folder.join("pin"), "000000");
        let provider = token.provider().await;
        let count_low = || {
            let library = Pkcs11::new(&token.module).unwrap();
            let slots = library.get_slots_with_initialized_token().unwrap();
            slots.into_iter().any(|slot| library.get_token_info(slot).unwrap().user_pin_count_low())
        };
        let first = provider.describe_key(&reference).await.unwrap_err();
        assert_eq!(first.class(), ErrorClass::Denied, "{first}");
        assert!(first.message().contains("providers.pkcs11.pin"), "{first}");
        assert!(count_low(), "the token has seen a wrong PIN");
        // Right now, but not asked any more. With another provider, the token forgets the wrong one; were it told the
        // wrong one again, it would remember that.
        token::write(&token.folder.join("pin"), token::PIN);
        token.provider().await.describe_key(&reference).await.unwrap();
        assert!(!count_low());
        for _ in 0..20 {
            let error = provider.describe_key(&reference).await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Denied, "{error}");
            assert!(error.message().contains("restart"), "{error}");
        }
        assert!(!count_low(), "the wrong PIN was tried again");
    });
}

#[test]
fn a_token_that_is_lost_is_unavailable_and_found_again() {
    alone(name!("a_token_that_is_lost_is_unavailable_and_found_again"), async |token| {
        let provider = token.provider().await;
        let made = provider.create_key(&new(1)).await.unwrap();
        let digest = Sha256::digest(b"lost");
        let sign = || provider.sign_digest(&made.reference, &digest);
        sign().await.unwrap();
        token.remove();
        for _ in 0..3 {
            let error = sign().await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        }
        let error = provider.describe_key(&made.reference).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        assert!(error.message().contains("there is no token token=splitsign%20test"), "{error}");
        let error = provider.create_key(&new(2)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        token.put_back();
        let signature = sign().await.expect("the next call finds it");
        made.public_key.verify_digest(&digest, &signature).unwrap();
        provider.describe_key(&made.reference).await.unwrap();
    });
}

#[test]
fn a_module_that_was_finalised_is_started_again() {
    alone(name!("a_module_that_was_finalised_is_started_again"), async |token| {
        let provider = token.provider().await;
        let made = provider.create_key(&new(1)).await.unwrap();
        // As another user of the module in this process would, or as it is in the child of a fork.
        Pkcs11::new(&token.module).unwrap().finalize().unwrap();
        let digest = Sha256::digest(b"finalised");
        let error = provider.sign_digest(&made.reference, &digest).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        let signature = provider.sign_digest(&made.reference, &digest).await.unwrap();
        made.public_key.verify_digest(&digest, &signature).unwrap();
    });
}

#[test]
fn a_key_that_was_deleted_is_not_found_even_if_it_was_used_before() {
    alone(name!("a_key_that_was_deleted_is_not_found_even_if_it_was_used_before"), async |token| {
        token.generate("theirs", "0a", "EC:prime256v1", &["--usage-sign"]);
        let provider = token.provider().await;
        let (reference, digest) = (KeyReference::new("pkcs11:object=theirs"), Sha256::digest(b"deleted"));
        let before = provider.describe_key(&reference).await.unwrap();
        provider.sign_digest(&reference, &digest).await.unwrap();
        token.pkcs11_tool(&["--delete-object", "--type", "privkey", "--id", "0a"]);
        let error = provider.sign_digest(&reference, &digest).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::NotFound, "{error}");
        // Another of the same name is another key, and the old handle is not used for it.
        token.pkcs11_tool(&["--delete-object", "--type", "pubkey", "--id", "0a"]);
        token.generate("theirs", "0a", "EC:prime256v1", &["--usage-sign"]);
        let signature = provider.sign_digest(&reference, &digest).await.unwrap();
        let after = provider.describe_key(&reference).await.unwrap();
        after.public_key.verify_digest(&digest, &signature).unwrap();
        assert_ne!(before.public_key, after.public_key);
    });
}

#[test]
fn hundreds_of_calls_share_a_few_sessions() {
    alone(name!("hundreds_of_calls_share_a_few_sessions"), async |token| {
        let provider = token.open(&Config { sessions: 2, ..token.config() }).await.unwrap();
        let made = provider.create_key(&new(1)).await.unwrap();
        let tasks: Vec<_> = (0..400_u32)
            .map(|number| {
                let (provider, made) = (Arc::clone(&provider), made.clone());
                tokio::spawn(async move {
                    let digest = Sha256::digest(&number.to_be_bytes());
                    let signature = provider.sign_digest(&made.reference, &digest).await.unwrap();
                    made.public_key.verify_digest(&digest, &signature).unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn the_token_is_found_by_label_or_serial_and_never_by_chance() {
    alone(name!("the_token_is_found_by_label_or_serial_and_never_by_chance"), async |token| {
        token.add("other");
        token.add(LABEL);
        let library = Pkcs11::new(&token.module).unwrap();
        let error = token.provider().await.create_key(&new(1)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        assert!(error.message().contains("several tokens") && error.message().contains("providers.pkcs11.serial"));

        let slots = library.get_slots_with_initialized_token().unwrap();
        let infos = slots.into_iter().map(|slot| library.get_token_info(slot).unwrap());
        let serial = infos.filter(|info| info.label() == LABEL).map(|info| info.serial_number().to_owned()).next();
        for (version, config) in [
            (1, Config { serial: serial.clone(), ..token.config() }),
            (2, Config { serial, token: None, ..token.config() }),
            (3, Config { token: Some("other".to_owned()), ..token.config() }),
        ] {
            token.open(&config).await.unwrap().create_key(&new(version)).await.unwrap();
        }
        let none = Config { token: Some("none".to_owned()), ..token.config() };
        let error = token.open(&none).await.unwrap().create_key(&new(4)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        assert!(error.message().contains("token=none") && error.message().contains("token=other"), "{error}");
    });
}
