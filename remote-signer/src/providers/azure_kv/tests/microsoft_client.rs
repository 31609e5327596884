//! The server that stands for Key Vault, asked by Microsoft's own client: it understands what it is answered, and asks as
//! our provider does. It runs where `SPLITSIGN_CLOUDS_PYTHON` names a Python that has `azure-keyvault-keys`.

use std::path::Path;

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::Signature;
use tokio::process::Command;

use super::key_vault::{KeyVault, base64url};
use super::provider;
use crate::providers::KeyReference;
use crate::providers::contract::skipped;

#[tokio::test]
async fn microsoft_s_client_finds_a_vault_and_asks_as_we_do() {
    #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
    let Some(python) = std::env::var_os("SPLITSIGN_CLOUDS_PYTHON") else {
        skipped("azure-kv and Microsoft's client; set SPLITSIGN_CLOUDS_PYTHON to a Python with azure-keyvault-keys");
        return;
    };
    let vault = KeyVault::start().await;
    let digest = Sha256::digest(b"signed by their client");
    let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/servers/key_vault_client.py"))
        .args([&vault.server.url, "theirs", &hex])
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    let (Some(kid), Some(raw)) = (lines.next(), lines.next()) else {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    };
    let asked = vault.server.requests();

    // Their key is one for our provider, and their signature is one of it.
    let provider = provider(&vault.server.url);
    let reference = KeyReference::new(kid.replace("https://", "azurekms://"));
    let described = provider.describe_key(&reference).await.unwrap();
    let raw: Vec<u8> = (0..64).map(|at| u8::from_str_radix(&raw[2 * at..2 * at + 2], 16).unwrap()).collect();
    described.public_key.verify_digest(&digest, &Signature::from_raw(&raw).unwrap()).unwrap();

    // The last request of each is for a signature: path, version of the API and body are the same.
    provider.sign_digest(&reference, &digest).await.unwrap();
    let (theirs, ours) = (asked.last().unwrap(), vault.server.requests().pop().unwrap());
    assert_eq!((&theirs.method, &theirs.target), (&ours.method, &ours.target));
    let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(body(&theirs.body), body(&ours.body));
    assert_eq!(body(&ours.body), json!({ "alg": "ES256", "value": base64url(digest.as_bytes()) }));
}
