//! `POST /c2pa/v1/{key}/sign?token=…`

use alloc::sync::Arc;
use core::time::Duration;

use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_signer::auth::{TokenId, Tokens};
use splitsign_signer::clock::Clock as _;
use splitsign_signer::config::Config;
use splitsign_signer::encoding::from_base64_standard;
use splitsign_signer::providers::ErrorClass;

use super::{all_on, start, tbs, url_token};
use crate::support::{Behaviour, Reply, Service, TestProvider, body, start_with};

async fn post(service: &Service, path_and_query: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
    let response = service.request("POST", &format!("/c2pa/v1/{path_and_query}")).body(body).send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

/// Refused, and with no byte that a client could take for a signature.
async fn refused(service: &Service, path_and_query: &str, body: Vec<u8>) -> u16 {
    let (status, body) = post(service, path_and_query, body).await;
    assert!(!(200..400).contains(&status) && body.is_empty(), "{status} {body:?}");
    status
}

#[tokio::test]
async fn success_is_200_with_64_bytes_that_verify_however_the_key_is_written() {
    let service = start().await;
    let token = url_token(&service, "acme/c2pa").await;
    let descriptor = service.get("/v1/keys/acme/c2pa").await.body;
    let spki = from_base64_standard(descriptor["publicKey"]["spki"].as_str().unwrap()).unwrap();
    let key = PublicKey::from_spki(&spki).unwrap();
    let tbs = tbs(b"claim");
    for path in ["acme/c2pa", "acme%2Fc2pa"] {
        let (status, signature) = post(&service, &format!("{path}/sign?token={token}"), tbs.clone()).await;
        assert_eq!((status, signature.len()), (200, 64));
        key.verify_digest(&Sha256::digest(&tbs), &Signature::from_raw(&signature).unwrap()).unwrap();
    }
    let profiles: Vec<String> =
        sqlx::query_scalar("SELECT profile FROM signings").fetch_all(service.storage.readers()).await.unwrap();
    assert_eq!(profiles, ["cose-sign1", "cose-sign1"]);
}

#[tokio::test]
async fn a_token_of_one_kind_opens_no_door_of_the_other() {
    let service = start().await;
    let token = url_token(&service, "acme/c2pa").await;
    // One of the API, in the URL; also as if it were of the other kind.
    for wrong in [service.token.clone(), service.token.replacen("sst_", "ssc_", 1)] {
        assert_eq!(refused(&service, &format!("acme/c2pa/sign?token={wrong}"), tbs(b"x")).await, 401);
    }
    // One of a URL, in the headers of everything else.
    for wrong in [token.clone(), token.replacen("ssc_", "sst_", 1)] {
        for path in ["/v1/sign", "/v1/sign/batch", "/csc/v2/credentials/list", "/csc/v2/signatures/signHash"] {
            let reply = Reply::read(service.request("POST", path).bearer_auth(&wrong).json(&body("x"))).await;
            assert_eq!(reply.status, 401, "{path}");
        }
        let reply = Reply::read(service.request("GET", "/v1/keys").bearer_auth(&wrong)).await;
        assert_eq!(reply.status, 401);
        let transit = service.request("POST", "/v1/transit/sign/c2pa").header("X-Vault-Token", &wrong);
        assert_eq!(Reply::read(transit.json(&serde_json::json!({"input": ""}))).await.status, 403);
    }
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn the_token_is_for_its_key_until_it_is_revoked() {
    let service = start().await;
    service.create_key("acme/other", false).await;
    service.create_key("umbrella/c2pa", false).await;
    let token = url_token(&service, "acme/c2pa").await;
    for key in ["acme/other", "umbrella/c2pa", "acme/none", "no", "a%00b"] {
        assert_eq!(refused(&service, &format!("{key}/sign?token={token}"), tbs(b"x")).await, 404, "{key}");
    }
    for query in ["", "?", "?token=", "?token=ssc_00_00", "?TOKEN=x"] {
        let status = refused(&service, &format!("acme/c2pa/sign{query}"), tbs(b"x")).await;
        assert!([400, 401].contains(&status), "{query}: {status}");
    }
    assert_eq!(refused(&service, &format!("acme/c2pa/sign?token={token}&token={token}"), tbs(b"x")).await, 400);
    let id = TokenId::new(token.split('_').nth(1).unwrap());
    Tokens::new(service.storage.clone()).revoke(&id, service.clock.now()).await.unwrap();
    assert_eq!(refused(&service, &format!("acme/c2pa/sign?token={token}"), tbs(b"x")).await, 401);
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn it_signs_sig_structures_and_nothing_else() {
    let service = start().await;
    let url = format!("acme/c2pa/sign?token={}", url_token(&service, "acme/c2pa").await);
    for other in [&b""[..], b"eyJhbGciOiJFUzI1NiJ9.e30", b"DSSEv1 1 x 1 x", &[7; 32], &tbs(b"x")[1..]] {
        assert_eq!(refused(&service, &url, other.to_vec()).await, 400);
    }
    assert_eq!(refused(&service, &url, tbs(&[0; 40_000])).await, 403, "more than the policy of the key lets sign");
    assert_eq!(refused(&service, &url, tbs(&[0; 65_530])).await, 413, "more than a request may have");
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn every_failure_has_an_empty_body() {
    let service = start().await;
    let url = format!("acme/c2pa/sign?token={}", url_token(&service, "acme/c2pa").await);
    for (behaviour, status) in [
        (Behaviour::Fail(ErrorClass::Denied), 502),
        (Behaviour::Fail(ErrorClass::Throttled), 429),
        (Behaviour::Fail(ErrorClass::Unavailable), 503),
        (Behaviour::WrongKey, 502),
        (Behaviour::WrongDigest, 502),
    ] {
        service.provider.behave(behaviour);
        assert_eq!(refused(&service, &url, tbs(b"x")).await, status);
    }
    let wrong_method = service.request("GET", &format!("/c2pa/v1/{url}")).send().await.unwrap();
    assert_eq!((wrong_method.status().as_u16(), wrong_method.bytes().await.unwrap().len()), (405, 0));
    assert_eq!(refused(&service, "nothing", tbs(b"x")).await, 404);
}

#[tokio::test]
async fn a_service_that_is_full_says_so_with_an_empty_body() {
    let mut config: Config = all_on();
    config.server.max_in_flight = 1;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    let url = format!("acme/c2pa/sign?token={}", url_token(&service, "acme/c2pa").await);
    service.provider.behave(Behaviour::WaitThenSign);
    let first = post(&service, &url, tbs(b"x"));
    let second = async {
        service.provider.wait_for_calls(1).await;
        let status = refused(&service, &url, tbs(b"x")).await;
        service.provider.open();
        status
    };
    let both = async { tokio::join!(first, second) };
    let ((first, _), second) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("the first is signed");
    assert_eq!((first, second), (200, 503));
}
