//! What clients and verifiers need to know of keys.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use crate::api::key_sets::Form;
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{key_not_found, storage_failed};
use crate::api::wire::{JwkSet, KeyDescriptor, KeyList};
use crate::api::{Api, Shared, extract};
use crate::identity::{KeyId, RequestId};

/// Keys in one page, if the caller does not say.
const PAGE_KEYS: usize = 100;

/// Keys in one page at most: some megabytes with their certificates.
const PAGE_KEYS_MAX: usize = 1000;

/// The keys that the token may use, a page of them: those of its tenant, then those that others share with it.
#[utoipa::path(
    get, path = "/v1/keys", tag = "keys", security(("token" = [])),
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "How many of its tenant at most. Default 100"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    responses((status = 200, description = "The active version of each", body = KeyList))
)]
pub(super) async fn list(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let Page { limit, after } = Page::read(query.as_deref())?;
    let limit = page::limit(limit, PAGE_KEYS, PAGE_KEYS_MAX)?;
    let found = api.keys.active_page(&caller, after.as_ref(), limit).await;
    let mut found = found.map_err(|error| storage_failed(&request_id, &error))?;
    if found.next.is_none() {
        let shared = api.keys.shared_with(&caller).await.map_err(|error| storage_failed(&request_id, &error))?;
        found.entries.extend(shared);
    }
    let max_age = api.keys.config().descriptor_max_age_seconds;
    let keys = found.entries.iter().map(|entry| KeyDescriptor::new(entry, max_age)).collect();
    let next_cursor = found.next.as_ref().map(page::cursor_after);
    Ok(cached("private", max_age, Json(KeyList { keys, next_cursor })))
}

/// What a client needs before it prepares: version, kid, public key, chain, and how long these may be kept.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "keys", security(("token" = [])),
    params(("id" = String, Path, description = "`tenant/name`, with the slash as it is or as %2F")),
    responses((status = 200, description = "The active version", body = KeyDescriptor))
)]
pub(super) async fn descriptor(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    page::no_parameters(query.as_deref())?;
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
            (RFC 7517), for everybody: a `kid` is a thumbprint, and nothing names a tenant or a key. But for \
            the first version of a key, and where somebody forced it, a version is announced for at least the max-age of \
            this answer before it signs", body = JwkSet),
        (status = 304, description = "The copy is what there is"),
    )
)]
pub(super) async fn jwks(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    key_set(&api, &request_id, &headers, Form::Json).await
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
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    key_set(&api, &request_id, &headers, Form::Cose).await
}

/// A key set with its ETag, to be kept no longer than an announced version waits before it signs.
async fn key_set(api: &Api, request_id: &RequestId, headers: &HeaderMap, form: Form) -> Result<Response, Problem> {
    let set = api.key_sets.current(&api.keys, form).await.map_err(|error| storage_failed(request_id, &error))?;
    let is_known = |value: &HeaderValue| {
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == set.etag)
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(is_known);
    let tag = [(header::ETAG, set.etag)];
    let max_age = api.keys.config().descriptor_max_age_seconds;
    if known {
        return Ok(cached("public", max_age, (StatusCode::NOT_MODIFIED, tag)));
    }
    Ok(cached("public", max_age, (tag, [(header::CONTENT_TYPE, form.media_type())], set.body)))
}

fn cached(scope: &str, max_age: u32, body: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, format!("{scope}, max-age={max_age}"))], body).into_response()
}
