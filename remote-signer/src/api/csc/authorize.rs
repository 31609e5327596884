//! `POST /csc/v2/credentials/authorize`: SAD for hashes, bound to the token that asks.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::api::csc::sad::{Activation, LIFETIME};
use crate::api::csc::wire::{AuthorizeBody, check_hash_algorithm, digests};
use crate::api::csc::{MULTISIGN, credential, invalid};
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::{Shared, extract};
use crate::identity::RequestId;
use crate::keys::KeyState;

pub(super) async fn authorize(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let body: AuthorizeBody = extract::json(&extract::json_bytes(&api, &headers, body).await?)?;
    let factors = body.pin.is_some() || body.otp.is_some() || body.auth_data.is_some_and(|data| !data.is_empty());
    if factors {
        // Taking them would let somebody believe that they were looked at.
        return Err(invalid("PIN, OTP, authData", "there are none here; auth.objects says so"));
    }
    let entry = credential(&api, &caller, &body.credential_id, &request_id).await?;
    if !matches!(entry.state.at(api.clock.now()), KeyState::Active | KeyState::Draining { .. }) {
        return Err(invalid("credentialID", "this version does not sign"));
    }
    check_hash_algorithm(body.hash_algorithm.as_deref())?;
    let hashes = body.hashes.as_deref().map(digests).transpose()?;
    if !(1..=MULTISIGN).contains(&body.num_signatures) {
        return Err(invalid("numSignatures", &format!("a number from 1 to {MULTISIGN}")));
    }
    if hashes.as_ref().is_some_and(|hashes| hashes.len() != body.num_signatures) {
        return Err(invalid("numSignatures", "it is not the number of hashes"));
    }
    let activation = Activation {
        token_id: caller.token_id,
        key: entry.id.clone(),
        version: entry.version,
        signatures: body.num_signatures,
        hashes,
    };
    let sad = api.dropins.activations.grant(activation, api.clock.elapsed()).ok_or_else(|| {
        let detail = "too much is authorized and not signed; sign, or wait until it expires";
        Problem::new(ProblemCode::Overloaded, detail).retry_after(LIFETIME)
    })?;
    Ok(Json(json!({"SAD": sad, "expiresIn": LIFETIME.as_secs()})))
}
