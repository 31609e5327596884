//! Tests: against a service that follows the published API, and against answers that it would never give.

mod cloud_kms;
mod faults;
mod life;
mod misbehaviour;

use std::sync::Arc;

use google_cloud_auth::credentials::external_account;
use serde_json::json;

use super::credentials::Credentials;
use super::{Config, ProtectionLevel, build, build_with_credentials};
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, Provider};
use cloud_kms::RING;

fn config(endpoint: &str) -> Config {
    Config {
        key_ring: Some(RING.to_owned()),
        endpoint: Some(endpoint.to_owned()),
        timeout_ms: 10_000,
        ..Config::default()
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
    build_with_credentials(config, Credentials::token(&token).unwrap()).unwrap()
}

fn provider(endpoint: &str) -> Arc<dyn Provider> {
    provider_with(&config(endpoint))
}

/// Workload identity federation, the most steps that a credential chain has: a token of elsewhere, exchanged at
/// `token_url`.
fn federated(subject_token: &std::path::Path, token_url: &str) -> Credentials {
    drop(rustls::crypto::ring::default_provider().install_default());
    let credentials = external_account::Builder::new(json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme/providers/ci",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": token_url,
        "credential_source": { "file": subject_token },
    }));
    Credentials::Chain(credentials.build().unwrap())
}

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let config: Config = toml::from_str("").unwrap();
    assert!(config.key_ring.is_none() && config.endpoint.is_none() && config.token.is_none());
    assert_eq!((config.protection_level, config.timeout_ms), (ProtectionLevel::Software, 30_000));
    let config: Config = toml::from_str("protection_level = \"hsm\"\ntoken = { env = \"TOKEN\" }").unwrap();
    assert_eq!(config.protection_level, ProtectionLevel::Hsm);
    for bad in ["token = \"ya29.secret\"", "retries = 3", "timeout = 1", "protection_level = \"external\""] {
        assert!(toml::from_str::<Config>(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_by_its_field() {
    let (_file, token) = secret("access-token");
    let good = Config { token: Some(token), ..config("http://127.0.0.1:1") };
    build(&good, std::path::Path::new("")).await.unwrap();
    for (field, bad) in [
        ("timeout_ms", Config { timeout_ms: 0, ..good.clone() }),
        ("endpoint", Config { endpoint: Some("http://kms.example".to_owned()), ..good.clone() }),
        ("key_ring", Config { key_ring: Some("signer".to_owned()), ..good.clone() }),
    ] {
        let error = build(&bad, std::path::Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid);
        assert!(error.message().contains(&format!("providers.gcp-kms.{field}")), "{error}");
    }
    let (_file, empty) = secret("");
    let error = build(&Config { token: Some(empty), ..good.clone() }, std::path::Path::new("")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    let (_file, two_lines) = secret("a\nb");
    let error = build(&Config { token: Some(two_lines), ..good }, std::path::Path::new("")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
}
