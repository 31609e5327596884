//! `POST /v1/transit/verify/{name}[/{hash}]`: with the public key on record, here and without the provider.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::api::Shared;
use crate::api::problem::Problem;
use crate::api::sign::storage_failed;
use crate::api::transit::wire::{Form, Item, ItemError, Work, batch_reply, envelope, invalid};
use crate::api::transit::{caller, key, no_key, operation, to_use};
use crate::identity::RequestId;
use crate::keys::KeyEntry;

pub(super) async fn verify(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let caller = caller(&api, &headers, &request_id).await?;
    let operation = operation(&api, &path, body).await?;
    let key = key(&caller, &path).map_err(to_use)?;
    let mut versions = api.keys.versions(&key).await.map_err(|error| storage_failed(&request_id, &error))?;
    // What is not published any more, as its key may have leaked, vouches for nothing.
    versions.retain(|entry| entry.state.stage().is_published());
    if versions.is_empty() {
        return Err(to_use(no_key(key.as_str())));
    }
    let form = operation.form();
    let data = match operation.work()? {
        Work::One(item) => json!({"valid": is_valid(&versions, form, &item)?}),
        Work::Batch(items) => return Ok(batch(&versions, form, items, &request_id)),
    };
    Ok(Json(envelope(&request_id, &data)).into_response())
}

/// Whether it is, or why that cannot be said.
fn is_valid(versions: &[KeyEntry], form: Form, item: &Item) -> Result<bool, Problem> {
    let (digest, (version, signature)) = (form.input(item)?.digest(), form.read(item)?);
    let entry = versions.iter().find(|entry| entry.version == version);
    let entry = entry.ok_or_else(|| invalid("signature", format!("the key has no version {}", version.get())))?;
    Ok(entry.public_key.verify_digest(&digest, &signature).is_ok())
}

/// As signing answers a batch: 200 if there is a verdict for any, a failure for none.
fn batch(versions: &[KeyEntry], form: Form, items: Vec<Result<Item, Problem>>, request_id: &RequestId) -> Response {
    let mut failed = 0;
    let result = |item: Result<Item, Problem>| -> Value {
        let reference = item.as_ref().ok().and_then(|item| item.reference.clone());
        match item.and_then(|item| is_valid(versions, form, &item)) {
            Ok(valid) => json!({"valid": valid, "reference": reference}),
            Err(problem) => {
                failed += 1;
                json!(ItemError { error: problem.sentence(), reference })
            }
        }
    };
    let results: Vec<Value> = items.into_iter().map(result).collect();
    let status = if failed == results.len() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    batch_reply(status, request_id, &results)
}
