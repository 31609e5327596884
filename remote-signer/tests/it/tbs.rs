//! What is hashed here: `tbs` in the place of a digest, or beside it.

use crate::support::{Reply, assert_signs, body, start};
use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_signer::encoding::base64url;

/// `{1: -7}`, no external data, a payload of two bytes.
const SIG_STRUCTURE: &[u8] = b"\x84\x6aSignature1\x43\xa1\x01\x26\x40\x42hi";

fn tbs(profile: &str, bytes: &[u8]) -> Value {
    json!({"key": "acme/c2pa", "digestAlgorithm": "sha-256", "profile": profile, "tbs": base64url(bytes)})
}

#[tokio::test]
async fn what_is_hashed_here_gives_the_signature_of_its_digest() {
    let service = start().await;
    let spki = service.get("/v1/keys/acme/c2pa").await.body["publicKey"]["spki"].as_str().unwrap().to_owned();
    for (profile, text) in [
        ("raw", "anything"),
        ("jws", "eyJhbGciOiJFUzI1NiJ9.aGk"),
        ("dsse", "DSSEv1 10 text/plain 2 hi"),
        ("cose-sign1", "x"),
    ] {
        let bytes = if profile == "cose-sign1" { SIG_STRUCTURE } else { text.as_bytes() };
        let reply = service.sign(&tbs(profile, bytes)).await;
        assert_eq!(reply.status, 200, "{profile}: {reply:?}");
        if profile != "cose-sign1" {
            assert_signs(&reply.body, text, &spki);
        }
        let digest: Vec<u8> = sqlx::query_scalar("SELECT digest FROM signings WHERE request_id = ?")
            .bind(reply.body["requestId"].as_str().unwrap())
            .fetch_one(service.storage.readers())
            .await
            .unwrap();
        assert_eq!(digest, Sha256::digest(bytes).as_bytes());
    }
}

#[tokio::test]
async fn a_digest_beside_it_has_to_be_its_digest() {
    let service = start().await;
    let mut both = tbs("raw", b"x");
    both["digest"] = body("x")["digest"].clone();
    assert_eq!(service.sign(&both).await.status, 200);
    both["digest"] = body("y")["digest"].clone();
    let reply = service.sign(&both).await;
    assert_eq!(reply.problem(), (422, "digest_not_of_tbs"));
    assert_eq!((&reply.body["field"], &reply.body["number"]), (&json!("digest"), &json!(2017)));
    assert_eq!(service.provider.calls(), 1);
}

#[tokio::test]
async fn the_same_digest_in_either_form_is_the_same_request() {
    let service = start().await;
    let first = service.sign_once("k", &tbs("raw", b"x")).await;
    let again = service.sign_once("k", &body("x")).await;
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn bytes_that_are_not_what_the_profile_says_are_refused() {
    let service = start().await;
    for (profile, bytes) in [
        ("cose-sign1", &b"eyJhbGciOiJFUzI1NiJ9.aGk"[..]),
        ("jws", SIG_STRUCTURE),
        ("dsse", b"DSSEv1 10 text/plain 3 hi"),
        ("jws", b"eyJhbGciOiJub25lIn0.aGk"),
    ] {
        let reply = service.sign(&tbs(profile, bytes)).await;
        assert_eq!(reply.problem(), (422, "tbs_not_of_profile"), "{profile}: {reply:?}");
        assert_eq!((&reply.body["field"], &reply.body["number"]), (&json!("tbs"), &json!(2018)));
        assert!(reply.body["detail"].as_str().unwrap().contains(profile), "{reply:?}");
    }
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn sizes_and_forms() {
    let service = start().await;
    assert_eq!(service.sign(&tbs("raw", &[7; 32 * 1024])).await.status, 200);
    let reply = service.sign(&tbs("raw", &[7; 32 * 1024 + 1])).await;
    assert_eq!((reply.problem(), &reply.body["rule"]), ((403, "policy_refused"), &json!("maxTbsBytes")));
    assert_eq!(service.sign(&tbs("raw", &[7; 64 * 1024])).await.problem(), (413, "body_too_large"));
    let with = |value: Value| {
        let mut body = tbs("raw", b"x");
        body["tbs"] = value;
        body
    };
    for (value, code, field) in [
        (json!("eA=="), "base64_invalid_character", "tbs"),
        (json!("e+"), "base64_invalid_character", "tbs"),
        (Value::Null, "invalid_field", "tbs"),
        (json!(1), "invalid_field", "tbs"),
    ] {
        let reply = service.sign(&with(value.clone())).await;
        assert_eq!(reply.problem(), (400, code), "{value}");
        assert_eq!(reply.body["field"], field, "{value}");
    }
    for member in ["digest", "keyVersion"] {
        let mut null = body("x");
        null[member] = Value::Null;
        let reply = service.sign(&null).await;
        assert_eq!((reply.problem(), &reply.body["field"]), ((400, "invalid_field"), &json!(member)));
    }
}

#[tokio::test]
async fn a_batch_has_its_own_answer_for_each_form() {
    let service = start().await;
    let mut mismatch = tbs("raw", b"x");
    mismatch["digest"] = body("y")["digest"].clone();
    let mut dry = tbs("dsse", b"DSSEv1 1 t 0 ");
    dry["dryRun"] = json!(true);
    let batch = json!({"requests": [
        body("x"), tbs("cose-sign1", SIG_STRUCTURE), mismatch, dry, tbs("jws", b"no"), tbs("jws", b"eyJhbGciOiJFUzI1NiJ9.aGk"),
    ]});
    let send = || service.post("/v1/sign/batch").header("Idempotency-Key", "b").json(&batch);
    let reply = Reply::read(send()).await;
    assert_eq!(reply.status, 207);
    let seen: Vec<(u64, &str)> = reply.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let what = match result {
                result if result["signature"].is_string() => "signed",
                result if result["dryRun"] == true => "dry run",
                result => result["problem"]["code"].as_str().unwrap(),
            };
            (result["status"].as_u64().unwrap(), what)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (200, "signed"),
            (200, "signed"),
            (422, "digest_not_of_tbs"),
            (200, "dry run"),
            (422, "tbs_not_of_profile"),
            (200, "signed")
        ]
    );
    assert_eq!(reply.body["results"][2]["problem"]["field"], "requests[2].digest");
    let again = Reply::read(send()).await;
    for index in [0, 1, 5] {
        assert_eq!(again.body["results"][index], reply.body["results"][index], "{index}");
    }
    assert_eq!((service.provider.calls(), service.signings("signed").await), (3, 3));
    let only_dry = json!({"requests": [batch["requests"][3]]});
    assert_eq!(Reply::read(service.post("/v1/sign/batch").json(&only_dry)).await.status, 200);
}
