//! Tests: against a service that follows the published API, and against answers that it would never give.

mod entra;
mod faults;
mod key_vault;
mod life;
mod microsoft_client;
mod misbehaviour;

use core::time::Duration;
use std::sync::Arc;
use std::time::SystemTime;

use super::credentials::Credentials;
use super::{Config, ProtectionLevel, build, build_with};
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, Provider};

/// What the tests' clock says, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn config(vault_url: &str) -> Config {
    Config {
        vault_url: vault_url.to_owned(),
        protection_level: ProtectionLevel::Software,
        token: None,
        timeout_ms: 10_000,
    }
}

/// A file with a secret, as the configuration would name it.
fn secret(text: &str) -> (tempfile::NamedTempFile, SecretReference) {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let reference = SecretReference::File(file.path().to_owned());
    (file, reference)
}

fn provider_with(config: &Config) -> Arc<dyn Provider> {
    let (_file, token) = secret("access-token\n");
    build_with(config, Credentials::token(&token).unwrap(), now).unwrap()
}

fn provider(vault_url: &str) -> Arc<dyn Provider> {
    provider_with(&config(vault_url))
}

#[test]
fn configuration_needs_a_vault_and_refuses_unknown_fields() {
    let config: Config = toml::from_str("vault_url = \"https://a.vault.azure.net\"").unwrap();
    assert_eq!((config.protection_level, config.timeout_ms), (ProtectionLevel::Software, 30_000));
    assert!(config.token.is_none());
    let with = |line: &str| toml::from_str::<Config>(&format!("vault_url = \"https://a.vault.azure.net\"\n{line}"));
    assert_eq!(with("protection_level = \"hsm\"").unwrap().protection_level, ProtectionLevel::Hsm);
    for bad in ["client_secret = \"s\"", "token = \"eyJ0\"", "retries = 3", "protection_level = \"external\""] {
        assert!(with(bad).is_err(), "{bad}");
    }
    assert!(toml::from_str::<Config>("").unwrap_err().message().contains("vault_url"));
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_by_its_field() {
    let (_file, token) = secret("access-token");
    let good = Config { token: Some(token), ..config("https://acme.vault.azure.net/") };
    build(&good, std::path::Path::new("")).await.unwrap();
    for (field, bad) in [
        ("timeout_ms", Config { timeout_ms: 0, ..good.clone() }),
        ("vault_url", Config { vault_url: "http://acme.vault.azure.net".to_owned(), ..good.clone() }),
        ("vault_url", Config { vault_url: "acme".to_owned(), ..good.clone() }),
    ] {
        let error = build(&bad, std::path::Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid);
        assert!(error.message().contains(&format!("providers.azure-kv.{field}")), "{error}");
    }
    let (_file, two_lines) = secret("a\nb");
    let error = build(&Config { token: Some(two_lines), ..good }, std::path::Path::new("")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
}
