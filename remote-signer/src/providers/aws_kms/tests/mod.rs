//! Tests: against an emulator, and against answers that no emulator gives.

mod contract_server;
mod ministack;
mod misbehaviour;

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::{Config, build_with_credentials};
use crate::providers::{ErrorClass, Provider};

fn config(endpoint_url: &str) -> Config {
    Config {
        region: Some("eu-central-1".to_owned()),
        endpoint_url: Some(endpoint_url.to_owned()),
        profile: None,
        timeout_ms: 10_000,
    }
}

fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"))
}

async fn provider(endpoint_url: &str) -> Arc<dyn Provider> {
    build_with_credentials(&config(endpoint_url), Some(credentials())).await.unwrap()
}

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let config: Config = toml::from_str("").unwrap();
    assert_eq!((config.region, config.endpoint_url, config.profile, config.timeout_ms), (None, None, None, 30_000));
    assert_eq!(Config::default().timeout_ms, 30_000);
    for bad in ["access_key_id = \"AKIA\"", "retries = 3", "timeout = 1"] {
        assert!(toml::from_str::<Config>(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_timeout_of_zero_refused() {
    let config = Config { timeout_ms: 0, ..config("http://127.0.0.1:1") };
    assert_eq!(build_with_credentials(&config, None).await.unwrap_err().class(), ErrorClass::Invalid);
}
