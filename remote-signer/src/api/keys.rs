//! What clients and verifiers need to know of keys.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use crate::api::Api;
use crate::api::extract;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{key_not_found, storage_failed};
use crate::api::wire::{JwkSet, KeyDescriptor, KeyList, PublishedJwk};
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

/// Every public key that signatures of today can be verified with.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "keys",
    responses((status = 200, description = "Active and draining versions of the keys of all tenants (RFC 7517), \
        for everybody: a `kid` is a thumbprint, and nothing names a tenant or a key", body = JwkSet))
)]
pub(super) async fn jwks(
    State(api): State<Api>,
    Extension(request_id): Extension<RequestId>,
) -> Result<Response, Problem> {
    let entries = api.keys.published().await.map_err(|error| storage_failed(&request_id, &error))?;
    let keys = entries.iter().map(PublishedJwk::new).collect();
    Ok(cached("public", api.keys.config().descriptor_max_age_seconds, Json(JwkSet { keys })))
}

fn cached(scope: &str, max_age: u32, body: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, format!("{scope}, max-age={max_age}"))], body).into_response()
}
