//! What clients and verifiers need to know of keys.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use splitsign_core::digest::Sha256;

use crate::api::Api;
use crate::api::cose_key_set;
use crate::api::extract;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{key_not_found, storage_failed};
use crate::api::wire::{JwkSet, KeyDescriptor, KeyList, PublishedJwk};
use crate::encoding::base64url;
use crate::identity::{KeyId, RequestId};

/// The keys that the token may use: those of its tenant, then those that others share with it.
#[utoipa::path(
    get, path = "/v1/keys", tag = "keys", security(("token" = [])),
    responses((status = 200, description = "The active version of each", body = KeyList))
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let own = api.keys.active(&caller).await.map_err(|error| storage_failed(&request_id, &error))?;
    let shared = api.keys.shared_with(&caller).await.map_err(|error| storage_failed(&request_id, &error))?;
    let max_age = api.keys.config().descriptor_max_age_seconds;
    let keys = own.iter().chain(&shared).map(|entry| KeyDescriptor::new(entry, max_age)).collect();
    Ok(cached("private", max_age, Json(KeyList { keys })))
}

/// What a client needs before it prepares: version, kid, public key, chain, and how long these may be kept.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "keys", security(("token" = [])),
    params(("id" = String, Path, description = "`tenant/name`, with the slash as it is or as %2F")),
    responses((status = 200, description = "The active version", body = KeyDescriptor))
)]
pub(super) async fn descriptor(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let Path(id) = id.map_err(|_| {
        Problem::new(ProblemCode::InvalidPath, "write a key as tenant/name; what follows a % is to be UTF-8")
            .field("id")
    })?;
    let key: KeyId = id.parse().map_err(|_| key_not_found(&id))?;
    let may_use = api.keys.may_use(&caller, &key).await;
    if !may_use.map_err(|error| storage_failed(&request_id, &error))? {
        return Err(key_not_found(&id));
    }
    let entries = api.keys.active_version(&key).await.map_err(|error| storage_failed(&request_id, &error))?;
    let entry = entries.ok_or_else(|| key_not_found(&id))?;
    let max_age = api.keys.config().descriptor_max_age_seconds;
    Ok(cached("private", max_age, Json(KeyDescriptor::new(&entry, max_age))))
}

/// Every public key that signatures are or will be verified with.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "keys",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of a copy that is there")),
    responses(
        (status = 200, description = "Announced, active, draining and verify-only versions of the keys of all tenants \
            (RFC 7517), for everybody: a `kid` is a thumbprint, and nothing names a tenant or a key. A version is \
            announced for at least the max-age of this answer before it signs", body = JwkSet),
        (status = 304, description = "The copy is what there is"),
    )
)]
pub(super) async fn jwks(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entries = api.keys.published().await.map_err(|error| storage_failed(&request_id, &error))?;
    let set = JwkSet { keys: entries.iter().map(PublishedJwk::new).collect() };
    let body = serde_json::to_vec(&set).expect("strings have a JSON form");
    Ok(key_set(&api, &headers, "application/json", body))
}

/// The same as a COSE_KeySet (RFC 9052, section 7).
#[utoipa::path(
    get, path = "/.well-known/cose-keys", tag = "keys",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of a copy that is there")),
    responses(
        (status = 200, description = "The keys of /.well-known/jwks.json, with the same `kid`s as byte strings",
            content_type = "application/cose-key-set", body = Vec<u8>),
        (status = 304, description = "The copy is what there is"),
    )
)]
pub(super) async fn cose_keys(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entries = api.keys.published().await.map_err(|error| storage_failed(&request_id, &error))?;
    Ok(key_set(&api, &headers, "application/cose-key-set", cose_key_set::encode(entries.iter())))
}

/// A key set with its ETag, to be kept no longer than an announced version waits before it signs.
fn key_set(api: &Api, headers: &HeaderMap, media_type: &'static str, body: Vec<u8>) -> Response {
    let etag = format!("\"{}\"", base64url(Sha256::digest(&body).as_bytes()));
    let is_known = |value: &HeaderValue| {
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == etag)
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(is_known);
    let tag = [(header::ETAG, etag)];
    let max_age = api.keys.config().descriptor_max_age_seconds;
    if known {
        return cached("public", max_age, (StatusCode::NOT_MODIFIED, tag));
    }
    cached("public", max_age, (tag, [(header::CONTENT_TYPE, media_type)], body))
}

fn cached(scope: &str, max_age: u32, body: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, format!("{scope}, max-age={max_age}"))], body).into_response()
}
