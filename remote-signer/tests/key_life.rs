//! The life of key versions, with a clock that is moved by hand: what signs, what is published, what is on record.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

extern crate alloc;

mod support;

use alloc::sync::Arc;
use core::time::Duration;

use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::clock::Clock as _;
use splitsign_signer::config::Config;
use splitsign_signer::identity::KeyVersion;
use splitsign_signer::keys::{Actor, Change, NewKeyVersion, Refusal, Stage, TransitionError};
use support::{Service, TestProvider, body, start, start_with};

const KEY: &str = "acme/c2pa";
const MAX_AGE: Duration = Duration::from_secs(300);

fn version(number: i64) -> KeyVersion {
    KeyVersion::try_from(number).unwrap()
}

fn pinned(number: u32) -> Value {
    let mut pinned = body("x");
    pinned["keyVersion"] = json!(number);
    pinned
}

async fn stages(service: &Service) -> Vec<Stage> {
    let versions = service.keys().versions(&KEY.parse().unwrap()).await.unwrap();
    versions.iter().map(|entry| entry.state.stage()).collect()
}

async fn published(service: &Service) -> usize {
    service.get("/.well-known/jwks.json").await.body["keys"].as_array().unwrap().len()
}

/// The bodies of the records of a kind.
async fn records(service: &Service, kind: &str) -> Vec<Value> {
    let all = Trail::new(service.storage.clone()).records_after(0).await.unwrap();
    let bodies = all.iter().map(|record| serde_json::from_str::<Value>(&record.body).unwrap());
    bodies.filter(|body| body["kind"] == kind).collect()
}

fn refusal<T: core::fmt::Debug>(result: Result<T, TransitionError>) -> Refusal {
    match result.unwrap_err() {
        TransitionError::Refused(refusal) => refusal,
        TransitionError::Storage(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_version_lives_from_its_announcement_to_its_retirement() {
    let service = start().await;
    service.make_version(KEY, true).await;
    assert_eq!(stages(&service).await, [Stage::Active, Stage::Announced]);
    assert_eq!(published(&service).await, 2, "verifiers learn of it before it signs");
    assert_eq!(service.sign(&body("x")).await.body["keyVersion"], 1);
    assert_eq!(service.sign(&pinned(2)).await.problem(), (409, "key_version_not_active"));

    let early = refusal(service.change(KEY, Change::Activate(version(2)), false).await);
    assert!(matches!(early, Refusal::TooEarly { .. }), "{early}");
    service.clock.advance(MAX_AGE);
    service.change(KEY, Change::Activate(version(2)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::Draining, Stage::Active]);
    assert_eq!(service.sign(&body("x")).await.body["keyVersion"], 2);
    assert_eq!(service.sign(&pinned(1)).await.body["keyVersion"], 1);
    let draining = refusal(service.change(KEY, Change::EndDraining(version(1)), false).await);
    assert!(matches!(draining, Refusal::StillDraining { .. }), "{draining}");

    service.clock.advance(MAX_AGE);
    // Whoever should write it down has not done so, and it does not sign all the same.
    assert_eq!(service.sign(&pinned(1)).await.problem(), (409, "key_version_superseded"));
    service.change(KEY, Change::EndDraining(version(1)), false).await.unwrap();
    assert_eq!((stages(&service).await[0], published(&service).await), (Stage::VerifyOnly, 2));
    assert_eq!(service.sign(&pinned(1)).await.problem(), (409, "key_version_superseded"));
    service.change(KEY, Change::Retire(version(1)), false).await.unwrap();
    assert_eq!((stages(&service).await[0], published(&service).await), (Stage::Retired, 1));
    for change in [Change::Enable(version(1)), Change::RollBack(version(1)), Change::Disable(version(1))] {
        let never = refusal(service.change(KEY, change, true).await);
        assert!(matches!(never, Refusal::NoSuchTransition { from: Stage::Retired, .. }), "{never}");
    }
    Trail::new(service.storage.clone()).verify().await.unwrap();
}

#[tokio::test]
async fn every_change_is_on_record_with_who_and_why() {
    let service = start().await;
    service.make_version(KEY, true).await;
    service.change(KEY, Change::Activate(version(2)), true).await.unwrap();
    let changes = records(&service, "key_state_changed").await;
    let told = |change: &Value| {
        let member = |name: &str| change[name].to_string();
        ["keyVersion", "from", "to", "by", "forced", "reason"].map(member).join(" ")
    };
    assert_eq!(
        changes.iter().map(told).collect::<Vec<_>>(),
        [r#"1 "active" "draining" "cli" false "a test""#, r#"2 "announced" "active" "cli" true "a test""#]
    );
    assert!(changes[0]["until"].is_string() && changes[1]["until"].is_null());
    let created = records(&service, "key_created").await;
    assert_eq!((&created[0]["state"], &created[1]["state"]), (&json!("active"), &json!("announced")));
    assert!(created[1]["until"].is_string());
    // What is refused leaves nothing.
    refusal(service.change(KEY, Change::Activate(version(1)), true).await);
    assert_eq!(records(&service, "key_state_changed").await.len(), 2);
}

#[tokio::test]
async fn rolling_back_lets_the_version_before_sign_and_drains_the_present_one() {
    let service = start().await;
    service.create_key(KEY, true).await;
    service.change(KEY, Change::RollBack(version(1)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::Active, Stage::Draining]);
    assert_eq!(service.sign(&body("x")).await.body["keyVersion"], 1);
    assert_eq!(service.sign(&pinned(2)).await.body["keyVersion"], 2);
    service.clock.advance(MAX_AGE);
    assert_eq!(service.sign(&pinned(2)).await.problem(), (409, "key_version_superseded"));
    // From verify-only it works too, as the key was published all the time.
    service.change(KEY, Change::EndDraining(version(2)), false).await.unwrap();
    service.change(KEY, Change::RollBack(version(2)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::Draining, Stage::Active]);
}

#[tokio::test]
async fn a_disabled_version_stops_at_once_and_comes_back_where_caches_permit() {
    let service = start().await;
    service.change(KEY, Change::Disable(version(1)), false).await.unwrap();
    assert_eq!(service.sign(&body("x")).await.problem(), (409, "key_disabled"));
    assert_eq!(published(&service).await, 0);
    // It was not published meanwhile: caches without it are about.
    service.change(KEY, Change::Enable(version(1)), false).await.unwrap();
    assert_eq!(service.sign(&body("x")).await.problem(), (409, "key_version_not_active"));
    service.clock.advance(MAX_AGE);
    service.change(KEY, Change::Activate(version(1)), false).await.unwrap();
    assert_eq!(service.sign(&body("x")).await.status, 200);
    service.change(KEY, Change::Disable(version(1)), false).await.unwrap();
    service.change(KEY, Change::Enable(version(1)), true).await.unwrap();
    assert_eq!(service.sign(&body("x")).await.status, 200, "by force at once");
    // With another version that signs it only verifies, and force does not make two.
    service.create_key(KEY, true).await;
    service.change(KEY, Change::Disable(version(1)), false).await.unwrap();
    service.change(KEY, Change::Enable(version(1)), true).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::VerifyOnly, Stage::Active], "it was draining, and is promised nothing");
}

/// The configuration promised an hour, then five minutes: who fetched a descriptor before the change keeps it an hour.
#[tokio::test]
async fn what_was_promised_holds_after_the_configuration_has_changed() {
    let mut config = Config::default();
    config.keys.descriptor_max_age_seconds = 3600;
    let provider = TestProvider::new();
    let service = start_with(config, Arc::clone(&provider), Arc::new(tempfile::tempdir().unwrap())).await;
    let directory = service.stop().await;
    let service = start_with(Config::default(), provider, directory).await;
    service.make_version(KEY, true).await;
    service.clock.advance(MAX_AGE);
    let early = refusal(service.change(KEY, Change::Activate(version(2)), false).await);
    assert!(matches!(early, Refusal::TooEarly { .. }), "{early}");
    service.change(KEY, Change::Activate(version(2)), true).await.unwrap();
    service.clock.advance(MAX_AGE);
    assert_eq!(service.sign(&pinned(1)).await.body["keyVersion"], 1, "still draining");
    service.clock.advance(Duration::from_secs(3000));
    assert_eq!(service.sign(&pinned(1)).await.problem(), (409, "key_version_superseded"));
}

#[tokio::test]
async fn nothing_is_signed_outside_of_the_certificate() {
    let service = start().await;
    let now = u64::try_from(service.clock.now().get() / 1000).unwrap();
    let reference = service.keys().versions(&KEY.parse().unwrap()).await.unwrap()[0].reference.clone();
    for (lifetime, code) in
        [((now - 100, now - 1), "certificate_expired"), ((now + 100, now + 200), "certificate_not_yet_valid")]
    {
        service.provider.certify(lifetime);
        service.replace_certificate(KEY, 1, &service.provider.certificate(&reference)).await;
        assert_eq!(service.sign(&body("x")).await.problem(), (409, code));
    }
    service.clock.advance(Duration::from_secs(150));
    assert_eq!(service.sign(&body("x")).await.status, 200, "it is valid now");
    service.clock.advance(Duration::from_secs(51));
    assert_eq!(service.sign(&body("x")).await.problem(), (409, "certificate_expired"));
    // Behind the back of the service: the certificate of somebody else.
    let stranger = support::certificate::self_signed(
        &p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap(),
        support::certificate::LIFETIME,
    );
    service.replace_certificate(KEY, 1, &stranger).await;
    assert_eq!(service.sign(&body("x")).await.problem(), (409, "certificate_mismatch"));
    assert_eq!(service.provider.calls(), 1, "the provider was asked for the good one only");
    // Force is not for this: the version would be active and sign nothing.
    service.make_version(KEY, true).await;
    service.replace_certificate(KEY, 2, &stranger).await;
    let fault = refusal(service.change(KEY, Change::Activate(version(2)), true).await);
    assert!(matches!(fault, Refusal::Certificate { .. }), "{fault}");
}

#[tokio::test]
async fn one_version_at_a_time_is_announced() {
    let service = start().await;
    service.make_version(KEY, true).await;
    let new =
        NewKeyVersion { id: KEY.parse().unwrap(), provider: "test".to_owned(), existing: None, next_version: true };
    let error = service.keys().create(new, &*service.provider, &*service.clock).await.unwrap_err();
    assert!(error.to_string().contains("version 2 of key acme/c2pa is announced already"), "{error}");
}

/// A first version that is only announced does not sign until it is activated.
#[tokio::test]
async fn a_first_version_can_be_announced() {
    let service = start().await;
    let new = NewKeyVersion {
        id: "acme/new".parse().unwrap(),
        provider: "test".to_owned(),
        existing: None,
        next_version: false,
    };
    service.keys().announce(new, Actor::CommandLine, &*service.provider, &*service.clock).await.unwrap();
    let mut request = body("x");
    request["key"] = json!("acme/new");
    assert_eq!(service.sign(&request).await.problem(), (409, "key_version_not_active"));
}

/// A state is changed in one place, which records it: nobody else writes the column.
#[test]
fn one_statement_changes_states() {
    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains("UPDATE key_versions")
            {
                found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, ["transition.rs"]);
}
