//! The life of key versions, with a clock that is moved by hand: what signs, what is published, what is on record.

use crate::support;
use alloc::sync::Arc;
use core::time::Duration;

use crate::support::{Service, TestProvider, body, start, start_with};
use serde_json::{Value, json};
use splitsign_signer::audit::Trail;
use splitsign_signer::clock::Clock as _;
use splitsign_signer::config::Config;
use splitsign_signer::identity::KeyVersion;
use splitsign_signer::keys::{
    Actor, Change, Every, NewKeyVersion, ProviderSet, Refusal, Run, Scheduler, Stage, TransitionError,
};
use splitsign_signer::providers::Provider;
use splitsign_signer::shutdown::Shutdown;

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
/// Caches that were filled while it was disabled do not know it: that it was published before does not help.
#[tokio::test]
async fn rolling_back_to_a_version_that_was_disabled_waits_until_caches_know_it_again() {
    let service = start().await;
    service.create_key(KEY, true).await;
    service.change(KEY, Change::Disable(version(1)), false).await.unwrap();
    service.change(KEY, Change::Enable(version(1)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::VerifyOnly, Stage::Active]);
    let early = refusal(service.change(KEY, Change::RollBack(version(1)), false).await);
    assert!(matches!(early, Refusal::TooEarly { .. }), "{early}");
    service.clock.advance(MAX_AGE);
    service.change(KEY, Change::RollBack(version(1)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::Active, Stage::Draining]);
}

#[tokio::test]
async fn the_scheduler_does_not_let_a_version_sign_that_somebody_has_stopped() {
    let service = quiet().await;
    service.make_version(KEY, true).await;
    service.change(KEY, Change::Disable(version(1)), false).await.unwrap();
    service.change(KEY, Change::Enable(version(1)), false).await.unwrap();
    assert_eq!(stages(&service).await, [Stage::Announced, Stage::Announced]);
    service.clock.advance(MAX_AGE);
    assert_eq!(scheduler(&service).run_once(&Shutdown::default()).await.unwrap().done, 1);
    assert_eq!(stages(&service).await, [Stage::Announced, Stage::Active], "the one that nobody stopped");
}

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

#[tokio::test]
async fn both_key_sets_have_every_published_version_and_say_when_nothing_is_new() {
    let service = start().await;
    service.make_version(KEY, true).await;
    let jwks = service.get("/.well-known/jwks.json").await;
    let cose = service.request("GET", "/.well-known/cose-keys").send().await.unwrap();
    assert_eq!(cose.headers()["content-type"], "application/cose-key-set");
    assert_eq!(cose.headers()["cache-control"], "public, max-age=300");
    let etag = cose.headers()["etag"].clone();
    let set = cose.bytes().await.unwrap();
    let rest = set.strip_prefix(&[0x82]).expect("an array of two");
    // Each is a map of 122 bytes: the core reads it, and the kid is that of the JWK.
    let keys: Vec<&[u8]> = rest.chunks(rest.len() / 2).collect();
    for (key, jwk) in keys.iter().zip(jwks.body["keys"].as_array().unwrap()) {
        let read = splitsign_core::ecdsa::PublicKey::from_cose_key(key).unwrap();
        let kid = splitsign_signer::encoding::base64url(read.jwk_thumbprint().as_bytes());
        assert_eq!(jwk["kid"], kid.as_str());
        assert!(key.windows(43).any(|window| window == kid.as_bytes()), "the kid is in it");
    }
    for (path, etag) in [("/.well-known/jwks.json", jwks.headers["etag"].clone()), ("/.well-known/cose-keys", etag)] {
        let known = service.request("GET", path).header("If-None-Match", &etag).send().await.unwrap();
        assert_eq!((known.status().as_u16(), known.headers()["etag"].clone()), (304, etag.clone()));
        service.change(KEY, Change::Disable(version(2)), false).await.ok();
        let changed = service.request("GET", path).header("If-None-Match", &etag).send().await.unwrap();
        assert_eq!(changed.status().as_u16(), 200);
        service.change(KEY, Change::Enable(version(2)), false).await.unwrap();
    }
}

fn scheduler(service: &Service) -> Scheduler {
    let provider = Arc::clone(&service.provider) as Arc<dyn Provider>;
    let providers = [("test".to_owned(), provider)].into_iter().collect();
    Scheduler::new(service.keys(), providers, Arc::clone(&service.clock) as _)
}

/// The service's own scheduler sleeps: its first look would be in an hour.
async fn quiet() -> Service {
    let mut config = Config::default();
    config.keys.scheduler_interval_seconds = 3600;
    start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await
}

#[tokio::test]
async fn the_scheduler_takes_a_key_through_its_life() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let service = quiet().await;
    let mut scheduler = scheduler(&service);
    let idle = Shutdown::default();
    assert_eq!(scheduler.run_once(&idle).await.unwrap(), Run::default());
    for (advance, expected) in [
        (DAY * 89, vec![Stage::Active, Stage::Announced]),
        (DAY, vec![Stage::Draining, Stage::Active]),
        (MAX_AGE, vec![Stage::VerifyOnly, Stage::Active]),
        (DAY * 89, vec![Stage::VerifyOnly, Stage::Active, Stage::Announced]),
    ] {
        service.clock.advance(advance);
        assert_eq!(scheduler.run_once(&idle).await.unwrap().done, 1, "{expected:?}");
        assert_eq!(stages(&service).await, expected);
        assert_eq!(scheduler.run_once(&idle).await.unwrap().done, 0, "once is enough");
    }
    service.clock.advance(DAY * 365);
    while scheduler.run_once(&idle).await.unwrap().done > 0 {
        service.clock.advance(MAX_AGE);
    }
    assert_eq!(stages(&service).await[..2], [Stage::Retired, Stage::VerifyOnly]);
    let changes = records(&service, "key_state_changed").await;
    assert!(changes.iter().all(|change| change["by"] == "scheduler" && change["forced"] == false));
    assert_eq!(service.sign(&body("x")).await.status, 200);
    Trail::new(service.storage.clone()).verify().await.unwrap();
}

#[tokio::test]
async fn a_rotation_that_fails_leaves_the_old_version_signing_and_is_tried_again_later() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let service = quiet().await;
    let mut scheduler = scheduler(&service);
    let idle = Shutdown::default();
    *service.provider.fails_to_create.lock().unwrap() = true;
    service.clock.advance(DAY * 91);
    let run = scheduler.run_once(&idle).await.unwrap();
    assert_eq!((run.failed, run.overdue), (1, 1));
    assert_eq!(scheduler.run_once(&idle).await.unwrap().failed, 0, "it waits a minute first");
    service.clock.advance(Duration::from_secs(60));
    assert_eq!(scheduler.run_once(&idle).await.unwrap().failed, 1);
    service.clock.advance(Duration::from_secs(60));
    assert_eq!(scheduler.run_once(&idle).await.unwrap().failed, 0, "then two");
    assert_eq!((stages(&service).await, service.sign(&body("x")).await.status), (vec![Stage::Active], 200));
    let failures = records(&service, "rotation_failed").await;
    assert_eq!(failures.iter().map(|failed| &failed["failures"]).collect::<Vec<_>>(), [&json!(1), &json!(2)]);
    assert_eq!(failures[0]["failure"], "denied");
    *service.provider.fails_to_create.lock().unwrap() = false;
    service.clock.advance(Duration::from_secs(60));
    assert_eq!(scheduler.run_once(&idle).await.unwrap().done, 1);
    assert_eq!(stages(&service).await, [Stage::Active, Stage::Announced]);
    let scheduled = service.keys().scheduled(None, &ProviderSet::default()).await.unwrap();
    assert_eq!(scheduled[0].failed, None, "the failures are forgotten");
}

#[tokio::test]
async fn a_key_may_rotate_otherwise_than_the_configuration_says() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let service = quiet().await;
    let mut scheduler = scheduler(&service);
    let idle = Shutdown::default();
    let (keys, id) = (service.keys(), KEY.parse().unwrap());
    keys.set_rotation(&id, Every::Never, service.clock.now()).await.unwrap();
    service.clock.advance(DAY * 100);
    assert_eq!(scheduler.run_once(&idle).await.unwrap(), Run::default());
    keys.set_rotation(&id, Every::Days(102), service.clock.now()).await.unwrap();
    assert_eq!(scheduler.run_once(&idle).await.unwrap(), Run::default());
    service.clock.advance(DAY);
    assert_eq!(scheduler.run_once(&idle).await.unwrap().done, 1);
    keys.set_rotation(&id, Every::Default, service.clock.now()).await.unwrap();
    assert_eq!(scheduler.run_once(&idle).await.unwrap().overdue, 1);
    assert_eq!(records(&service, "rotation_policy_set").await.len(), 3);
}

/// The database is left as after a kill between any two steps of a rotation: each is a transaction, so what a killed
/// process leaves is what one of them left.
#[tokio::test]
async fn a_service_that_was_killed_between_two_steps_goes_on_with_the_next() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let service = quiet().await;
    let idle = Shutdown::default();
    service.clock.advance(DAY * 90);
    let mut ends = Vec::new();
    for _ in 0..4 {
        // Another process each time: nothing is in memory.
        scheduler(&service).run_once(&idle).await.unwrap();
        ends.push(stages(&service).await);
        service.clock.advance(MAX_AGE);
    }
    assert_eq!(
        ends,
        [
            vec![Stage::Active, Stage::Announced],
            vec![Stage::Draining, Stage::Active],
            vec![Stage::VerifyOnly, Stage::Active],
            vec![Stage::VerifyOnly, Stage::Active]
        ]
    );
    // A statement in the middle of a change fails: the whole change is undone, and its record with it.
    let path = service.storage.directory().join("splitsign.sqlite");
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(
        "CREATE TRIGGER crash BEFORE UPDATE ON key_versions WHEN NEW.state = 'active' \
         BEGIN SELECT RAISE(ABORT, 'crash'); END",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let before = records(&service, "key_state_changed").await.len();
    assert!(matches!(service.change(KEY, Change::RollBack(version(1)), false).await, Err(TransitionError::Storage(_))));
    assert_eq!(stages(&service).await, [Stage::VerifyOnly, Stage::Active], "the active one does not drain alone");
    assert_eq!(records(&service, "key_state_changed").await.len(), before);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_left_alone_and_the_others_go_on() {
    let service = quiet().await;
    service.create_key("acme/broken", false).await;
    let database = service.storage.directory().join("splitsign.sqlite");
    let connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(database.to_str().unwrap()).await;
    let corrupt = sqlx::query("UPDATE key_versions SET spki = x'00' WHERE key_id = 'acme/broken'");
    corrupt.execute(&mut connection.unwrap()).await.unwrap();
    service.clock.advance(Duration::from_secs(91 * 24 * 3600));
    let run = scheduler(&service).run_once(&Shutdown::default()).await.unwrap();
    assert_eq!((run.done, run.failed), (1, 0));
    assert_eq!(stages(&service).await, [Stage::Active, Stage::Announced]);
    let broken = service.keys().scheduled(Some(&"acme/broken".parse().unwrap()), &ProviderSet::default()).await;
    assert!(broken.is_err(), "who asks for it is told");
}
