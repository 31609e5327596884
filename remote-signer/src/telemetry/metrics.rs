//! Metrics, in the text format of Prometheus. `METRICS` is the list of all; docs/guides/metrics.md says the same, and a
//! test compares the two with what `/metrics` prints.
//!
//! Labels have few values: providers, classes of failure, states, route templates, codes. Never a key, a tenant, a
//! token or a path as it was sent: there may be ten thousand keys, and strangers choose paths.

use core::time::Duration;
use std::sync::OnceLock;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// What a number does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It counts how many values were at most this large.
    Histogram,
}

impl Kind {
    /// The name, as the text format has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// One sentence.
    pub help: &'static str,
}

const HTTP_REQUESTS: &str = "splitsign_http_requests_total";
const HTTP_SECONDS: &str = "splitsign_http_request_seconds";
const IN_FLIGHT: &str = "splitsign_requests_in_flight";
const PROBLEMS: &str = "splitsign_problems_total";
const SIGNINGS: &str = "splitsign_signings_total";
const KMS_SECONDS: &str = "splitsign_kms_seconds";
const SIGNING_SECONDS: &str = "splitsign_signing_seconds";
const REPLAYS: &str = "splitsign_idempotent_replays_total";
const BATCH: &str = "splitsign_batch_requests";
const CACHE: &str = "splitsign_cache_lookups_total";
const RECORD_SECONDS: &str = "splitsign_record_seconds";
const COMMANDS: &str = "splitsign_storage_commands_total";
const COMMITS: &str = "splitsign_storage_commits_total";
const WRITABLE: &str = "splitsign_storage_writable";
const UNRESOLVED: &str = "splitsign_unresolved_intents";
const PROVIDER_UP: &str = "splitsign_provider_up";
const PROBES: &str = "splitsign_provider_probes_total";
const PROBE_SECONDS: &str = "splitsign_provider_probe_seconds";
const PROBED_AT: &str = "splitsign_provider_probed_at_seconds";
const ADMIN: &str = "splitsign_admin_actions_total";
const KEY_STEPS: &str = "splitsign_key_life_steps_total";
const ROTATION_FAILURES: &str = "splitsign_rotation_failures_total";
const OVERDUE: &str = "splitsign_rotation_overdue_keys";
const EXPIRING: &str = "splitsign_certificates_expiring";
const SOONEST_EXPIRY: &str = "splitsign_certificate_soonest_expiry_seconds";
const ROTATION_CHECK: &str = "splitsign_rotation_last_check_timestamp_seconds";
const BUILD: &str = "splitsign_build_info";

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, help }
}

/// Every metric.
pub const METRICS: &[Metric] = &[
    metric(HTTP_REQUESTS, Kind::Counter, &["method", "route", "status"], "Requests that were answered."),
    metric(HTTP_SECONDS, Kind::Histogram, &["route"], "Seconds from a request's headers to its reply."),
    metric(IN_FLIGHT, Kind::Gauge, &[], "Requests under way now, of server.max_in_flight."),
    metric(PROBLEMS, Kind::Counter, &["code"], "Requests that were refused or failed, by the code of the problem."),
    metric(SIGNINGS, Kind::Counter, &["provider", "outcome", "origin"], "Calls of a provider that have an outcome."),
    metric(KMS_SECONDS, Kind::Histogram, &["provider"], "Seconds that a provider took for one signature."),
    metric(
        SIGNING_SECONDS,
        Kind::Histogram,
        &["provider"],
        "Seconds from admission until the outcome was to be recorded.",
    ),
    metric(REPLAYS, Kind::Counter, &[], "Requests that were answered with a stored signature."),
    metric(BATCH, Kind::Histogram, &[], "Requests in one batch."),
    metric(CACHE, Kind::Counter, &["cache", "result"], "Lookups in a cache."),
    metric(RECORD_SECONDS, Kind::Histogram, &["record"], "Seconds until a record of the audit trail was durable."),
    metric(COMMANDS, Kind::Counter, &[], "Changes of the database that this process made durable."),
    metric(COMMITS, Kind::Counter, &[], "Commits that made them so; many changes share one."),
    metric(WRITABLE, Kind::Gauge, &[], "1 if a record could just be made durable, 0 if not."),
    metric(UNRESOLVED, Kind::Gauge, &[], "Signing intents without a known outcome: the provider may have signed."),
    metric(
        PROVIDER_UP,
        Kind::Gauge,
        &["provider"],
        "1 if the last health probe got a signature that verifies, 0 if not.",
    ),
    metric(PROBES, Kind::Counter, &["provider", "outcome"], "Health probes that ended."),
    metric(PROBE_SECONDS, Kind::Histogram, &["provider"], "Seconds that a health probe took."),
    metric(PROBED_AT, Kind::Gauge, &["provider"], "When the last health probe ended, in seconds since 1970."),
    metric(ADMIN, Kind::Counter, &["action", "result"], "Uses of the admin interface."),
    metric(KEY_STEPS, Kind::Counter, &["step"], "Steps in the life of keys that the scheduler took."),
    metric(ROTATION_FAILURES, Kind::Counter, &["failure"], "Rotations that failed; the old version goes on signing."),
    metric(OVERDUE, Kind::Gauge, &[], "Keys that should have rotated and have not."),
    metric(EXPIRING, Kind::Gauge, &[], "Versions whose certificate ends within keys.expiry_warning_days."),
    metric(SOONEST_EXPIRY, Kind::Gauge, &[], "Seconds until the first of these ends; infinite without any."),
    metric(ROTATION_CHECK, Kind::Gauge, &[], "When the scheduler last looked at the keys, in seconds since 1970."),
    metric(BUILD, Kind::Gauge, &["version"], "Always 1; the version that runs."),
];

/// Seconds: from what a signature in memory takes to what a caller waits for at most.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Requests in one batch.
const BATCH_SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// Who may read `/metrics`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Whoever has an admin token.
    Admin,
    /// Whoever reaches the port.
    Open,
    /// Nobody.
    Off,
}

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts to count, once for the process. Without this call, and where something else counts already, nothing here
/// costs or prints anything.
pub fn install() {
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets(SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(BATCH.to_owned()), BATCH_SIZES));
        // Fails for buckets that are empty.
        let recorder = builder.ok()?.build_recorder();
        let handle = recorder.handle();
        if let Err(error) = metrics::set_global_recorder(recorder) {
            tracing::warn!(%error, "something else counts in this process: /metrics is empty");
            return None;
        }
        describe();
        Some(handle)
    });
}

fn describe() {
    for Metric { name, kind, help, .. } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *help),
            Kind::Gauge => metrics::describe_gauge!(*name, *help),
            Kind::Histogram => metrics::describe_histogram!(*name, *help),
        }
    }
    // What has not happened yet is there all the same, so that alerts have a zero to start from.
    counter!(KEY_STEPS, "step" => "activate").increment(0);
    counter!(ROTATION_FAILURES, "failure" => "unavailable").increment(0);
    rotation_checked(0, 0, None, 0);
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
}

/// All metrics as text.
#[must_use]
pub fn render() -> String {
    HANDLE.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}

/// Moves what was measured into the buckets. Call it from time to time: what nobody renders would grow.
pub fn run_upkeep() {
    if let Some(handle) = HANDLE.get().and_then(Option::as_ref) {
        handle.run_upkeep();
    }
}

/// A request was answered. `route` is a template, `method` a known one.
pub fn http_request(method: &'static str, route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    counter!(HTTP_REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string()).increment(1);
    histogram!(HTTP_SECONDS, "route" => route).record(took);
}

/// A request was refused or failed.
pub fn problem(code: &'static str) {
    counter!(PROBLEMS, "code" => code).increment(1);
}

/// So many requests are under way.
pub fn in_flight(requests: usize) {
    gauge!(IN_FLIGHT).set(float(requests as u64));
}

/// Why a provider was asked to sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A caller asked for it.
    Request,
    /// To find out whether it works.
    Probe,
}

/// A call of a provider has an outcome: `signed`, or a class of failure.
pub fn signing(provider: &str, outcome: &'static str, origin: Origin) {
    let origin = match origin {
        Origin::Request => "request",
        Origin::Probe => "probe",
    };
    counter!(SIGNINGS, "provider" => provider.to_owned(), "outcome" => outcome, "origin" => origin).increment(1);
}

/// How long a signature took, in the provider and in all.
pub fn signing_took(provider: &str, kms: Duration, total: Duration) {
    histogram!(KMS_SECONDS, "provider" => provider.to_owned()).record(kms);
    histogram!(SIGNING_SECONDS, "provider" => provider.to_owned()).record(total);
}

/// A stored signature was given again.
pub fn replay() {
    counter!(REPLAYS).increment(1);
}

/// A batch came.
pub fn batch(requests: usize) {
    histogram!(BATCH).record(float(requests as u64));
}

/// A cache was asked.
pub fn cache_lookup(cache: &'static str, hit: bool) {
    counter!(CACHE, "cache" => cache, "result" => if hit { "hit" } else { "miss" }).increment(1);
}

/// A record of the audit trail (`intent`, `outcome`) is durable.
pub fn record_took(record: &'static str, took: Duration) {
    histogram!(RECORD_SECONDS, "record" => record).record(took);
}

/// What the database is like now.
pub fn storage(commands: u64, commits: u64, writable: bool, unresolved_intents: Option<usize>) {
    counter!(COMMANDS).absolute(commands);
    counter!(COMMITS).absolute(commits);
    gauge!(WRITABLE).set(f64::from(u8::from(writable)));
    if let Some(intents) = unresolved_intents {
        gauge!(UNRESOLVED).set(float(intents as u64));
    }
}

/// A health probe ended: `signed`, or why not.
pub fn probe(provider: &str, outcome: &'static str, took: Duration, at_unix_ms: i64) {
    let provider = || provider.to_owned();
    counter!(PROBES, "provider" => provider(), "outcome" => outcome).increment(1);
    histogram!(PROBE_SECONDS, "provider" => provider()).record(took);
    gauge!(PROVIDER_UP, "provider" => provider()).set(f64::from(u8::from(outcome == "signed")));
    gauge!(PROBED_AT, "provider" => provider()).set(float(u64::try_from(at_unix_ms).unwrap_or(0)) / 1e3);
}

/// Somebody used the admin interface, or tried: `done`, `refused`.
pub fn admin_action(action: &'static str, result: &'static str) {
    counter!(ADMIN, "action" => action, "result" => result).increment(1);
}

/// The scheduler took a step.
pub fn key_step(step: &'static str) {
    counter!(KEY_STEPS, "step" => step).increment(1);
}

/// A rotation failed.
pub fn rotation_failed(failure: &'static str) {
    counter!(ROTATION_FAILURES, "failure" => failure).increment(1);
}

/// The scheduler looked at all keys. `soonest_expiry_ms`: until the first certificate ends that it warns of.
pub fn rotation_checked(overdue: u32, expiring: u32, soonest_expiry_ms: Option<i64>, at_unix_ms: i64) {
    gauge!(OVERDUE).set(overdue);
    gauge!(EXPIRING).set(expiring);
    let seconds = soonest_expiry_ms.map(|ms| float(u64::try_from(ms).unwrap_or(0)) / 1e3);
    gauge!(SOONEST_EXPIRY).set(seconds.unwrap_or(f64::INFINITY));
    gauge!(ROTATION_CHECK).set(float(u64::try_from(at_unix_ms).unwrap_or(0)) / 1e3);
}

#[expect(clippy::cast_precision_loss, reason = "metrics are doubles, which are exact up to nine quadrillions")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{Kind, METRICS};

    #[test]
    fn names_say_the_unit_and_labels_are_bounded() {
        for metric in METRICS {
            assert!(metric.name.starts_with("splitsign_"), "{}", metric.name);
            assert_eq!(metric.name.ends_with("_total"), metric.kind == Kind::Counter, "{}", metric.name);
            for label in metric.labels {
                assert!(!["key", "key_id", "tenant", "token", "path"].contains(label), "{} has {label}", metric.name);
            }
        }
        assert!(METRICS.iter().enumerate().all(|(n, one)| METRICS[n + 1..].iter().all(|other| other.name != one.name)));
    }
}
