//! What requests carry, read strictly.

use core::future::poll_fn;
use core::pin::pin;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::auth::{AdminError, AuthError, TokenKind};
use crate::identity::{Admin, Caller, RequestId};
use crate::pipeline::IdempotencyKey;
use crate::telemetry::metrics;

/// The words for every way in which a token is not valid: which one it was is nobody's business.
const UNAUTHORIZED: &str =
    "send `Authorization: Bearer <token>` with a token that is known, not revoked and not expired";

/// Who is calling.
pub(super) async fn caller(api: &Api, headers: &HeaderMap, request_id: &RequestId) -> Result<Caller, Problem> {
    token_holder(api, TokenKind::Api, bearer(headers)?, request_id).await
}

/// The token of the `Authorization` header.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let unauthorized = || Problem::new(ProblemCode::Unauthorized, UNAUTHORIZED);
    let value = single(headers, &header::AUTHORIZATION)?.ok_or_else(unauthorized)?;
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(unauthorized)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start_matches(' ')) } else { Err(unauthorized()) }
}

/// Which admin is calling, for which action: a refusal is counted.
pub(super) async fn admin(
    api: &Api,
    headers: &HeaderMap,
    request_id: &RequestId,
    action: &'static str,
) -> Result<Admin, Problem> {
    let admin = admin_of(api, headers, request_id, action).await;
    if admin.is_err() {
        metrics::admin_action(action, "refused");
    }
    admin
}

async fn admin_of(
    api: &Api,
    headers: &HeaderMap,
    request_id: &RequestId,
    action: &'static str,
) -> Result<Admin, Problem> {
    match api.tokens.authenticate_admin(bearer(headers)?, api.clock.now()).await {
        Ok(admin) => Ok(admin),
        Err(AdminError::Auth(AuthError::Unauthorized)) => Err(Problem::new(ProblemCode::Unauthorized, UNAUTHORIZED)),
        Err(AdminError::Auth(AuthError::Storage(error))) => Err(super::sign::storage_failed(request_id, &error)),
        Err(AdminError::NotAdmin { token_id }) => {
            tracing::warn!(%request_id, token_id, action, "a token that is none of an admin was refused");
            let detail = "this token is for tenants; `splitsign token create --admin` makes one for this";
            Err(Problem::new(ProblemCode::AdminRequired, detail))
        }
    }
}

/// Who shows this token, which must be of this kind.
pub(super) async fn token_holder(
    api: &Api,
    kind: TokenKind,
    token: &str,
    request_id: &RequestId,
) -> Result<Caller, Problem> {
    match api.tokens.authenticate_kind(kind, token, api.clock.now()).await {
        Ok(caller) => Ok(caller),
        Err(AuthError::Unauthorized) => Err(Problem::new(ProblemCode::Unauthorized, UNAUTHORIZED)),
        Err(AuthError::Storage(error)) => Err(super::sign::storage_failed(request_id, &error)),
    }
}

/// The `Idempotency-Key`, if there is one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    const NAME: HeaderName = HeaderName::from_static("idempotency-key");
    let Some(value) = single(headers, &NAME)? else { return Ok(None) };
    let invalid = || {
        let detail =
            format!("an Idempotency-Key has from 1 to {} visible ASCII characters", IdempotencyKey::LENGTH_MAX);
        Problem::new(ProblemCode::InvalidIdempotencyKey, detail).field("Idempotency-Key")
    };
    IdempotencyKey::parse(value.as_bytes()).map(Some).ok_or_else(invalid)
}

pub(super) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        let detail = format!("send the header {name} once");
        return Err(Problem::new(ProblemCode::RepeatedHeader, detail).field(name.as_str()));
    }
    Ok(first)
}

/// The whole body, which must be announced as JSON and not be too large.
pub(super) async fn json_bytes(api: &Api, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let wanted = "application/json";
    // JSON is UTF-8 (RFC 8259, section 8.1); who says something else may have sent something else.
    let media_type = single(headers, &header::CONTENT_TYPE)?.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parameters = media_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    if charsets.any(|(_, charset)| !charset.trim_matches('"').eq_ignore_ascii_case("utf-8")) {
        let detail = format!("send the body in UTF-8 with `Content-Type: {wanted}`, without another charset");
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail).field("Content-Type"));
    }
    typed_bytes(api, headers, body, wanted).await
}

/// The whole body, which must be announced as being of this type and not be too large.
pub(super) async fn typed_bytes(api: &Api, headers: &HeaderMap, body: Body, wanted: &str) -> Result<Vec<u8>, Problem> {
    let media_type = single(headers, &header::CONTENT_TYPE)?.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(wanted) {
        let detail = format!("send the body with `Content-Type: {wanted}`");
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail).field("Content-Type"));
    }
    bytes(api, body).await
}

/// The whole body, which must not be too large.
pub(super) async fn bytes(api: &Api, body: Body) -> Result<Vec<u8>, Problem> {
    let limit = api.config.max_body_bytes;
    let too_large = || {
        let detail = format!("a body has at most {limit} bytes; send the digest, not the payload");
        Problem::new(ProblemCode::BodyTooLarge, detail)
    };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let (mut body, mut bytes) = (pin!(body), Vec::new());
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let incomplete = |_| Problem::new(ProblemCode::BodyIncomplete, "send as many bytes as Content-Length says");
        let Ok(data) = frame.map_err(incomplete)?.into_data() else { continue };
        if data.len() > limit.saturating_sub(bytes.len()) {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads JSON. The problem names the member at fault.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would read the members of a struct from an array as well, in order and without their names.
    if bytes.trim_ascii_start().starts_with(b"[") && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        return Err(Problem::new(ProblemCode::InvalidField, "this must be an object, and is an array"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        json_problem(error.inner(), &path)
    })?;
    deserializer.end().map_err(|error| json_problem(&error, "."))?;
    Ok(value)
}

fn json_problem(error: &serde_json::Error, path: &str) -> Problem {
    let detail = error.to_string();
    if !error.is_data() {
        return Problem::new(ProblemCode::MalformedJson, detail);
    }
    // serde has no kinds of errors, but its words are the same since 1.0, and a test watches them.
    let code = match detail.split_once(" field `").map(|(kind, _)| kind) {
        Some("unknown") => ProblemCode::UnknownField,
        Some("duplicate") => ProblemCode::DuplicateField,
        Some("missing") => ProblemCode::MissingField,
        _ => ProblemCode::InvalidField,
    };
    let named = detail.split('`').nth(1).filter(|_| code != ProblemCode::InvalidField).map(str::to_owned);
    match named.or_else(|| (path != ".").then(|| path.to_owned())) {
        Some(field) => Problem::new(code, detail).field(field),
        None => Problem::new(code, detail),
    }
}
