//! `POST /v1/transit/sign/{name}[/{hash}]`

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::api::problem::Problem;
use crate::api::sign::carry_out;
use crate::api::transit::wire::{Form, Input, Item, ItemError, Work, batch_reply, envelope, invalid};
use crate::api::transit::{caller, key, operation, to_use};
use crate::api::{Api, Shared};
use crate::identity::{Caller, KeyId, KeyVersion, RequestId};
use crate::pipeline::{Place, Profile, SignRequest};

pub(super) async fn sign(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let caller = caller(&api, &headers, &request_id).await?;
    let operation = operation(&api, &path, body).await?;
    let key = key(&caller, &path).map_err(to_use)?;
    let (form, pinned) = (operation.form(), operation.pinned()?);
    let signing = Signing { api: &api, caller: &caller, key, form, pinned, place };
    match operation.work()? {
        Work::One(item) => {
            let data = signing.item(&item, request_id.clone()).await.map_err(to_use)?;
            Ok(Json(envelope(&request_id, &data)).into_response())
        }
        Work::Batch(items) => Ok(signing.batch(items, &request_id).await),
    }
}

/// What all items of a request have in common.
struct Signing<'a> {
    api: &'a Api,
    caller: &'a Caller,
    key: KeyId,
    form: Form,
    pinned: Option<KeyVersion>,
    place: Place,
}

impl Signing<'_> {
    async fn item(&self, item: &Item, request_id: RequestId) -> Result<Value, Problem> {
        let key = self.key.clone();
        let request = match self.form.input(item)? {
            Input::Digest(digest) => SignRequest::of_digest(request_id, key, Profile::Raw, digest),
            Input::Message(message) => SignRequest::of_tbs(request_id, key, Profile::Raw, &message)
                .map_err(|error| invalid("input", error.to_string()))?,
        };
        let request = SignRequest { pinned: self.pinned, ..request };
        let record = carry_out(self.api, self.caller, request, self.place.clone()).await?.record;
        let signature = self.form.write(&record.signature, record.key_version);
        let mut data = json!({"signature": signature, "key_version": record.key_version.get()});
        if let (Some(reference), Some(members)) = (&item.reference, data.as_object_mut()) {
            members.insert("reference".to_owned(), json!(reference));
        }
        Ok(data)
    }

    /// One after the other: the request has one place among those under way. 200 if any is signed, as Vault does and its
    /// clients can read (they take a 207 for no answer): an item that failed has an error and no signature. If none is
    /// signed, it is a failure.
    async fn batch(&self, items: Vec<Result<Item, Problem>>, request_id: &RequestId) -> Response {
        let (mut results, mut failures) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items {
            let reference = item.as_ref().ok().and_then(|item| item.reference.clone());
            let result = match item {
                Ok(item) => self.item(&item, RequestId::new(self.api.clock.now())).await.map_err(to_use),
                Err(problem) => Err(problem),
            };
            results.push(result.unwrap_or_else(|problem| {
                failures.push(problem.status());
                json!(ItemError { error: problem.sentence(), reference })
            }));
        }
        let status = match failures.first() {
            Some(first) if failures.len() == results.len() => *first,
            Some(_) | None => StatusCode::OK,
        };
        batch_reply(status, request_id, &results)
    }
}
