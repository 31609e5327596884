//! For those who run the service: probes, metrics, the admin interface, and what ten thousand keys cost.

use alloc::sync::Arc;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::support::{Behaviour, Reply, Service, TestProvider, body, start, start_with};
use async_trait::async_trait;
use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::auth::{NewToken, TokenId, Tokens};
use splitsign_signer::clock::Clock as _;
use splitsign_signer::config::Config;
use splitsign_signer::identity::KeyScope;
use splitsign_signer::providers::ErrorClass;
use splitsign_signer::storage::{Command, Storage, StorageError};
use splitsign_signer::telemetry::metrics::{Access, METRICS};

/// What the certificate of the test's provider comes to.
const CERTIFICATE: &str = "passed ";
const STATUS: &str = "/api/admin/kms/status";
const VALIDATE: &str = "/api/admin/kms/validate";

async fn probing() -> Service {
    let mut config = Config::default();
    config.health.probe_interval_ms = 20;
    config.health.probe_timeout_ms = 200;
    start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await
}

/// Asks until the status is this one; at most ten seconds.
async fn kms_until(service: &Service, status: &str) -> Reply {
    for _ in 0..500 {
        let reply = service.get("/health/kms").await;
        if reply.body["status"] == status {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {status}: {:?}", service.get("/health/kms").await);
}

async fn audit_kinds(service: &Service) -> Vec<Value> {
    let records = Trail::new(service.storage.clone()).records_after(0).await.unwrap();
    records.iter().map(|record| serde_json::from_str(&record.body).unwrap()).collect()
}

/// The database as another process has it, which knows nothing of what the service keeps in memory.
async fn other_process(service: &Service) -> Storage {
    let config = splitsign_signer::storage::Config { directory: service.storage.directory().to_owned() };
    Storage::open(&config, &*service.clock).await.unwrap()
}

/// Any statement, past all rules but not past those who keep what they read in memory.
struct Statement(&'static str);

#[async_trait]
impl Command for Statement {
    type Output = ();

    async fn apply(self, connection: &mut sqlx::SqliteConnection) -> Result<(), StorageError> {
        sqlx::query(self.0).execute(connection).await?;
        Ok(())
    }
}

#[tokio::test]
async fn health_of_keys_comes_from_signing_and_every_probe_is_recorded() {
    let service = probing().await;
    let up = kms_until(&service, "UP").await;
    assert_eq!((up.status, &up.body["healthy"], &up.body["provider"]), (200, &json!(true), &json!("test")));
    assert!(up.body["checkedAt"].is_string() && up.body.get("reason").is_none(), "{up:?}");
    // Reachable is not enough: `probe` of the provider would still say yes.
    service.provider.behave(Behaviour::Fail(ErrorClass::Denied));
    let down = kms_until(&service, "DOWN").await;
    assert_eq!((down.status, &down.body["healthy"], &down.body["reason"]), (503, &json!(false), &json!("denied")));
    service.provider.behave(Behaviour::WrongKey);
    for _ in 0..500 {
        if service.get("/health/kms").await.body["reason"] == "bad_signature" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(service.get("/health/kms").await.body["reason"], "bad_signature");
    service.provider.behave(Behaviour::Sign);
    kms_until(&service, "UP").await;
    let intents: Vec<Value> = audit_kinds(&service).await.into_iter().filter(|r| r["kind"] == "sign_intent").collect();
    assert!(intents.len() >= 3);
    assert!(intents.iter().all(|intent| intent["profile"] == "kms-probe" && intent["tokenId"] == "health-probe"));
    assert!(service.signings("signed").await >= 2 && service.signings("failed").await >= 2);
}

#[tokio::test]
async fn a_provider_that_hangs_is_down_in_time_and_is_not_asked_again_meanwhile() {
    let service = probing().await;
    kms_until(&service, "UP").await;
    service.provider.behave(Behaviour::WaitThenSign);
    let down = kms_until(&service, "DOWN").await;
    assert_eq!(down.body["reason"], "timeout");
    let calls = service.provider.calls();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(service.provider.calls(), calls);
    service.provider.open();
    kms_until(&service, "UP").await;
}

#[tokio::test]
async fn what_was_not_probed_for_long_is_unknown() {
    let service = probing().await;
    kms_until(&service, "UP").await;
    service.provider.behave(Behaviour::WaitThenSign);
    kms_until(&service, "DOWN").await;
    let mut config = Config::default();
    config.health.probe_interval_ms = 3_600_000;
    let provider = TestProvider::new();
    let other = start_with(config, provider, Arc::new(tempfile::tempdir().unwrap())).await;
    // It started without a key, so the first probe had none; the next one comes soon.
    let unknown = other.get("/health/kms").await;
    assert_eq!((unknown.status, &unknown.body["status"]), (503, &json!("UNKNOWN")));
    kms_until(&other, "UP").await;
    other.clock.advance(Duration::from_secs(4 * 3600));
    let stale = other.get("/health/kms").await;
    assert_eq!((stale.status, &stale.body["reason"]), (503, &json!("stale")));
}

/// Each admin route, each kind of token.
#[tokio::test]
async fn admin_routes_are_for_admins_and_admins_sign_only_with_their_keys() {
    let service = start().await;
    let none = KeyScope::Only([].into());
    let admin = service.admin_token(none.clone()).await;
    let signing_admin = service.admin_token(KeyScope::All).await;
    let revoked = service.admin_token(none.clone()).await;
    let tokens = Tokens::new(service.storage.clone());
    tokens.revoke(&TokenId::new(revoked.split('_').nth(1).unwrap()), service.clock.now()).await.unwrap();
    let new = |expires_at| NewToken {
        tenant: "acme".parse().unwrap(),
        scope: KeyScope::All,
        label: String::new(),
        expires_at,
    };
    let soon = service.clock.now().after(Duration::from_millis(1));
    let expired = tokens.create_admin(new(Some(soon)), service.clock.now()).await.unwrap().reveal().to_string();
    service.clock.advance(Duration::from_millis(5));
    let other_end = if admin.ends_with('A') { 'E' } else { 'A' };
    let wrong_secret = format!("{}{other_end}", &admin[..admin.len() - 1]);
    let callers: [(&str, Option<&str>, u16, u16); 8] = [
        ("no token", None, 401, 401),
        ("no token of ours", Some("hunter2"), 401, 401),
        ("another secret", Some(&wrong_secret), 401, 401),
        ("a revoked admin", Some(&revoked), 401, 401),
        ("an expired admin", Some(&expired), 401, 401),
        ("a tenant", Some(&service.token), 403, 200),
        ("an admin without keys", Some(&admin), 200, 404),
        ("an admin with keys", Some(&signing_admin), 200, 200),
    ];
    for (who, token, admin_status, sign_status) in callers {
        let with = |method: &str, path: &str| {
            let request = service.request(method, path);
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        };
        for (method, path) in [("GET", STATUS), ("POST", VALIDATE), ("GET", "/metrics")] {
            let request = with(method, path);
            let reply = Reply::read(if method == "POST" { request.json(&json!({})) } else { request }).await;
            assert_eq!(reply.status, admin_status, "{who} {path} {reply:?}");
            if admin_status == 403 {
                assert_eq!(reply.problem().1, "admin_required");
            }
        }
        let signed = Reply::read(with("POST", "/v1/sign").json(&body(who))).await;
        assert_eq!(signed.status, sign_status, "{who} {signed:?}");
    }
    let records = audit_kinds(&service).await;
    let actions: Vec<&str> =
        records.iter().filter(|r| r["kind"] == "admin_action").map(|r| r["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["kms_status", "kms_validate", "kms_status", "kms_validate"], "what is refused is no action");
    assert!(records.iter().any(|record| record["kind"] == "token_created" && record["admin"] == true));
}

#[tokio::test]
async fn validation_says_for_each_operation_what_it_came_to() {
    let service = start().await;
    service.create_key("acme/other", false).await;
    let admin = service.admin_token(KeyScope::Only([].into())).await;
    let validate =
        async |body: Value| Reply::read(service.request("POST", VALIDATE).bearer_auth(&admin).json(&body)).await;
    let result = |reply: &Reply, index: usize| -> BTreeMap<String, String> {
        let operations = reply.body["results"][index]["operations"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        operations
            .iter()
            .map(|one| (text(&one["operation"]), format!("{} {}", text(&one["result"]), text(&one["class"]))))
            .collect()
    };
    // The certificate of the test's provider is none.
    let all = validate(json!({})).await;
    assert_eq!((all.status, all.body["results"].as_array().unwrap().len()), (200, 2));
    let first = result(&all, 0);
    for (operation, expected) in [
        ("state", "passed "),
        ("describe", "passed "),
        ("sign", "passed "),
        ("verify", "passed "),
        ("certificate", CERTIFICATE),
    ] {
        assert_eq!(first[operation], expected, "{all:?}");
    }
    assert_eq!(all.body["passed"], CERTIFICATE == "passed ");
    let other = other_process(&service).await;
    other.write(Statement("DELETE FROM certificates")).await.unwrap();
    let clean = validate(json!({"keys": ["acme/c2pa"]})).await;
    assert_eq!(
        (&clean.body["passed"], result(&clean, 0)["certificate"].as_str()),
        (&json!(true), "skipped "),
        "{clean:?}"
    );
    service.provider.behave(Behaviour::WrongKey);
    let wrong = result(&validate(json!({"keys": ["acme/c2pa"]})).await, 0);
    assert_eq!((wrong["sign"].as_str(), wrong["verify"].as_str()), ("passed ", "failed bad_signature"));
    service.provider.behave(Behaviour::Fail(ErrorClass::Denied));
    let denied = validate(json!({"keys": ["acme/c2pa"]})).await;
    assert_eq!(result(&denied, 0)["sign"], "failed denied");
    assert!(
        denied.body.to_string().contains("secret internals of the provider"),
        "an admin is told the provider's words"
    );
    other.write(Statement("UPDATE key_versions SET state = 'disabled' WHERE key_id = 'acme/other'")).await.unwrap();
    let calls = service.provider.calls();
    let off = validate(json!({"keys": ["acme/other", "acme/absent"]})).await;
    assert_eq!(
        (result(&off, 0)["state"].as_str(), result(&off, 1)["state"].as_str()),
        ("failed inactive", "failed not_found")
    );
    assert_eq!(service.provider.calls(), calls, "a disabled key signs nothing, not even a probe");
    let intents = audit_kinds(&service).await.into_iter().filter(|record| record["kind"] == "sign_intent");
    let token_id = admin.split('_').nth(1).unwrap();
    assert!(intents.into_iter().all(|intent| intent["profile"] == "kms-probe" && intent["tokenId"] == token_id));
}

#[tokio::test]
async fn validation_refuses_what_is_too_much_or_no_list() {
    let service = start().await;
    let admin = service.admin_token(KeyScope::Only([].into())).await;
    let many: Vec<String> = (0..65).map(|n| format!("acme/k{n}")).collect();
    for body in [
        json!({"keys": []}),
        json!({"keys": many}),
        json!({"keys": ["acme/c2pa", "acme/c2pa"]}),
        json!({"keys": ["no key"]}),
        json!({"keys": ["acme/c2pa"], "limit": 1}),
        json!({"keys": 1}),
        json!({"limit": 0}),
        json!({"limit": 65}),
        json!({"limit": -1}),
        json!({"cursor": "***"}),
        json!({"unknown": 1}),
        json!([]),
    ] {
        let reply = Reply::read(service.request("POST", VALIDATE).bearer_auth(&admin).json(&body)).await;
        assert_eq!(reply.problem().0, 400, "{body}");
    }
    let huge = "x".repeat(service.config.server.max_body_bytes);
    let reply = Reply::read(service.request("POST", VALIDATE).bearer_auth(&admin).json(&json!({"keys": [huge]}))).await;
    assert_eq!(reply.problem(), (413, "body_too_large"));
    assert_eq!(service.provider.calls(), 0);
}

#[tokio::test]
async fn status_tells_providers_and_the_hit_rate() {
    let service = probing().await;
    kms_until(&service, "UP").await;
    for n in 0..5 {
        assert_eq!(service.sign(&body(&n.to_string())).await.status, 200);
    }
    let admin = service.admin_token(KeyScope::Only([].into())).await;
    let status = service.get_with(&admin, STATUS).await;
    assert_eq!((status.status, &status.body["provider"]), (200, &json!("test")));
    assert_eq!(status.body["providers"][0]["status"], "UP");
    let rate = status.body["cacheHitRate"].as_f64().unwrap();
    assert!(rate > 0.5 && rate < 1.0, "{rate}");
    assert!(status.body["upcomingRotations"].is_array() && status.body.get("lastRotationCheck").is_some());
}

/// A probe is a signature like any other: nothing is signed past the end of the certificate.
#[tokio::test]
async fn neither_probes_nor_validation_sign_with_a_certificate_that_has_ended() {
    let service = probing().await;
    kms_until(&service, "UP").await;
    let admin = service.admin_token(KeyScope::Only([].into())).await;
    // The certificate of the test's provider ends in 2049.
    service.clock.advance(Duration::from_secs(40 * 365 * 24 * 3600));
    let down = kms_until(&service, "DOWN").await;
    assert_eq!((down.status, &down.body["reason"]), (503, &json!("certificate")));
    let calls = service.provider.calls();
    let reply = Reply::read(service.request("POST", VALIDATE).bearer_auth(&admin).json(&json!({}))).await;
    assert_eq!((reply.status, &reply.body["passed"]), (200, &json!(false)), "{reply:?}");
    assert_eq!(service.provider.calls(), calls, "the key was not used");
}

/// Whoever changes a key, the next request sees it: the keys are in memory, and the change comes from elsewhere.
#[tokio::test]
async fn a_key_that_another_process_disables_or_rotates_does_not_sign_from_memory() {
    let service = start().await;
    let other = other_process(&service).await;
    for round in 0..20 {
        assert_eq!(service.sign(&body(&format!("a{round}"))).await.status, 200);
        other.write(Statement("UPDATE key_versions SET state = 'disabled'")).await.unwrap();
        assert_eq!(service.sign(&body(&format!("b{round}"))).await.problem(), (409, "key_disabled"));
        other.write(Statement("UPDATE key_versions SET state = 'active'")).await.unwrap();
    }
    let before = service.get("/.well-known/jwks.json").await;
    // As the command line does: with keys of its own, which know nothing of what the service remembers.
    service.create_key("acme/c2pa", true).await;
    assert_eq!(service.sign(&body("after")).await.body["keyVersion"], 2);
    // A chain that is exchanged is seen as well: this one is none, so that nothing signs with it.
    other.write(Statement("UPDATE certificates SET der = x'3003020108' WHERE version = 2")).await.unwrap();
    assert_eq!(service.sign(&body("chain")).await.status, 409);
    let after = service.get("/.well-known/jwks.json").await;
    assert_eq!((before.body["keys"].as_array().unwrap().len(), after.body["keys"].as_array().unwrap().len()), (1, 2));
}

/// Signers and a process that switches the key on and off: nothing is signed in a span in which the key was off from
/// before the request until after its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_signs_while_a_key_is_off_however_many_ask_at_once() {
    let service = Arc::new(start().await);
    let other = other_process(&service).await;
    for round in 0..10 {
        other.write(Statement("UPDATE key_versions SET state = 'active'")).await.unwrap();
        let warm: Vec<_> = (0..8)
            .map(|n| {
                let service = Arc::clone(&service);
                tokio::spawn(async move { service.sign(&body(&format!("w{round}-{n}"))).await.status })
            })
            .collect();
        other.write(Statement("UPDATE key_versions SET state = 'disabled'")).await.unwrap();
        let off: Vec<_> = (0..8)
            .map(|n| {
                let service = Arc::clone(&service);
                tokio::spawn(async move { service.sign(&body(&format!("o{round}-{n}"))).await.status })
            })
            .collect();
        for task in off {
            assert_eq!(task.await.unwrap(), 409);
        }
        for task in warm {
            assert!([200, 409].contains(&task.await.unwrap()));
        }
    }
}

#[tokio::test]
async fn the_key_set_is_kept_as_bytes_with_a_tag() {
    let service = start().await;
    let first = service.get("/.well-known/jwks.json").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 40 && tag.starts_with('"'), "{tag}");
    let held = |tag: String| Reply::read(service.request("GET", "/.well-known/jwks.json").header("If-None-Match", tag));
    let same = held(format!("\"x\", W/{tag}")).await;
    assert_eq!(
        (same.status, same.header("etag"), same.header("cache-control")),
        (304, tag.as_str(), first.header("cache-control"))
    );
    service.create_key("acme/more", false).await;
    let changed = held(tag.clone()).await;
    assert_eq!((changed.status, changed.body["keys"].as_array().unwrap().len()), (200, 2));
    assert_ne!(changed.header("etag"), tag);
}

/// What `/metrics` prints, what the code says that there is, and what the page says: one list.
#[tokio::test]
async fn metrics_are_those_of_the_page() {
    let mut config = Config::default();
    config.telemetry.metrics = Access::Open;
    config.health.probe_interval_ms = 50;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    assert_eq!(service.sign_once("k", &body("x")).await.status, 200);
    assert_eq!(service.sign_once("k", &body("x")).await.status, 200);
    let batch = json!({"requests": [body("a"), body("b")]});
    assert_eq!(Reply::read(service.post("/v1/sign/batch").json(&batch)).await.status, 200);
    assert_eq!(service.get("/no/such/path-by-a-stranger").await.status, 404);
    assert_eq!(service.get(STATUS).await.status, 403);
    kms_until(&service, "UP").await;
    let reply = Reply::read(service.request("GET", "/metrics")).await;
    assert!(reply.header("content-type").starts_with("text/plain; version=0.0.4"), "{reply:?}");
    let text = reply.body.as_str().unwrap();
    let page = include_str!("../../../docs/guides/metrics.md");
    let rows: BTreeMap<&str, Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `splitsign_"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (cells[0].trim_matches('`'), cells)
        })
        .collect();
    for metric in METRICS {
        let row = rows.get(metric.name).unwrap_or_else(|| panic!("{} is not in docs/guides/metrics.md", metric.name));
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        assert_eq!(row[1..4], [metric.kind.name(), labels.as_str(), metric.help], "{}", metric.name);
        assert!(
            text.contains(&format!("# HELP {} {}\n", metric.name, metric.help)),
            "{} has no help\n{text}",
            metric.name
        );
        assert!(text.contains(&format!("# TYPE {} {}\n", metric.name, metric.kind.name())), "{}", metric.name);
    }
    assert_eq!(rows.len(), METRICS.len(), "the page has metrics that do not exist");
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let series = line.split([' ', '{']).next().unwrap();
        let stem = |name: &str| ["_bucket", "_sum", "_count"].iter().any(|end| series == format!("{name}{end}"));
        assert!(METRICS.iter().any(|metric| series == metric.name || stem(metric.name)), "{line} is of no metric");
        assert!(
            !line.contains("acme") && !line.contains("stranger"),
            "{line} names a tenant, a key or a stranger's path"
        );
    }
    for expected in [
        r#"splitsign_signings_total{provider="test",outcome="signed",origin="request"}"#,
        r#"splitsign_signings_total{provider="test",outcome="signed",origin="probe"}"#,
        r#"splitsign_problems_total{code="admin_required"}"#,
        r#"route="/v1/sign/batch""#,
        r#"route="unmatched""#,
        r#"splitsign_cache_lookups_total{cache="keys",result="hit"}"#,
    ] {
        assert!(text.contains(expected), "{expected} is missing\n{text}");
    }
}

#[tokio::test]
async fn metrics_can_be_off_and_are_for_admins_by_default() {
    let mut config = Config::default();
    config.telemetry.metrics = Access::Off;
    let off = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    let admin = off.admin_token(KeyScope::Only([].into())).await;
    assert_eq!(off.get_with(&admin, "/metrics").await.problem(), (404, "route_not_found"));
    assert_eq!(Config::default().telemetry.metrics, Access::Admin);
}
