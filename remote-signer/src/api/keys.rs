//! What clients and verifiers need to know of keys.

use alloc::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use splitsign_core::digest::Sha256;
use tokio::sync::Mutex;

use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{key_not_found, storage_failed};
use crate::api::wire::{JwkSet, KeyDescriptor, KeyList, PublishedJwk};
use crate::api::{Api, extract};
use crate::encoding::base64url;
use crate::identity::{KeyId, RequestId};
use crate::telemetry::metrics;

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
    State(api): State<Api>,
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

/// Every public key that signatures of today can be verified with.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "keys",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of a copy that is held")),
    responses(
        (status = 200, description = "Active and draining versions of the keys of all tenants (RFC 7517), \
            for everybody: a `kid` is a thumbprint, and nothing names a tenant or a key", body = JwkSet),
        (status = 304, description = "The copy that is held is the newest"),
    )
)]
pub(super) async fn jwks(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let set = api.key_set.current(&api, &request_id).await?;
    let max_age = api.keys.config().descriptor_max_age_seconds;
    let mut held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_held = held.any(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == set.etag));
    let etag = [(header::ETAG, set.etag)];
    if is_held {
        return Ok(cached("public", max_age, (StatusCode::NOT_MODIFIED, etag)));
    }
    let media_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok(cached("public", max_age, (media_type, etag, set.body)))
}

/// The key set as bytes: there may be ten thousand keys, and everybody may ask for them.
#[derive(Clone, Default, Debug)]
pub(super) struct KeySetCache(Arc<Mutex<Option<KeySet>>>);

/// The key set as of one generation of the keys.
#[derive(Clone, Debug)]
struct KeySet {
    generation: i64,
    body: Bytes,
    etag: String,
}

impl KeySetCache {
    /// The key set of now: written anew if any key was changed, by whomever.
    async fn current(&self, api: &Api, request_id: &RequestId) -> Result<KeySet, Problem> {
        let generation = api.keys.generation().await.map_err(|error| storage_failed(request_id, &error))?;
        // Held while it is written: those who ask meanwhile get the same bytes.
        let mut last = self.0.lock().await;
        if let Some(set) = last.as_ref().filter(|set| set.generation >= generation) {
            metrics::cache_lookup("key_set", true);
            return Ok(set.clone());
        }
        metrics::cache_lookup("key_set", false);
        let entries = api.keys.published().await.map_err(|error| storage_failed(request_id, &error))?;
        let keys = JwkSet { keys: entries.iter().map(PublishedJwk::new).collect() };
        let body = serde_json::to_vec(&keys).expect("strings have a JSON form");
        let etag = format!("\"{}\"", base64url(Sha256::digest(&body).as_bytes()));
        let set = KeySet { generation, body: Bytes::from(body), etag };
        *last = Some(set.clone());
        Ok(set)
    }
}

fn cached(scope: &str, max_age: u32, body: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, format!("{scope}, max-age={max_age}"))], body).into_response()
}
