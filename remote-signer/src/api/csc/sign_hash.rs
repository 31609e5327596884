//! `POST /csc/v2/signatures/signHash`: all hashes are signed, in order, or there is an error.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::api::csc::wire::{SignHashBody, check_hash_algorithm, digests};
use crate::api::csc::{ECDSA_SHA256, as_csc, credential, invalid};
use crate::api::problem::Problem;
use crate::api::sign::carry_out;
use crate::api::{Api, Shared, extract};
use crate::encoding::base64_standard;
use crate::identity::{Caller, KeyScope, KeyVersion, RequestId};
use crate::keys::KeyEntry;
use crate::pipeline::{Place, Profile, SignRequest};

pub(super) async fn sign_hash(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let body: SignHashBody = extract::json(&extract::json_bytes(&api, &headers, body).await?)?;
    check(&body)?;
    let hashes = digests(&body.hashes)?;
    let entry = credential(&api, &caller, &body.credential_id, &request_id).await?;
    let pinned = activate(&api, &caller, &body, &entry, &hashes)?;
    let mut signatures = Vec::with_capacity(hashes.len());
    for digest in hashes {
        let request_id = RequestId::new(api.clock.now());
        let request = SignRequest::of_digest(request_id, entry.id.clone(), Profile::Raw, digest);
        let request = SignRequest { pinned, ..request };
        let signed = carry_out(&api, &caller, request, place.clone()).await.map_err(as_csc)?;
        signatures.push(base64_standard(&der(&signed.record.signature)));
    }
    Ok(Json(json!({"signatures": signatures})))
}

fn check(body: &SignHashBody) -> Result<(), Problem> {
    if body.sign_algo != ECDSA_SHA256 {
        return Err(invalid("signAlgo", &format!("{ECDSA_SHA256} is the only one of these keys")));
    }
    if body.sign_algo_params.is_some() {
        return Err(invalid("signAlgoParams", "ECDSA has none"));
    }
    check_hash_algorithm(body.hash_algorithm.as_deref())?;
    match body.operation_mode.as_deref() {
        None | Some("S") => Ok(()),
        Some(_) => Err(invalid("operationMode", "S is the only one here")),
    }
}

/// Whether the caller may sign these hashes now, and with which version if the caller holds on to one.
fn activate(
    api: &Api,
    caller: &Caller,
    body: &SignHashBody,
    entry: &KeyEntry,
    hashes: &[Sha256Digest],
) -> Result<Option<KeyVersion>, Problem> {
    let Some(sad) = &body.sad else {
        return match caller.scope {
            // The token was made for this credential.
            KeyScope::Only(_) => Ok(body.credential_id.contains(':').then_some(entry.version)),
            KeyScope::All => Err(invalid("SAD", "it is missing, and a token for all keys of a tenant needs it")),
        };
    };
    let activation = api.dropins.activations.take(sad, caller, api.clock.elapsed());
    // A credential with a version is that version, and none that was authorized in its place.
    let version = body.credential_id.contains(':').then_some(entry.version);
    match activation.filter(|activation| activation.covers(&entry.id, version, hashes)) {
        Some(activation) => Ok(Some(activation.version)),
        None => {
            Err(invalid("SAD", "it is not for this token, this credential and these hashes, or was used, or expired"))
        }
    }
}

/// What CMS and so PDF has (RFC 5480, appendix A): `SEQUENCE { r, s }`.
fn der(signature: &Signature) -> Vec<u8> {
    // Two integers of 33 bytes at most, each with a header of two, in a sequence.
    let mut buffer = [0; 72];
    signature.to_der(&mut buffer).expect("72 bytes hold every signature of P-256").to_vec()
}
