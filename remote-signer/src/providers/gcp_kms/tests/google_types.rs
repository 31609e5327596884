//! Against a server whose routes, requests and answers are those of Google's own package for Python: what it does not
//! know, it refuses. It runs where `SPLITSIGN_CLOUDS_PYTHON` names a Python that has `google-cloud-kms`.

use core::time::Duration;
use std::path::Path;
use std::process::Stdio;

use reqwest::Method;
use serde_json::json;
use splitsign_core::digest::Sha256;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::cloud_kms::RING;
use super::provider;
use crate::providers::contract::{self, Fixture};
use crate::providers::{ErrorClass, KeyReference, NewKey, rest};

/// Imports take a second; machines that build beside it take longer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A server of its own for each test; killed when dropped.
struct GoogleTypes {
    url: String,
    _process: Child,
}

impl GoogleTypes {
    /// `None`, and a loud line, where there is none.
    async fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
        let Some(python) = std::env::var_os("SPLITSIGN_CLOUDS_PYTHON") else {
            contract::skipped(
                "gcp-kms against Google's types; set SPLITSIGN_CLOUDS_PYTHON to a Python with google-cloud-kms",
            );
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/servers/cloud_kms.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(START_LIMIT, lines.next_line()).await.expect("it starts in time");
        let url = line.unwrap().expect("it says where it is, or on standard error why it is not");
        Some(Self { url, _process: process })
    }

    /// What an operator does, with the API's own methods.
    async fn change(&self, method: Method, path: &str, body: serde_json::Value) {
        let client = rest::client(START_LIMIT).unwrap();
        let request = client.request(method, format!("{}/v1/{path}", self.url)).bearer_auth("access-token");
        let answer = rest::send(request.json(&body)).await.unwrap();
        assert!(answer.is_success(), "{answer:?}");
    }
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let Some(kms) = GoogleTypes::start().await else { return };
    contract::holds(&Fixture {
        provider: provider(&kms.url),
        unknown: vec![KeyReference::new(format!("{RING}/cryptoKeys/none/cryptoKeyVersions/1"))],
        malformed: vec![KeyReference::new(format!("{RING}/cryptoKeys/none"))],
        has_chain: false,
    })
    .await;
}

#[tokio::test]
async fn versions_sign_rotate_and_end() {
    let Some(kms) = GoogleTypes::start().await else { return };
    let provider = provider(&kms.url);
    let new = |version| NewKey { key_id: "acme/c2pa".to_owned(), version };
    let first = provider.create_key(&new(1)).await.unwrap();
    let second = provider.create_key(&new(2)).await.unwrap();
    let digest = Sha256::digest(b"rotated");
    for described in [&first, &second] {
        let signature = provider.sign_digest(&described.reference, &digest).await.unwrap();
        described.public_key.verify_digest(&digest, &signature).unwrap();
    }

    let name = first.reference.as_str().strip_prefix("gcpkms://").unwrap();
    kms.change(Method::PATCH, &format!("{name}?updateMask=state"), json!({ "state": "DISABLED" })).await;
    let disabled = provider.sign_digest(&first.reference, &digest).await.unwrap_err();
    assert!(disabled.class() == ErrorClass::Denied && disabled.message().contains("DISABLED"), "{disabled}");
    kms.change(Method::PATCH, &format!("{name}?updateMask=state"), json!({ "state": "ENABLED" })).await;
    provider.sign_digest(&first.reference, &digest).await.unwrap();
    kms.change(Method::POST, &format!("{name}:destroy"), json!({})).await;
    for error in [
        provider.sign_digest(&first.reference, &digest).await.unwrap_err(),
        provider.describe_key(&first.reference).await.unwrap_err(),
    ] {
        assert!(error.class() == ErrorClass::Denied && error.message().contains("DESTROY_SCHEDULED"), "{error}");
    }
    provider.sign_digest(&second.reference, &digest).await.unwrap();
    let again = provider.create_key(&new(1)).await.unwrap_err();
    assert!(again.class() == ErrorClass::Invalid && again.message().contains("adopt"), "{again}");
}
