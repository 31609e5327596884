//! Credentials: which identity the environment means, and what becomes of a token that cannot be had.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request as TokenRequest, StatusCode, headers::Headers};
use splitsign_core::digest::Sha256;

use super::faults::{PATH, reference, refused, signature, signed};
use super::{config, now, secret};
use crate::providers::azure_kv::build_with;
use crate::providers::azure_kv::credentials::Credentials;
use crate::providers::contract::{Answer, ContractServer};
use crate::providers::{ErrorClass, ProviderError};

/// In the place of Entra ID and of the metadata service: what it answers, and what it was asked.
#[derive(Debug)]
struct Entra {
    /// None: nobody is there.
    answer: Option<(u16, &'static str)>,
    asked: Mutex<Vec<String>>,
}

impl Entra {
    fn new(answer: Option<(u16, &'static str)>) -> Arc<Self> {
        Arc::new(Self { answer, asked: Mutex::default() })
    }
}

#[async_trait::async_trait]
impl HttpClient for Entra {
    async fn execute_request(&self, request: &TokenRequest) -> azure_core::Result<AsyncRawResponse> {
        let body = match request.body() {
            Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::SeekableStream(_) => String::new(),
        };
        self.asked.lock().unwrap().push(format!("{} {body}", request.url()));
        let (status, body) =
            self.answer.ok_or_else(|| azure_core::Error::with_message(ErrorKind::Connection, "nobody is there"))?;
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), Headers::new(), body.as_bytes()))
    }
}

const TOKEN: (u16, &str) = (
    200,
    r#"{"token_type":"Bearer","expires_in":3599,"expires_on":"4102444800","access_token":"of-entra","resource":"https://vault.azure.net"}"#,
);

/// Signs twice with the identity that this environment means.
async fn sign(environment: &[(&str, &str)], entra: &Arc<Entra>) -> Result<usize, ProviderError> {
    let server = ContractServer::start(|request| match request.header("authorization") {
        Some("Bearer of-entra") => Answer::json(200, signed(request, PATH, &signature())),
        _ => refused(401, "Unauthorized", None),
    })
    .await;
    let environment: HashMap<_, _> = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let credentials = Credentials::from_environment(
        "https://acme.vault.azure.net",
        |name| environment.get(name).cloned(),
        Arc::clone(entra) as _,
    )?;
    let provider = build_with(&config(&server.url), credentials, now)?;
    for _ in 0..2 {
        provider.sign_digest(&reference(&server), &Sha256::digest(b"digest")).await?;
    }
    Ok(server.requests().len())
}

#[tokio::test]
async fn the_environment_says_which_identity_is_meant() {
    let (file, _reference) = secret("federated-token");
    let file = file.path().to_str().unwrap();
    let (tenant, client) = (("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "client"));
    for (environment, expected) in [
        (
            vec![tenant, client, ("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_FEDERATED_TOKEN_FILE", file)],
            ["/tenant/oauth2/v2.0/token", "client_secret=s3cret", "scope=https%3A%2F%2Fvault.azure.net%2F.default"],
        ),
        (
            vec![tenant, client, ("AZURE_FEDERATED_TOKEN_FILE", file)],
            ["/tenant/oauth2/v2.0/token", "client_assertion=federated-token", "client_id=client"],
        ),
        (
            vec![client],
            ["http://169.254.169.254/metadata/identity/oauth2/token", "client_id=client", "vault.azure.net"],
        ),
        (vec![], ["http://169.254.169.254/metadata/identity/oauth2/token", "api-version=", "vault.azure.net"]),
    ] {
        let entra = Entra::new(Some(TOKEN));
        assert_eq!(sign(&environment, &entra).await.unwrap(), 2, "{environment:?}");
        let asked = entra.asked.lock().unwrap();
        let last = asked.last().unwrap();
        assert!(expected.iter().all(|part| last.contains(part)), "{environment:?}: {asked:?}");
        assert!(asked.len() <= 2, "the token is kept: {asked:?}");
    }
}

#[tokio::test]
async fn half_of_an_identity_is_not_replaced_by_another() {
    let entra = Entra::new(Some(TOKEN));
    for (environment, missing) in [
        (vec![("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_CLIENT_ID", "client")], "AZURE_TENANT_ID"),
        (vec![("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_TENANT_ID", "tenant")], "AZURE_CLIENT_ID"),
        (vec![("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent")], "AZURE_CLIENT_ID"),
    ] {
        let error = sign(&environment, &entra).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Denied);
        assert!(error.message().contains(missing) && !format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    let no_file = [("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent"), ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
    let error = sign(&no_file, &entra).await.unwrap_err();
    assert!(error.class() == ErrorClass::Denied && error.message().contains("AZURE_FEDERATED_TOKEN_FILE"), "{error}");
    assert!(entra.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_to_the_vault() {
    use ErrorClass::{Denied, Throttled, Unavailable};
    let expired = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}"#;
    for (answer, class, remedy) in [
        (Some((401, expired)), Denied, "may have expired"),
        (Some((400, expired)), Denied, "AZURE_CLIENT_SECRET"),
        (Some((429, "{}")), Throttled, "too many"),
        (Some((503, "{}")), Unavailable, "does not answer"),
        (None, Unavailable, "managed identity"),
    ] {
        let entra = Entra::new(answer);
        let environment =
            [("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "client")];
        let error = sign(&environment, &entra).await.unwrap_err();
        assert_eq!(error.class(), class, "{answer:?}: {error:?}");
        assert!(error.message().contains(remedy) && error.message().contains(PATH), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(entra.asked.lock().unwrap().len(), 1, "no call is retried");
    }
}
