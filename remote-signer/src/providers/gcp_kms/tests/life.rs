//! Keys are made, sign, rotate and end, at a service that follows the published API.

use splitsign_core::digest::Sha256;

use super::cloud_kms::{CloudKms, RING};
use super::{Config, config, provider, provider_with};
use crate::providers::contract::{self, Fixture};
use crate::providers::gcp_kms::ProtectionLevel;
use crate::providers::{ErrorClass, KeyReference, NewKey};

fn new_key(version: u32) -> NewKey {
    NewKey { key_id: "acme/c2pa".to_owned(), version }
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let kms = CloudKms::start().await;
    let missing = format!("{RING}/cryptoKeys/none/cryptoKeyVersions/1");
    contract::holds(&Fixture {
        provider: provider(&kms.server.url),
        unknown: [missing.clone(), format!("gcpkms://{missing}")].map(KeyReference::new).into(),
        malformed: ["", "gcpkms://", RING, "file:acme/c2pa/1", "awskms:///alias/a"].map(KeyReference::new).into(),
        has_chain: false,
    })
    .await;
}

#[tokio::test]
async fn short_scalars_arrive() {
    let kms = CloudKms::start().await;
    let provider = provider(&kms.server.url);
    let made = provider.create_key(&new_key(1)).await.unwrap();
    let key = kms.key(made.reference.as_str());
    contract::short_scalars_arrive(&*provider, &made.reference, &key).await;
}

#[tokio::test]
async fn the_next_version_signs_while_the_one_before_still_does() {
    let kms = CloudKms::start().await;
    let provider = provider(&kms.server.url);
    let first = provider.create_key(&new_key(1)).await.unwrap();
    let second = provider.create_key(&new_key(2)).await.unwrap();
    let key = first.reference.as_str().strip_suffix("/cryptoKeyVersions/1").unwrap();
    assert!(key.starts_with("gcpkms://projects/") && key.contains("/cryptoKeys/acme-c2pa-"), "{key}");
    assert_eq!(second.reference.as_str(), format!("{key}/cryptoKeyVersions/2"), "one key, two versions");
    let digest = Sha256::digest(b"rotated");
    for described in [&first, &second] {
        let signature = provider.sign_digest(&described.reference, &digest).await.unwrap();
        described.public_key.verify_digest(&digest, &signature).unwrap();
        contract::openssl_verifies(&described.public_key, &digest, &signature);
    }
}

#[tokio::test]
async fn versions_that_are_not_enabled_are_denied_with_what_brings_them_back() {
    let kms = CloudKms::start().await;
    let provider = provider(&kms.server.url);
    let key = provider.create_key(&new_key(1)).await.unwrap();
    let name = key.reference.as_str().strip_prefix("gcpkms://").unwrap();
    let digest = Sha256::digest(b"no");
    for (state, remedy) in [
        ("DISABLED", "gcloud kms keys versions enable"),
        ("DESTROY_SCHEDULED", "gcloud kms keys versions restore"),
        ("DESTROYED", "use another version"),
        ("SOMETHING_NEW", "use another version"),
    ] {
        kms.set_state(name, state);
        for error in [
            provider.sign_digest(&key.reference, &digest).await.unwrap_err(),
            provider.describe_key(&key.reference).await.unwrap_err(),
        ] {
            assert_eq!(error.class(), ErrorClass::Denied, "{state}: {error}");
            assert!(error.message().contains(remedy) && error.message().contains(name), "{error}");
        }
    }
    kms.set_state(name, "ENABLED");
    provider.sign_digest(&key.reference, &digest).await.unwrap();
}

#[tokio::test]
async fn new_keys_need_a_ring_and_are_waited_for() {
    let kms = CloudKms::start().await;
    let nowhere = provider_with(&Config { key_ring: None, ..config(&kms.server.url) });
    let error = nowhere.create_key(&new_key(1)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Invalid);
    assert!(error.message().contains("providers.gcp-kms.key_ring"), "{error}");

    let hsm = provider_with(&Config { protection_level: ProtectionLevel::Hsm, ..config(&kms.server.url) });
    let error = hsm.create_key(&new_key(2)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound, "no version of a key that is not there: {error}");
    hsm.create_key(&new_key(1)).await.unwrap();
    let requests = kms.server.requests();
    let polled = requests.iter().filter(|request| request.method == "GET").count();
    assert!(polled > 2, "it says PENDING_GENERATION at first");
    let made = requests.iter().find(|request| request.target.contains("cryptoKeyId=")).unwrap();
    let body: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    assert_eq!(body["versionTemplate"]["protectionLevel"], "HSM");

    let error = hsm.create_key(&new_key(1)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Invalid);
    assert!(error.message().contains("adopt"), "{error}");
}
