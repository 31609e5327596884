//! `/v1/transit/…`, as Vault answers.

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_signer::encoding::base64_standard;
use splitsign_signer::identity::KeyScope;
use splitsign_signer::providers::ErrorClass;

use super::start;
use crate::support::{Behaviour, Reply, Service};

async fn call(service: &Service, token: &str, path: &str, body: &Value) -> Reply {
    let request = service.request("POST", &format!("/v1/transit/{path}")).header("X-Vault-Token", token);
    Reply::read(request.body(body.to_string())).await
}

async fn ask(service: &Service, path: &str, body: &Value) -> Reply {
    call(service, &service.token, path, body).await
}

/// A failure in Vault's form.
#[track_caller]
fn refused(reply: &Reply) -> u16 {
    assert!(!(200..400).contains(&reply.status) && reply.body["errors"].is_array(), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/json");
    reply.status
}

#[tokio::test]
async fn what_is_signed_is_valid_in_both_forms_hashed_here_or_there() {
    let service = start().await;
    let input = base64_standard(b"hello");
    let digest = base64_standard(Sha256::digest(b"hello").as_bytes());
    for marshaling in ["asn1", "jws"] {
        for (input, prehashed) in [(&input, false), (&digest, true)] {
            let body = json!({"input": input, "prehashed": prehashed, "marshaling_algorithm": marshaling});
            let signed = ask(&service, "sign/c2pa/sha2-256", &body).await;
            assert_eq!((signed.status, &signed.body["data"]["key_version"]), (200, &json!(1)), "{signed:?}");
            let mut check = body.clone();
            check["signature"] = signed.body["data"]["signature"].clone();
            let valid = ask(&service, "verify/c2pa", &check).await;
            assert_eq!((valid.status, &valid.body["data"]["valid"]), (200, &json!(true)));
            check["input"] = json!(base64_standard(&[9; 32]));
            assert_eq!(ask(&service, "verify/c2pa", &check).await.body["data"]["valid"], json!(false));
        }
    }
    assert_eq!(service.signings("signed").await, 4);
}

#[tokio::test]
async fn a_version_is_pinned_and_old_signatures_stay_valid() {
    let service = start().await;
    let body = json!({"input": base64_standard(b"x")});
    let old = ask(&service, "sign/c2pa", &body).await.body["data"]["signature"].clone();
    service.create_key("acme/c2pa", true).await;
    let key =
        Reply::read(service.request("GET", "/v1/transit/keys/c2pa").header("X-Vault-Token", &service.token)).await;
    let data = &key.body["data"];
    assert_eq!((&data["latest_version"], &data["type"]), (&json!(2), &json!("ecdsa-p256")));
    assert!(data["keys"]["1"]["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    for (pinned, version) in [(json!(null), 2), (json!(0), 2), (json!(1), 1), (json!(2), 2)] {
        let signed = ask(&service, "sign/c2pa", &json!({"input": base64_standard(b"x"), "key_version": pinned})).await;
        let signature = signed.body["data"]["signature"].as_str().unwrap();
        assert!(signature.starts_with(&format!("vault:v{version}:")), "{signature}");
    }
    let check = json!({"input": base64_standard(b"x"), "signature": old});
    assert_eq!(ask(&service, "verify/c2pa", &check).await.body["data"]["valid"], json!(true));
    assert_eq!(refused(&ask(&service, "sign/c2pa", &json!({"input": "", "key_version": 7})).await), 400);
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_its_failures() {
    let service = start().await;
    let items = json!([
        {"input": base64_standard(b"a"), "reference": "first"},
        {"input": "not base64", "reference": "second"},
        {"inputs": ""},
        {"input": base64_standard(b"b")},
    ]);
    let reply = ask(&service, "sign/c2pa", &json!({"batch_input": items})).await;
    let results = reply.body["data"]["batch_results"].as_array().unwrap();
    assert_eq!((reply.status, results.len()), (200, 4), "{reply:?}");
    assert_eq!((&results[0]["reference"], &results[1]["reference"]), (&json!("first"), &json!("second")));
    assert!(results[0]["signature"].is_string() && results[3]["signature"].is_string());
    assert!(results[1]["error"].is_string() && results[2]["error"].is_string());
    let checks = json!([
        {"input": base64_standard(b"a"), "signature": results[0]["signature"]},
        {"input": base64_standard(b"a"), "signature": results[3]["signature"]},
        {"input": base64_standard(b"a"), "signature": "vault:v1:AAAA"},
    ]);
    let verdicts = ask(&service, "verify/c2pa", &json!({"batch_input": checks})).await;
    let results = verdicts.body["data"]["batch_results"].as_array().unwrap();
    assert_eq!(verdicts.status, 200);
    assert_eq!((&results[0]["valid"], &results[1]["valid"]), (&json!(true), &json!(false)));
    assert!(results[2]["error"].is_string());
    // None at all: a failure as a whole.
    let none = ask(&service, "sign/c2pa", &json!({"batch_input": [{"input": "?"}]})).await;
    assert_eq!((refused(&none), none.body["data"]["batch_results"].as_array().unwrap().len()), (400, 1));
    let too_many = vec![json!({"input": ""}); 65];
    assert_eq!(refused(&ask(&service, "sign/c2pa", &json!({"batch_input": too_many})).await), 400);
}

#[tokio::test]
async fn a_name_is_one_of_the_tokens_tenant() {
    let service = start().await;
    service.create_key("umbrella/c2pa", false).await;
    service.create_key("umbrella/only", false).await;
    let stranger = service.token_for("umbrella", KeyScope::All).await;
    let body = json!({"input": base64_standard(b"x")});
    let theirs = call(&service, &stranger, "sign/c2pa", &body).await.body["data"]["signature"].clone();
    // The same name is another key to another tenant.
    let check = json!({"input": base64_standard(b"x"), "signature": theirs});
    assert_eq!(ask(&service, "verify/c2pa", &check).await.body["data"]["valid"], json!(false));
    for name in ["only", "umbrella%2Fonly", "..%2Fumbrella%2Fonly", "none"] {
        let path = format!("sign/{name}");
        assert_eq!(refused(&ask(&service, &path, &body).await), 400, "{name}");
        let read = service.request("GET", &format!("/v1/transit/keys/{name}"));
        let read = Reply::read(read.header("X-Vault-Token", &service.token)).await;
        assert_eq!((refused(&read), &read.body["errors"]), (404, &json!([])), "{name}");
    }
    let narrow = service.token_for("acme", KeyScope::Only(["acme/other".parse().unwrap()].into())).await;
    assert_eq!(refused(&call(&service, &narrow, "sign/c2pa", &body).await), 400);
    for wrong in ["", "hvs.something", "sst_0000000000000000_AAAA"] {
        let reply = call(&service, wrong, "sign/c2pa", &body).await;
        assert_eq!((refused(&reply), &reply.body["errors"]), (403, &json!(["permission denied"])));
    }
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn what_these_keys_cannot_do_is_refused_by_name() {
    let service = start().await;
    let input = base64_standard(&[7; 31]);
    for (body, named) in [
        (json!({"input": input, "hash_algorithm": "sha2-512"}), "hash_algorithm"),
        (json!({"input": input, "prehashed": true}), "input"),
        (json!({"input": input, "prehash": true}), "prehash"),
        (json!({"input": input, "marshaling_algorithm": "pem"}), "pem"),
        (json!({"input": input, "context": "AAAA"}), "context"),
        (json!({"input": input, "key_version": -1}), "key_version"),
        (json!({"input": input, "batch_input": []}), "batch_input"),
        (json!({"input": input, "name": "other"}), "name"),
        (json!({}), "input"),
        (json!([]), "object"),
    ] {
        let reply = ask(&service, "sign/c2pa", &body).await;
        assert_eq!(refused(&reply), 400, "{body}");
        assert!(reply.body["errors"][0].as_str().unwrap().contains(named), "{reply:?}");
    }
    assert_eq!(refused(&ask(&service, "sign/c2pa/sha2-384", &json!({"input": input})).await), 400);
    let of = |length: usize| json!({"input": "A".repeat(length)});
    assert_eq!(
        refused(&ask(&service, "sign/c2pa", &of(48_000)).await),
        403,
        "more than the policy of the key lets sign"
    );
    assert_eq!(refused(&ask(&service, "sign/c2pa", &of(70_000)).await), 413, "more than a request may have");
    assert_eq!(refused(&ask(&service, "encrypt/c2pa", &json!({})).await), 404);
    let wrong_method = service.request("GET", "/v1/transit/sign/c2pa").header("X-Vault-Token", &service.token);
    assert_eq!(refused(&Reply::read(wrong_method).await), 405);
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn a_provider_that_fails_is_a_failure_in_vaults_form() {
    let service = start().await;
    service.provider.behave(Behaviour::Fail(ErrorClass::Throttled));
    let body = json!({"input": base64_standard(b"x")});
    let reply = ask(&service, "sign/c2pa", &body).await;
    assert_eq!((refused(&reply), reply.header("retry-after")), (429, "3"));
    assert!(!reply.body.to_string().contains("secret internals"));
    service.provider.behave(Behaviour::WrongKey);
    assert_eq!(refused(&ask(&service, "sign/c2pa", &json!({"batch_input": [body]})).await), 502);
}

/// Whoever reads the first of two members and whoever reads the last must not see different items.
#[tokio::test]
async fn an_item_with_a_member_twice_is_refused() {
    let service = start().await;
    let [a, b] = [b"a", b"b"].map(|input| base64_standard(input));
    let body = format!(r#"{{"batch_input":[{{"input":"{a}","input":"{b}"}},{{"input":"{a}"}}]}}"#);
    let request = service.request("POST", "/v1/transit/sign/c2pa").header("X-Vault-Token", &service.token);
    let reply = Reply::read(request.body(body)).await;
    let results = reply.body["data"]["batch_results"].as_array().unwrap();
    assert!(
        results[0]["error"].as_str().unwrap().contains("input") && results[1]["signature"].is_string(),
        "{reply:?}"
    );
}
