//! Against ministack, an emulator that nobody here wrote. It runs where `SPLITSIGN_MINISTACK` names its executable.

use core::time::Duration;
use std::process::Stdio;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use splitsign_core::digest::Sha256;
use tokio::process::{Child, Command};

use super::{credentials, provider};
use crate::providers::contract::{self, Fixture};
use crate::providers::{ErrorClass, KeyReference};

/// Starts in a third of a second; machines that build beside it take longer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// An emulator of its own for each test; killed when dropped.
struct Ministack {
    url: String,
    _process: Child,
    _directory: tempfile::TempDir,
}

impl Ministack {
    /// `None`, and a loud line, where there is none.
    async fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
        let Some(executable) = std::env::var_os("SPLITSIGN_MINISTACK") else {
            contract::skipped("aws-kms against ministack; set SPLITSIGN_MINISTACK to its executable");
            return None;
        };
        // Free now; should somebody else take it first, another one is tried.
        for _ in 0..5 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let directory = tempfile::tempdir().unwrap();
            let mut process = Command::new(&executable)
                .envs([("SERVICES", "kms"), ("IOT_MTLS_PORT", "0"), ("BIND_HOST", "127.0.0.1")])
                .env("GATEWAY_PORT", port.to_string())
                .current_dir(directory.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            let url = format!("http://127.0.0.1:{port}");
            let started = tokio::time::timeout(START_LIMIT, async {
                let (provider, none) = (provider(&url).await, KeyReference::new("alias/none"));
                // It works when it says that there is no such key.
                let is_ready = async || provider.describe_key(&none).await.unwrap_err().class() == ErrorClass::NotFound;
                while !is_ready().await {
                    if process.try_wait().unwrap().is_some() {
                        return false;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                true
            });
            if started.await.expect("ministack answers in time") {
                return Some(Self { url, _process: process, _directory: directory });
            }
        }
        panic!("ministack ends as soon as it is started");
    }

    /// The SDK, for what the provider does not do.
    async fn client(&self) -> Client {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-central-1"))
            .endpoint_url(&self.url)
            .credentials_provider(credentials())
            .load()
            .await;
        Client::new(&config)
    }
}

async fn create(client: &Client, spec: KeySpec, usage: KeyUsageType) -> String {
    let made = client.create_key().key_spec(spec).key_usage(usage).send().await.unwrap();
    made.key_metadata().unwrap().arn().unwrap().to_owned()
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let Some(ministack) = Ministack::start().await else { return };
    let missing = "arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-0000-0000-000000000000";
    contract::holds(&Fixture {
        provider: provider(&ministack.url).await,
        unknown: ["00000000-0000-0000-0000-000000000000", "alias/none", missing].map(KeyReference::new).into(),
        malformed: ["", "awskms:///", "alias/", "file:acme/c2pa/1", "arn:aws:kms:x"].map(KeyReference::new).into(),
        has_chain: false,
    })
    .await;
}

#[tokio::test]
async fn every_name_of_a_key_leads_to_its_arn() {
    let Some(ministack) = Ministack::start().await else { return };
    let (client, provider) = (ministack.client().await, provider(&ministack.url).await);
    let arn = create(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    client.create_alias().alias_name("alias/acme").target_key_id(&arn).send().await.unwrap();
    let (id, alias_arn) = (arn.rsplit_once('/').unwrap().1, arn.rsplit_once(':').unwrap().0.to_owned() + ":alias/acme");
    let digest = Sha256::digest(b"by any name");
    for name in [arn.as_str(), id, "alias/acme", &alias_arn, "awskms:///alias/acme"] {
        let reference = KeyReference::new(name);
        let described = provider.describe_key(&reference).await.unwrap();
        assert_eq!(described.reference.as_str(), format!("awskms:///{arn}"), "{name}");
        let signature = provider.sign_digest(&reference, &digest).await.unwrap();
        described.public_key.verify_digest(&digest, &signature).unwrap();
        contract::openssl_verifies(&described.public_key, &digest, &signature);
    }

    // A moved alias does not change what was described before.
    let before = provider.describe_key(&KeyReference::new("alias/acme")).await.unwrap();
    let other = create(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    client.update_alias().alias_name("alias/acme").target_key_id(&other).send().await.unwrap();
    let signature = provider.sign_digest(&before.reference, &digest).await.unwrap();
    before.public_key.verify_digest(&digest, &signature).unwrap();
    let after = provider.describe_key(&KeyReference::new("alias/acme")).await.unwrap();
    assert_eq!(after.reference.as_str(), format!("awskms:///{other}"));
}

#[tokio::test]
async fn keys_that_are_disabled_or_pending_deletion_are_denied() {
    let Some(ministack) = Ministack::start().await else { return };
    let (client, provider) = (ministack.client().await, provider(&ministack.url).await);
    let disabled = create(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    client.disable_key().key_id(&disabled).send().await.unwrap();
    let leaving = create(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    client.schedule_key_deletion().key_id(&leaving).pending_window_in_days(7).send().await.unwrap();
    let digest = Sha256::digest(b"no");
    for (arn, remedy) in [(&disabled, "enable it"), (&leaving, "kms:CancelKeyDeletion")] {
        let reference = KeyReference::new(arn.as_str());
        for error in [
            provider.sign_digest(&reference, &digest).await.unwrap_err(),
            provider.describe_key(&reference).await.unwrap_err(),
        ] {
            assert_eq!(error.class(), ErrorClass::Denied, "{error}");
            assert!(error.message().contains(remedy) && error.message().contains(arn.as_str()), "{error}");
        }
    }
    client.enable_key().key_id(&disabled).send().await.unwrap();
    provider.sign_digest(&KeyReference::new(disabled), &digest).await.unwrap();
}

#[tokio::test]
async fn keys_of_another_kind_are_invalid() {
    let Some(ministack) = Ministack::start().await else { return };
    let (client, provider) = (ministack.client().await, provider(&ministack.url).await);
    for (spec, usage) in [
        (KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt),
        (KeySpec::EccNistP384, KeyUsageType::SignVerify),
        (KeySpec::Rsa2048, KeyUsageType::SignVerify),
    ] {
        let reference = KeyReference::new(create(&client, spec.clone(), usage).await);
        for error in [
            provider.describe_key(&reference).await.unwrap_err(),
            provider.sign_digest(&reference, &Sha256::digest(b"no")).await.unwrap_err(),
        ] {
            assert_eq!(error.class(), ErrorClass::Invalid, "{spec:?}: {error}");
        }
    }
}
