//! Keys are made, sign, rotate and end, at a service that follows the published API.

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;

use super::key_vault::KeyVault;
use super::{Config, NOW, config, provider, provider_with};
use crate::providers::azure_kv::ProtectionLevel;
use crate::providers::contract::{self, Fixture};
use crate::providers::{ErrorClass, KeyReference, NewKey};

fn new_key(version: u32) -> NewKey {
    NewKey { key_id: "acme/c2pa".to_owned(), version }
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let vault = KeyVault::start().await;
    let none = format!("azurekms://{}/keys/none/78deebed173b48e48f55abf87ed4cf71", vault.host());
    contract::holds(&Fixture {
        provider: provider(&vault.server.url),
        unknown: vec![KeyReference::new(none)],
        malformed: ["", "azurekms://", "azurekms://a/keys/b", "file:acme/c2pa/1"].map(KeyReference::new).into(),
        has_chain: false,
    })
    .await;
}

#[tokio::test]
async fn short_scalars_arrive() {
    let vault = KeyVault::start().await;
    let provider = provider(&vault.server.url);
    let made = provider.create_key(&new_key(1)).await.unwrap();
    let key = vault.key(made.reference.as_str());
    contract::short_scalars_arrive(&*provider, &made.reference, &key).await;
}

#[tokio::test]
async fn the_next_version_signs_while_the_one_before_still_does() {
    let vault = KeyVault::start().await;
    let provider = provider(&vault.server.url);
    let first = provider.create_key(&new_key(1)).await.unwrap();
    let second = provider.create_key(&new_key(2)).await.unwrap();
    let key = |text: &str| text.rsplit_once('/').unwrap().0.to_owned();
    assert_eq!(key(first.reference.as_str()), key(second.reference.as_str()), "one key, two versions");
    assert!(first.reference.as_str().starts_with(&format!("azurekms://{}/keys/acme-c2pa-", vault.host())));
    let digest = Sha256::digest(b"rotated");
    for described in [&first, &second] {
        let signature = provider.sign_digest(&described.reference, &digest).await.unwrap();
        described.public_key.verify_digest(&digest, &signature).unwrap();
        contract::openssl_verifies(&described.public_key, &digest, &signature);
    }
}

#[tokio::test]
async fn versions_that_do_not_sign_now_are_denied_with_what_brings_them_back() {
    let vault = KeyVault::start().await;
    let provider = provider(&vault.server.url);
    let key = provider.create_key(&new_key(1)).await.unwrap();
    let digest = Sha256::digest(b"no");
    for (attribute, value, remedy) in [("enabled", json!(false), "--enabled true"), ("exp", json!(NOW), "--expires")] {
        vault.set_attribute(key.reference.as_str(), attribute, value);
        for error in [
            provider.sign_digest(&key.reference, &digest).await.unwrap_err(),
            provider.describe_key(&key.reference).await.unwrap_err(),
        ] {
            assert_eq!(error.class(), ErrorClass::Denied, "{attribute}: {error}");
            assert!(error.message().contains(remedy) && error.message().contains("/keys/acme-c2pa-"), "{error}");
        }
        let works = if attribute == "enabled" { json!(true) } else { Value::Null };
        vault.set_attribute(key.reference.as_str(), attribute, works);
    }
    vault.set_attribute(key.reference.as_str(), "nbf", json!(NOW + 1));
    let error = provider.describe_key(&key.reference).await.unwrap_err();
    assert!(error.class() == ErrorClass::Denied && error.message().contains("not valid yet"), "{error}");
    for (attribute, value) in [("nbf", json!(NOW)), ("exp", json!(NOW + 1))] {
        vault.set_attribute(key.reference.as_str(), attribute, value);
        provider.describe_key(&key.reference).await.unwrap();
    }
}

#[tokio::test]
async fn a_deleted_key_is_not_found_and_may_be_recovered() {
    let vault = KeyVault::start().await;
    let provider = provider(&vault.server.url);
    let key = provider.create_key(&new_key(1)).await.unwrap();
    let name = key.reference.as_str().split('/').nth_back(1).unwrap().to_owned();
    vault.delete(&name);
    for error in [
        provider.sign_digest(&key.reference, &Sha256::digest(b"no")).await.unwrap_err(),
        provider.describe_key(&key.reference).await.unwrap_err(),
    ] {
        assert_eq!(error.class(), ErrorClass::NotFound);
        assert!(error.message().contains("az keyvault key recover"), "{error}");
    }
}

#[tokio::test]
async fn new_keys_say_whose_they_are_and_what_protects_them() {
    let vault = KeyVault::start().await;
    let hsm = provider_with(&Config { protection_level: ProtectionLevel::Hsm, ..config(&vault.server.url) });
    hsm.create_key(&new_key(3)).await.unwrap();
    let request: Value = serde_json::from_str(&vault.server.requests()[0].body).unwrap();
    let expected = json!({
        "kty": "EC-HSM", "crv": "P-256", "key_ops": ["sign", "verify"], "attributes": { "enabled": true },
        "tags": { "splitsign:key": "acme/c2pa", "splitsign:version": "3" },
    });
    assert_eq!(request, expected);
}
