//! Tests: against an emulator, and against answers that no emulator gives.

mod faults;
mod ministack;
mod misbehaviour;

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::{Config, build_with_credentials};
use crate::providers::contract::{Answer, ContractServer};
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

/// Something in place of KMS that answers these operations (`Sign`, `GetPublicKey`, …); others get a 404 without a body.
async fn kms(answers: &[(&'static str, Answer)]) -> ContractServer {
    let answers = answers.to_vec();
    ContractServer::start(move |request| {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/"));
        let target = request.header("x-amz-target").unwrap_or_default();
        let answer = answers.iter().find(|(operation, _)| target == format!("TrentService.{operation}"));
        answer.map_or_else(|| Answer::Reply(404, "", String::new()), |(_, answer)| answer.clone())
    })
    .await
}
