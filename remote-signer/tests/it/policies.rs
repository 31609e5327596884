//! Policies: set, held against requests, shared keys, what is recorded and what is told to whom.

use core::time::Duration;

use crate::support::{Reply, Service, body, start};
use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::clock::Clock as _;
use splitsign_signer::identity::KeyScope;
use sqlx::Connection as _;

async fn set(service: &Service, key: &str, policy: Value) {
    let policy = serde_json::from_value(policy).unwrap();
    service.keys().set_policy(&key.parse().unwrap(), policy, service.clock.now()).await.unwrap();
}

async fn records(service: &Service, kind: &str) -> Vec<Value> {
    let records = Trail::new(service.storage.clone()).records_after(0).await.unwrap();
    let bodies = records.iter().map(|record| serde_json::from_str::<Value>(&record.body).unwrap());
    bodies.filter(|body| body["kind"] == kind).collect()
}

#[tokio::test]
async fn a_policy_holds_from_the_next_request_on_and_until_it_is_cleared() {
    let service = start().await;
    assert_eq!(service.sign(&body("x")).await.status, 200);
    set(&service, "acme/c2pa", json!({"profiles": ["cose-sign1", "jws"]})).await;
    let reply = service.sign(&body("x")).await;
    assert_eq!(reply.problem(), (403, "policy_refused"));
    assert_eq!(
        (&reply.body["rule"], &reply.body["field"], &reply.body["number"]),
        (&json!("profiles"), &json!("profile"), &json!(2033))
    );
    assert_eq!(reply.body["detail"], "key acme/c2pa signs profile cose-sign1, jws only");
    let mut jws = body("x");
    jws["profile"] = json!("jws");
    assert_eq!(service.sign(&jws).await.status, 200);
    assert!(service.keys().clear_policy(&"acme/c2pa".parse().unwrap(), service.clock.now()).await.unwrap());
    assert_eq!(service.sign(&body("x")).await.status, 200);
    assert_eq!(service.provider.calls(), 3);
}

#[tokio::test]
async fn each_rule_reaches_the_service_by_its_name() {
    let service = start().await;
    let now = service.clock.now();
    let (hour, second) = (Duration::from_secs(3600), Duration::from_secs(1));
    // A window of the weekday that is six days away.
    let other_day = now.after(6 * 24 * hour);
    let days = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    let day = days[usize::try_from(other_day.get() / 86_400_000 % 7).unwrap()];
    for (policy, rule, field) in [
        (json!({"tenants": ["partner"]}), "tenants", "key"),
        (json!({"digestAlgorithms": ["sha-384"]}), "digestAlgorithms", "digestAlgorithm"),
        (json!({"requireTbs": true}), "requireTbs", "tbs"),
        (json!({"requirePinnedVersion": true}), "requirePinnedVersion", "keyVersion"),
        (json!({"notBefore": now.after(hour).to_string()}), "notBefore", "key"),
        (json!({"notAfter": now.before(second).to_string()}), "notAfter", "key"),
        (json!({"hours": [format!("{day} 00:00-24:00")]}), "hours", "key"),
    ] {
        set(&service, "acme/c2pa", policy.clone()).await;
        let reply = service.sign(&body("x")).await;
        assert_eq!(reply.problem(), (403, "policy_refused"), "{policy}");
        assert_eq!((&reply.body["rule"], &reply.body["field"]), (&json!(rule), &json!(field)), "{policy}");
        assert!(!reply.body.to_string().contains("partner"), "who else may is nobody's business");
    }
    assert_eq!((service.provider.calls(), service.signings("intent").await), (0, 0));
    set(&service, "acme/c2pa", json!({"requirePinnedVersion": true})).await;
    let mut pinned = body("x");
    pinned["keyVersion"] = json!(1);
    assert_eq!(service.sign(&pinned).await.status, 200);
}

#[tokio::test]
async fn a_stored_signature_is_given_back_whatever_the_policy_is_now() {
    let service = start().await;
    let first = service.sign_once("k", &body("x")).await;
    set(&service, "acme/c2pa", json!({"profiles": ["jws"]})).await;
    assert_eq!(service.sign_once("k", &body("x")).await.body, first.body);
    assert_eq!(service.sign_once("l", &body("x")).await.problem(), (403, "policy_refused"));
}

#[tokio::test]
async fn a_key_is_shared_when_its_policy_and_the_token_say_so() {
    let mut service = start().await;
    let named = service.token_for("partner", KeyScope::Only(["acme/c2pa".parse().unwrap()].into())).await;
    let all = service.token_for("partner", KeyScope::All).await;
    let owner = service.token.clone();
    let refusals = async |service: &Service| {
        let signed = service.sign(&body("x")).await;
        assert_eq!(signed.problem(), (404, "key_not_found"));
        assert_eq!(service.get("/v1/keys/acme/c2pa").await.problem(), (404, "key_not_found"));
        assert_eq!(service.get("/v1/keys").await.body["keys"], json!([]));
        signed.body["detail"].clone()
    };
    service.token.clone_from(&named);
    let detail = refusals(&service).await;
    // A policy that says nothing of tenants shares nothing; neither does one that refuses by another rule.
    set(&service, "acme/c2pa", json!({"profiles": ["jws"]})).await;
    assert_eq!(refusals(&service).await, detail);

    set(&service, "acme/c2pa", json!({"tenants": ["acme", "partner"]})).await;
    let signed = service.sign_once("k", &body("x")).await;
    assert_eq!((signed.status, &signed.body["keyId"]), (200, &json!("acme/c2pa")));
    assert_eq!(service.get("/v1/keys/acme/c2pa").await.body["kid"], signed.body["kid"]);
    assert_eq!(service.get("/v1/keys").await.body["keys"][0]["key"], "acme/c2pa");
    assert_eq!(records(&service, "sign_intent").await[0]["tenant"], "partner");
    service.token = all;
    refusals(&service).await;
    service.token = service.token_for("rival", KeyScope::Only(["acme/c2pa".parse().unwrap()].into())).await;
    refusals(&service).await;
    service.token.clone_from(&owner);
    let own = service.sign_once("k", &body("y")).await;
    assert_eq!(own.status, 200, "an idempotency key belongs to the tenant: {own:?}");

    set(&service, "acme/c2pa", json!({"tenants": ["acme"]})).await;
    service.token = named;
    refusals(&service).await;
    assert_eq!(
        service.sign_once("k", &body("x")).await.problem(),
        (404, "key_not_found"),
        "nor what was signed before"
    );
}

#[tokio::test]
async fn changes_are_recorded_and_refusals_once_an_hour() {
    let service = start().await;
    set(&service, "acme/c2pa", json!({"hours": ["mon-sun 00:00-24:00"], "profiles": ["jws"]})).await;
    for _ in 0..5 {
        assert_eq!(service.sign(&body("x")).await.problem(), (403, "policy_refused"));
    }
    let refused = records(&service, "policy_refused").await;
    assert_eq!(refused.len(), 1, "the trail can only grow");
    let token = service.token.split('_').nth(1).unwrap();
    assert_eq!(
        (&refused[0]["keyId"], &refused[0]["rule"], &refused[0]["tenant"], &refused[0]["tokenId"]),
        (&json!("acme/c2pa"), &json!("profiles"), &json!("acme"), &json!(token))
    );
    service.clock.advance(Duration::from_secs(3600));
    service.sign(&body("x")).await;
    assert_eq!(records(&service, "policy_refused").await.len(), 2);
    let id = "acme/c2pa".parse().unwrap();
    assert!(service.keys().clear_policy(&id, service.clock.now()).await.unwrap());
    assert!(!service.keys().clear_policy(&id, service.clock.now()).await.unwrap());
    let changes = records(&service, "policy_set").await;
    assert_eq!(changes[0]["policy"]["hours"], json!(["mon-sun 00:00-24:00"]));
    assert_eq!(records(&service, "policy_cleared").await.len(), 1);
    Trail::new(service.storage.clone()).verify().await.unwrap();
}

#[tokio::test]
async fn a_policy_of_a_newer_program_signs_nothing() {
    let service = start().await;
    set(&service, "acme/c2pa", json!({})).await;
    let mut connection = sqlx::SqliteConnection::connect(&format!(
        "sqlite:{}/data/splitsign.sqlite",
        service.directory.path().display()
    ))
    .await
    .unwrap();
    sqlx::query(r#"UPDATE key_policies SET policy = '{"weather":"fine"}'"#).execute(&mut connection).await.unwrap();
    assert_eq!(service.sign(&body("x")).await.problem(), (503, "storage_unavailable"));
    let (id, policy) = ("acme/missing".parse().unwrap(), serde_json::from_value(json!({})).unwrap());
    let missing = service.keys().set_policy(&id, policy, service.clock.now()).await;
    assert!(missing.unwrap_err().to_string().contains("acme/missing"));
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn the_items_of_a_batch_are_held_to_the_policies_of_their_keys() {
    let service = start().await;
    service.create_key("acme/jws", false).await;
    set(&service, "acme/jws", json!({"profiles": ["jws"]})).await;
    let with = |key: &str, profile: &str| {
        let mut body = body("x");
        (body["key"], body["profile"]) = (json!(key), json!(profile));
        body
    };
    let batch = json!({"requests": [with("acme/jws", "raw"), with("acme/jws", "jws"), with("acme/c2pa", "dsse")]});
    let reply = Reply::read(service.post("/v1/sign/batch").json(&batch)).await;
    let statuses: Vec<_> = reply.body["results"].as_array().unwrap().iter().map(|result| &result["status"]).collect();
    assert_eq!((reply.status, statuses), (207, vec![&json!(403), &json!(200), &json!(200)]));
    assert_eq!(reply.body["results"][0]["problem"]["rule"], "profiles");
}
