//! `POST /v1/sign` and its batch form.

use alloc::sync::Arc;
use core::iter;
use core::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use splitsign_core::digest::{Sha256, Sha256Digest};

use crate::api::extract;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::wire::{
    BatchBody, BatchReply, BatchResult, DryRunReply, KeyDescriptor, SignAnswer, SignBody, SignReply, WantedName,
};
use crate::api::{Api, Shared};
use crate::encoding::from_base64url;
use crate::identity::{Caller, KeyId, KeyVersion, RequestId};
use crate::keys::CertificateFault;
use crate::pipeline::{Idempotency, Place, Profile, ProviderFailure, SignError, SignRequest, Signed};
use crate::telemetry::metrics;

/// Requests: the largest batch.
const BATCH_REQUESTS: usize = 64;

/// How a digest is to be written.
const DIGEST_REMEDY: &str = "send the 32 bytes in base64url without padding, 43 characters";

/// How what is to be signed is to be written.
const TBS_REMEDY: &str = "send the bytes in base64url without padding";

/// Requests of one batch that are at the provider at once, so that one caller does not take the quota of all.
const BATCH_CONCURRENCY: usize = 8;

/// The header of an answer that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Sign a digest.
#[utoipa::path(
    post, path = "/v1/sign", tag = "sign", request_body = SignBody, security(("token" = [])),
    params(("Idempotency-Key" = inline(Option<String>), Header, pattern = "^[!-~]{1,255}$", description = "1 to 255 \
        visible ASCII characters: the same key with the same body gives the stored signature, with another body 409")),
    responses((status = 200, description = "Signed, verified and recorded; or, in a dry run, neither", body = SignAnswer))
)]
pub(super) async fn sign(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let idempotency = extract::idempotency_key(&headers)?;
    let bytes = extract::json_bytes(&api, &headers, body).await?;
    let idempotency = idempotency.map(|key| Idempotency { key, item: 0, batch_sha256: None });
    let wish = Wish::read(&bytes, request_id, idempotency)?;
    let (answer, replayed) = wish.grant(&api, &caller, place).await?;
    let mut response = Json(answer).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Sign up to 64 digests.
#[utoipa::path(
    post, path = "/v1/sign/batch", tag = "sign", request_body = BatchBody, security(("token" = [])),
    params(("Idempotency-Key" = inline(Option<String>), Header, pattern = "^[!-~]{1,255}$", description = "1 to 255 \
        visible ASCII characters: the same key with the same batch gives the stored signatures, with another batch or \
        request 409")),
    responses(
        (status = 200, description = "All are signed", body = BatchReply),
        (status = 207, description = "Some are not: each result has its status", body = BatchReply),
    )
)]
pub(super) async fn sign_batch(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let caller = Arc::new(extract::caller(&api, &headers, &request_id).await?);
    let idempotency = extract::idempotency_key(&headers)?;
    let bytes = extract::json_bytes(&api, &headers, body).await?;
    let BatchBody { requests } = extract::json(&bytes)?;
    if !(1..=BATCH_REQUESTS).contains(&requests.len()) {
        let detail = format!("this batch has {} requests; send from 1 to {BATCH_REQUESTS}", requests.len());
        return Err(Problem::new(ProblemCode::InvalidBatchSize, detail).field("requests"));
    }
    metrics::batch(requests.len());
    let batch_sha256 = fingerprint(&requests);
    // Dry runs neither look up a key nor keep it.
    let signs = !requests.iter().all(|request| is_dry_run(request));
    if let Some(key) = idempotency.as_ref().filter(|_| signs) {
        let checked = api.pipeline.check_batch(&caller, key, batch_sha256).await;
        checked.map_err(|error| refused(&api, &request_id, &caller, None, &error))?;
    }
    let (places, mut free) = batch_places(&api, place, requests.len());
    let mut tasks = JoinSet::new();
    for (index, request) in requests.into_iter().enumerate() {
        // Cannot be `None`: a sender is here.
        let Some(place) = free.recv().await else { break };
        let (api, caller, places) = (api.clone(), Arc::clone(&caller), places.clone());
        let position = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let idempotency = idempotency.clone();
        let idempotency = idempotency.map(|key| Idempotency { key, item: position, batch_sha256: Some(batch_sha256) });
        tasks.spawn(async move {
            let request_id = RequestId::new(api.clock.now());
            let result = match Wish::read(request.get().as_bytes(), request_id.clone(), idempotency) {
                Ok(wish) => wish.grant(&api, &caller, Arc::clone(&place)).await,
                Err(problem) => Err(problem),
            };
            // Fails if nobody waits for the batch any more: then its places are free for others.
            drop(places.send(place));
            (index, batch_result(index, &request_id, result))
        });
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    let results: Vec<BatchResult> = results.into_iter().map(|(_, result)| result).collect();
    let all_signed = !results.iter().any(|result| matches!(result, BatchResult::Failed { .. }));
    let status = if all_signed { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    Ok((status, Json(BatchReply { results })).into_response())
}

/// Whether a request of a batch is a dry run; one that is not well-formed is none.
fn is_dry_run(request: &RawValue) -> bool {
    let value: Option<Value> = serde_json::from_str(request.get()).ok();
    value.is_some_and(|value| value.get("dryRun") == Some(&Value::Bool(true)))
}

/// SHA-256 of the batch, the same however its JSON is written. It is not that of a single request, which is an array.
fn fingerprint(requests: &[Box<RawValue>]) -> Sha256Digest {
    let mut hash = Sha256::new();
    hash.update(b"batch");
    for request in requests {
        // What is no value (a number that is too large) will not be signed, and stands for itself.
        let canonical = serde_json::from_str(request.get()).map(|value: Value| value.to_string());
        let text = canonical.as_deref().unwrap_or(request.get());
        hash.update(&(text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finish()
}

/// As many places as a batch may use and as there are, but at least the one that its request has.
fn batch_places(api: &Api, own: Place, requests: usize) -> (UnboundedSender<Place>, UnboundedReceiver<Place>) {
    let more = iter::from_fn(|| Arc::clone(&api.in_flight).try_acquire_owned().ok().map(Arc::new));
    let (places, free) = unbounded_channel();
    for place in iter::once(own).chain(more.take(requests.min(BATCH_CONCURRENCY) - 1)) {
        drop(places.send(place));
    }
    (places, free)
}

fn batch_result(index: usize, request_id: &RequestId, result: Result<(SignAnswer, bool), Problem>) -> BatchResult {
    let status = StatusCode::OK.as_u16();
    match result {
        Ok((SignAnswer::Signed(reply), _)) => BatchResult::Signed { status, reply },
        Ok((SignAnswer::DryRun(reply), _)) => BatchResult::DryRun { status, reply },
        Err(problem) => {
            let problem = problem.within(&format!("requests[{index}]"));
            BatchResult::Failed { status: problem.status().as_u16(), problem: Box::new(problem.body(request_id)) }
        }
    }
}

/// A request that is well-formed.
struct Wish {
    request: SignRequest,
    timestamp: WantedName,
    receipt: WantedName,
    dry_run: bool,
}

impl Wish {
    fn read(bytes: &[u8], request_id: RequestId, idempotency: Option<Idempotency>) -> Result<Self, Problem> {
        let body: SignBody = extract::json(bytes)?;
        let invalid = |field: &str, detail: String| Problem::new(ProblemCode::InvalidField, detail).field(field);
        let version = |number: u32| {
            KeyVersion::try_from(i64::from(number)).map_err(|error| invalid("keyVersion", error.to_string()))
        };
        let key = body.key.parse().map_err(|error| invalid("key", format!("{error}")))?;
        let digest = body.digest.as_deref().map(read_digest).transpose()?;
        let mut request = match &body.tbs {
            Some(tbs) => of_tbs(request_id, key, body.profile.into(), tbs, digest)?,
            None => {
                let digest = digest.ok_or_else(|| {
                    let detail = "send digest, or tbs to have it hashed here";
                    Problem::new(ProblemCode::MissingField, detail).field("digest")
                })?;
                SignRequest::of_digest(request_id, key, body.profile.into(), digest)
            }
        };
        request.pinned = body.key_version.map(version).transpose()?;
        (request.timestamp, request.receipt) = (body.timestamp.into(), body.receipt.into());
        request.idempotency = idempotency;
        Ok(Self { request, timestamp: body.timestamp, receipt: body.receipt, dry_run: body.dry_run })
    }

    async fn grant(self, api: &Api, caller: &Caller, place: Place) -> Result<(SignAnswer, bool), Problem> {
        let (request_id, key) = (self.request.request_id.clone(), self.request.key.clone());
        if self.dry_run {
            let digest = self.request.digest;
            return match api.pipeline.dry_run(caller, self.request).await {
                Ok(key) => Ok((SignAnswer::DryRun(Box::new(DryRunReply::new(&key, &digest, &request_id))), false)),
                Err(error) => Err(refused(api, &request_id, caller, Some(&key), &error)),
            };
        }
        let signed = carry_out(api, caller, self.request, place).await?;
        let reply = SignReply::new(&signed, self.timestamp, self.receipt);
        Ok((SignAnswer::Signed(Box::new(reply)), signed.replayed))
    }
}

/// Signs, and says in the log what came of it.
pub(super) async fn carry_out(
    api: &Api,
    caller: &Caller,
    request: SignRequest,
    place: Place,
) -> Result<Signed, Problem> {
    let (request_id, key) = (request.request_id.clone(), request.key.clone());
    match api.pipeline.sign(caller, request, place).await {
        Ok(signed) => {
            log_signed(&request_id, caller, &signed);
            Ok(signed)
        }
        Err(error) => Err(refused(api, &request_id, caller, Some(&key), &error)),
    }
}

fn read_digest(text: &str) -> Result<Sha256Digest, Problem> {
    let digest = from_base64url(text).and_then(|digest| Sha256Digest::from_slice(&digest));
    digest.map_err(|error| Problem::core(error, "digest", DIGEST_REMEDY))
}

fn of_tbs(
    request_id: RequestId,
    key: KeyId,
    profile: Profile,
    tbs: &str,
    digest: Option<Sha256Digest>,
) -> Result<SignRequest, Problem> {
    let tbs = from_base64url(tbs).map_err(|error| Problem::core(error, "tbs", TBS_REMEDY))?;
    let request = SignRequest::of_tbs(request_id, key, profile, &tbs);
    let request =
        request.map_err(|error| Problem::new(ProblemCode::TbsNotOfProfile, error.to_string()).field("tbs"))?;
    if digest.is_some_and(|digest| digest != request.digest) {
        let detail = "digest is not the SHA-256 of tbs; send one of them, or both as they belong together";
        return Err(Problem::new(ProblemCode::DigestMismatch, detail).field("digest"));
    }
    Ok(request)
}

/// `key` as it was asked for: whether there is one, `error` says. A batch as a whole has none.
fn refused(api: &Api, request_id: &RequestId, caller: &Caller, key: Option<&KeyId>, error: &SignError) -> Problem {
    let problem = problem(api, error);
    log_refused(request_id, caller, key, &problem, error);
    problem
}

fn log_signed(request_id: &RequestId, caller: &Caller, signed: &Signed) {
    tracing::info!(
        %request_id,
        tenant_id = %caller.tenant,
        token_id = caller.token_id,
        key = %signed.key.id,
        version = %signed.key.version,
        provider = signed.key.provider,
        t_kms_ms = signed.record.kms.as_secs_f64() * 1e3,
        t_total_ms = signed.record.total.as_secs_f64() * 1e3,
        replayed = signed.replayed,
        success = true,
        "signed"
    );
}

/// The detail for the operator, which the caller does not get.
fn log_refused(request_id: &RequestId, caller: &Caller, key: Option<&KeyId>, problem: &Problem, error: &SignError) {
    let (tenant, token_id, error_type) = (&caller.tenant, &caller.token_id, problem.code_name());
    let (key, error) = (key.map(KeyId::as_str), error as &dyn core::error::Error);
    if problem.status().is_server_error() {
        tracing::error!(%request_id, tenant_id = %tenant, token_id, key, error_type, error, success = false, "not signed");
    } else {
        tracing::info!(%request_id, tenant_id = %tenant, token_id, key, error_type, error, success = false, "not signed");
    }
}

/// Storage failed outside the pipeline.
pub(super) fn storage_failed(request_id: &RequestId, error: &(dyn core::error::Error + 'static)) -> Problem {
    tracing::error!(%request_id, error, "storage failed");
    storage_problem()
}

fn storage_problem() -> Problem {
    let detail = "the record could not be written; nothing was signed that you could use; try again later";
    Problem::new(ProblemCode::StorageUnavailable, detail).retry_after(Duration::from_secs(1))
}

/// What the caller is told.
fn problem(api: &Api, error: &SignError) -> Problem {
    match error {
        SignError::KeyNotFound(key) => key_not_found(key.as_str()),
        SignError::VersionNotFound(key) => {
            let detail = format!("key {key} has no version of this number; GET /v1/keys/{key} says which one signs");
            Problem::new(ProblemCode::KeyVersionNotFound, detail).field("keyVersion")
        }
        SignError::VersionSuperseded(active) => {
            let detail =
                format!("version {} of key {} signs now; prepare again with its descriptor", active.version, active.id);
            Problem::new(ProblemCode::KeyVersionSuperseded, detail)
                .field("keyVersion")
                .descriptor(KeyDescriptor::new(active, api.keys.config().descriptor_max_age_seconds))
        }
        SignError::KeyDisabled(key) => {
            Problem::new(ProblemCode::KeyDisabled, format!("key {key} is disabled; ask who runs the service"))
                .field("key")
        }
        SignError::NotYetActive { key, activatable_at } => {
            let detail = format!(
                "this version of key {key} is announced and may sign from {activatable_at}; leave out keyVersion, or \
                 GET /v1/keys/{key} for the version that signs"
            );
            Problem::new(ProblemCode::KeyVersionNotActive, detail).field("keyVersion")
        }
        SignError::Certificate { key, fault } => certificate_problem(key, *fault),
        SignError::PolicyRefused { refusal, .. } => {
            let (rule, detail) = (refusal.rule, refusal.detail.clone());
            Problem::new(ProblemCode::PolicyRefused, detail).field(rule.field()).rule(rule.name())
        }
        SignError::TimestampUnavailable => {
            let detail = "this service has no timestamp authority; ask for `none` or `optional`";
            Problem::new(ProblemCode::TimestampUnavailable, detail).field("timestamp")
        }
        SignError::ReceiptUnavailable => {
            let detail = "this service has no transparency log; ask for `none` or `optional`";
            Problem::new(ProblemCode::ReceiptUnavailable, detail).field("receipt")
        }
        SignError::IdempotencyConflict => {
            let detail = "take another key for another request";
            Problem::new(ProblemCode::IdempotencyConflict, detail).field("Idempotency-Key")
        }
        SignError::IdempotencyInProgress => {
            let detail = "the first request with this key has no answer yet; repeat this one later";
            Problem::new(ProblemCode::IdempotencyInProgress, detail)
                .field("Idempotency-Key")
                .retry_after(Duration::from_millis(200))
        }
        SignError::ProviderNotConfigured { .. } => {
            Problem::new(ProblemCode::ProviderNotConfigured, "ask who runs the service, and name the request id")
        }
        SignError::Provider(error) => provider_problem(error.class(), error.retry_after()),
        SignError::BadSignature(_) => {
            let detail = "the signature was discarded; ask who runs the service, and name the request id";
            Problem::new(ProblemCode::ProviderBadSignature, detail)
        }
        SignError::StoredBadSignature(_) => {
            let detail = "nothing was replied; ask who runs the service, and name the request id";
            Problem::new(ProblemCode::StoredBadSignature, detail)
        }
        SignError::Storage(_) => storage_problem(),
        SignError::Internal(_) => {
            Problem::new(ProblemCode::Internal, "ask who runs the service, and name the request id")
        }
    }
}

fn certificate_problem(key: &KeyId, fault: CertificateFault) -> Problem {
    let code = match fault {
        CertificateFault::Expired { .. } => ProblemCode::CertificateExpired,
        CertificateFault::NotYetValid { .. } => ProblemCode::CertificateNotYetValid,
        CertificateFault::Unreadable | CertificateFault::OtherKey => ProblemCode::CertificateMismatch,
    };
    let detail = format!("the certificate of key {key} {fault}; ask who runs the service to import another");
    Problem::new(code, detail).field("key")
}

/// The same words for a key that does not exist and for one that is somebody else's.
pub(super) fn key_not_found(key: &str) -> Problem {
    let detail = format!("there is no key {key}, or the token may not use it; GET /v1/keys lists those that it may");
    Problem::new(ProblemCode::KeyNotFound, detail).field("key")
}

fn provider_problem(class: ProviderFailure, pause: Option<Duration>) -> Problem {
    let ask = "ask who runs the service, and name the request id";
    let later = "try again later";
    let pause = pause.unwrap_or(Duration::from_secs(1));
    match class {
        ProviderFailure::Denied => Problem::new(ProblemCode::ProviderDenied, ask),
        ProviderFailure::Throttled => Problem::new(ProblemCode::ProviderThrottled, later).retry_after(pause),
        ProviderFailure::Unavailable => Problem::new(ProblemCode::ProviderUnavailable, later).retry_after(pause),
        ProviderFailure::Timeout => {
            let detail = "try again later; the provider may have signed, but nothing was recorded as signed";
            Problem::new(ProblemCode::ProviderTimeout, detail).retry_after(pause)
        }
        ProviderFailure::Invalid => Problem::new(ProblemCode::ProviderInvalid, ask),
        ProviderFailure::NotFound => Problem::new(ProblemCode::ProviderKeyNotFound, ask),
        ProviderFailure::BadResponse => Problem::new(ProblemCode::ProviderBadResponse, ask),
    }
}
