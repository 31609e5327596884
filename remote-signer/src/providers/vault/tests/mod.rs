//! Tests: against OpenBao itself, and against answers that it cannot be made to give.

mod faults;
mod misbehaviour;
mod openbao;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::{Approle, Auth, Config, build};
use crate::providers::contract::{Answer, ContractServer};
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyReference, Provider};

fn config(address: &str, auth: Auth) -> Config {
    Config {
        address: address.to_owned(),
        namespace: None,
        mount: "transit".to_owned(),
        ca_certificate: None,
        timeout_ms: 20_000,
        auth,
    }
}

/// Set by cargo for every test.
fn any_token() -> Auth {
    Auth::Token(SecretReference::Env("CARGO_PKG_NAME".to_owned()))
}

async fn provider(config: &Config) -> Arc<dyn Provider> {
    build(config, Path::new("")).await.unwrap()
}

/// Something in the place of Vault: knows every token, answers the paths given (without `/v1/`), and has nothing else.
async fn vault(answers: &[(&'static str, Answer)]) -> ContractServer {
    let answers = answers.to_vec();
    ContractServer::start(move |request| {
        let path = request.target.strip_prefix("/v1/").unwrap_or_default();
        let given = answers.iter().find(|(answered, _)| *answered == path).map(|(_, answer)| answer.clone());
        given.unwrap_or_else(|| match path {
            "auth/token/lookup-self" => Answer::json(200, json!({ "data": { "ttl": 0, "renewable": false } })),
            _ => Answer::json(404, json!({ "errors": [] })),
        })
    })
    .await
}

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let parse = |text: &str| toml::from_str::<Config>(text);
    let address = "address = \"https://vault\"\n";
    let config = parse(&format!("{address}auth = {{ token = {{ env = \"T\" }} }}")).unwrap();
    assert_eq!((config.namespace, config.mount.as_str(), config.timeout_ms), (None, "transit", 30_000));
    let config = parse(&format!("{address}[auth.approle]\nrole_id = \"r\"\nsecret_id = {{ file = \"/s\" }}")).unwrap();
    assert!(matches!(config.auth, Auth::Approle(Approle { mount, .. }) if mount == "approle"));
    let config = parse(&format!("{address}auth = {{ kubernetes = {{ role = \"r\" }} }}")).unwrap();
    let Auth::Kubernetes(kubernetes) = config.auth else { panic!("kubernetes") };
    assert_eq!(kubernetes.mount, "kubernetes");
    assert_eq!(kubernetes.jwt_file, Path::new("/var/run/secrets/kubernetes.io/serviceaccount/token"));
    for bad in [
        "auth = { token = \"s.hunter2\" }",
        "auth = { token = { env = \"T\" }, kubernetes = { role = \"r\" } }",
        "auth = { approle = { role_id = \"r\", secret_id = \"hunter2\" } }",
        "auth = { password = { env = \"T\" } }",
        "auth = { token = { env = \"T\" } }\nretries = 3",
        "",
    ] {
        assert!(parse(&format!("{address}{bad}")).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_at_the_start() {
    let good = config("https://vault.internal:8200/base", any_token());
    build(&good, Path::new("")).await.unwrap();
    let approle = |mount: &str| {
        let secret_id = SecretReference::Env("X".to_owned());
        Auth::Approle(Approle { role_id: "r".to_owned(), secret_id, mount: mount.to_owned() })
    };
    for (bad, names) in [
        (Config { timeout_ms: 0, ..good.clone() }, "timeout_ms"),
        (Config { address: "vault.internal".to_owned(), ..good.clone() }, "address"),
        (Config { address: "http://vault.internal:8200".to_owned(), ..good.clone() }, "https"),
        (Config { address: "http://127.0.0.1.evil.example".to_owned(), ..good.clone() }, "https"),
        (Config { address: "file:///vault".to_owned(), ..good.clone() }, "https"),
        (Config { address: "https://user:hunter2@vault".to_owned(), ..good.clone() }, "leave that out"),
        (Config { namespace: Some("a\nb".to_owned()), ..good.clone() }, "namespace"),
        (Config { mount: "transit/../sys".to_owned(), ..good.clone() }, "providers.vault.mount"),
        (Config { mount: "/transit".to_owned(), ..good.clone() }, "providers.vault.mount"),
        (Config { mount: String::new(), ..good.clone() }, "providers.vault.mount"),
        (Config { auth: approle("a?b"), ..good.clone() }, "providers.vault.auth.approle.mount"),
        (Config { ca_certificate: Some("/nonexistent".into()), ..good.clone() }, "ca_certificate"),
        (Config { ca_certificate: Some("/dev/null".into()), ..good.clone() }, "ca_certificate"),
    ] {
        let error = build(&bad, Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        assert!(error.message().contains(names) && !error.message().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn nothing_that_is_shown_has_the_token() {
    let server = vault(&[]).await;
    let provider = provider(&config(&server.url, any_token())).await;
    let error = provider.describe_key(&KeyReference::new("hashivault://acme")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound, "{error}");
    assert!(!format!("{provider:?}{error:?}").contains("splitsign-signer"), "{provider:?} {error:?}");
    assert!(server.requests().iter().all(|request| request.header("x-vault-token") == Some("splitsign-signer")));
}
