//! For those who run the service: an admin token opens this, and nothing of it signs for anybody.
//!
//! Every request here that is not refused is recorded as `admin_action` before anything is done.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::health::{NO_PROVIDER, one};
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::storage_failed;
use crate::api::wire::KmsProvider;
use crate::api::{Shared, extract, page};
use crate::clock::UnixMillis;
use crate::identity::{KeyId, KeyVersion, RequestId};
use crate::keys::{KeyState, ProviderSet, Scheduled, due};
use crate::pipeline::{Validation, Verdict};
use crate::telemetry::metrics;

/// Keys that are validated by one request: each costs a signature.
const KEYS_MAX: usize = 64;

/// Rotations that are listed.
const UPCOMING: usize = 20;

/// Which keys to validate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ValidateBody {
    /// `tenant/name` of each, 64 at most; without it all active keys in order, `limit` at a time.
    #[serde(default)]
    #[schema(nullable = false, max_items = 64, min_items = 1)]
    keys: Option<Vec<String>>,
    /// Without `keys`: how many, from 1 to 64. Default 64.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 64)]
    limit: Option<usize>,
    /// Without `keys`: `nextCursor` of the answer before, to go on.
    #[serde(default)]
    #[schema(nullable = false)]
    cursor: Option<String>,
}

/// What each operation of each key came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidateReply {
    /// Whether all passed.
    passed: bool,
    results: Vec<KeyValidation>,
    /// To go on with, if there may be more keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyValidation {
    #[schema(example = "acme/c2pa")]
    key: String,
    key_version: Option<u32>,
    provider: Option<String>,
    /// Whether this key can sign for callers.
    passed: bool,
    operations: Vec<OperationResult>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OperationResult {
    /// `state`, `describe`, `certificate`, `sign` or `verify`
    #[schema(example = "sign")]
    operation: &'static str,
    /// `passed`, `failed` or `skipped`
    #[schema(example = "passed")]
    result: &'static str,
    /// The class of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    class: Option<&'static str>,
    /// What is wrong and what to do, for those who run the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
}

impl From<&Validation> for KeyValidation {
    fn from(validation: &Validation) -> Self {
        Self {
            key: validation.key.to_string(),
            key_version: validation.version,
            provider: validation.provider.clone(),
            passed: validation.passed(),
            operations: validation
                .operations
                .iter()
                .map(|(name, verdict)| OperationResult::new(name, verdict))
                .collect(),
        }
    }
}

impl OperationResult {
    fn new(operation: &'static str, verdict: &Verdict) -> Self {
        let (result, class, detail) = match verdict {
            Verdict::Passed => ("passed", None, None),
            Verdict::Skipped(why) => ("skipped", None, Some((*why).to_owned())),
            Verdict::Failed { class, words } => ("failed", Some(*class), Some(words.clone())),
        };
        Self { operation, result, class, detail }
    }
}

/// What the key providers are like, and what is due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KmsStatus {
    /// The provider, or the first of several.
    #[schema(example = "aws")]
    provider: String,
    providers: Vec<KmsProvider>,
    /// Lookups of keys that were answered from memory, from 0 to 1; `null` before the first lookup.
    cache_hit_rate: Option<f64>,
    /// When it was last looked for keys that are to be rotated; `null`: nothing looks.
    last_rotation_check: Option<String>,
    /// What is due, soonest first.
    upcoming_rotations: Vec<UpcomingRotation>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpcomingRotation {
    key: String,
    key_version: u32,
    due_at: String,
}

impl UpcomingRotation {
    /// Of the keys that rotate by themselves, those whose turn is next.
    fn soonest(keys: &[Scheduled]) -> Vec<Self> {
        let turn = |key: &Scheduled| {
            let active = key.versions.iter().find(|version| version.state == KeyState::Active)?;
            Some((due(&key.versions, &key.policy)?, key.id.clone(), active.version))
        };
        let mut turns: Vec<_> = keys.iter().filter_map(turn).collect();
        turns.sort();
        turns.truncate(UPCOMING);
        let shown = |(at, key, version): (UnixMillis, KeyId, KeyVersion)| Self {
            key: key.to_string(),
            key_version: version.get(),
            due_at: at.to_string(),
        };
        turns.into_iter().map(shown).collect()
    }
}

/// Try each operation with keys, by signing with them.
///
/// Each key signs one random digest that means nothing: it costs what a signature costs, and is recorded as one.
#[utoipa::path(
    post, path = "/api/admin/kms/validate", tag = "operations", request_body = ValidateBody, security(("token" = [])),
    responses(
        (status = 200, description = "They were tried; each says what came of it", body = ValidateReply),
    )
)]
pub(super) async fn validate(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ValidateReply>, Problem> {
    const ACTION: &str = "kms_validate";
    let admin = extract::admin(&api, &headers, &request_id, ACTION).await?;
    let wanted: ValidateBody = extract::json(&extract::json_bytes(&api, &headers, body).await?)?;
    let failed = |error: &_| storage_failed(&request_id, error);
    let (keys, next) = match wanted.keys {
        Some(names) => (named(&names, wanted.limit, wanted.cursor.as_deref())?, None),
        None => {
            let limit = page::limit(wanted.limit, KEYS_MAX, KEYS_MAX)?;
            let after = wanted.cursor.as_deref().map(page::cursor).transpose()?;
            let found = api.keys.active_of_all(after.as_ref(), limit).await.map_err(|error| failed(&error))?;
            (found.entries.into_iter().map(|entry| entry.id.clone()).collect(), found.next)
        }
    };
    let detail = format!("{} keys", keys.len());
    api.operations.record(&request_id, &admin, ACTION, detail).await.map_err(|error| failed(&error))?;
    // What begins in the first half of the time can end in the second.
    let budget = api.config.request_timeout() / 2;
    let wanted_keys = keys.len();
    let validations = api.operations.validate(&admin, keys, budget).await.map_err(|error| failed(&error))?;
    metrics::admin_action(ACTION, "done");
    let results: Vec<KeyValidation> = validations.iter().map(KeyValidation::from).collect();
    // Of nothing, and of less than was asked for, nobody can say that it passed.
    let passed = !results.is_empty() && results.len() == wanted_keys && results.iter().all(|result| result.passed);
    Ok(Json(ValidateReply { passed, results, next_cursor: next.as_ref().map(page::cursor_after) }))
}

/// The keys of the body, each once.
fn named(names: &[String], limit: Option<usize>, cursor: Option<&str>) -> Result<Vec<KeyId>, Problem> {
    let invalid = |field: String, detail: String| Problem::new(ProblemCode::InvalidField, detail).field(field);
    if limit.is_some() || cursor.is_some() {
        return Err(invalid("keys".to_owned(), "send either keys, or limit and cursor".to_owned()));
    }
    if !(1..=KEYS_MAX).contains(&names.len()) {
        let detail = format!("these are {} keys; send from 1 to {KEYS_MAX}", names.len());
        return Err(invalid("keys".to_owned(), detail));
    }
    let mut keys: Vec<KeyId> = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let key: KeyId = name.parse().map_err(|error| invalid(format!("keys[{index}]"), format!("{error}")))?;
        if keys.contains(&key) {
            return Err(invalid(format!("keys[{index}]"), format!("{key} is in the list twice")));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// What the key providers are like, how the cache does, and which rotations are due.
#[utoipa::path(
    get, path = "/api/admin/kms/status", tag = "operations", security(("token" = [])),
    responses(
        (status = 200, description = "As the last probes found them", body = KmsStatus),
    )
)]
pub(super) async fn status(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Json<KmsStatus>, Problem> {
    const ACTION: &str = "kms_status";
    let admin = extract::admin(&api, &headers, &request_id, ACTION).await?;
    let recorded = api.operations.record(&request_id, &admin, ACTION, String::new()).await;
    recorded.map_err(|error| storage_failed(&request_id, &error))?;
    metrics::admin_action(ACTION, "done");
    let providers: Vec<KmsProvider> = api.health.providers().iter().map(one).collect();
    let provider = providers.first().map_or_else(|| NO_PROVIDER.to_owned(), |first| first.provider.clone());
    let scheduled = api.keys.scheduled(None, &ProviderSet::default()).await;
    let scheduled = scheduled.map_err(|error| storage_failed(&request_id, &error))?;
    let usage = api.keys.cache_use();
    let (hits, all) = (count(usage.hits), count(usage.hits.saturating_add(usage.misses)));
    Ok(Json(KmsStatus {
        provider,
        providers,
        cache_hit_rate: (all > 0.0).then(|| hits / all),
        last_rotation_check: api.keys.last_rotation_check().map(|at| at.to_string()),
        upcoming_rotations: UpcomingRotation::soonest(&scheduled),
    }))
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
const fn count(number: u64) -> f64 {
    number as f64
}
