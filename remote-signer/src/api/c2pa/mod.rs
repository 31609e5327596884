//! `POST /c2pa/v1/{key}/sign?token=…`: what c2pa-rs posts to as `[signer.remote]`.
//!
//! The body is the COSE `Sig_structure`, without a content type or any header of ours. Success is exactly 200 with
//! exactly 64 bytes; a failure has no body, as some builds of the client do not look at the status.

mod query;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Router};

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{carry_out, key_not_found};
use crate::api::{Shared, extract};
use crate::auth::TokenKind;
use crate::identity::RequestId;
use crate::pipeline::{Place, Profile, SignRequest};

use query::Query;

pub(super) fn routes() -> Router<Shared> {
    // One segment with %2F, or two: URLs are written by hand.
    Router::new().route("/c2pa/v1/{key}/sign", post(sign)).route("/c2pa/v1/{key}/{name}/sign", post(sign))
}

async fn sign(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    path: Result<Path<Vec<(String, String)>>, PathRejection>,
    uri: Uri,
    body: Body,
) -> Result<Response, Problem> {
    let Query { token, version } = Query::read(uri.query().unwrap_or_default())?;
    let caller = extract::token_holder(&api, TokenKind::C2paUrl, token, &request_id).await?;
    let Path(segments) = path.map_err(|_| Problem::new(ProblemCode::InvalidPath, "write a key as tenant/name"))?;
    let key = segments.into_iter().map(|(_, segment)| segment).collect::<Vec<_>>().join("/");
    let key = key.parse().map_err(|_| key_not_found(&key))?;
    let bytes = extract::bytes(&api, body).await?;
    // The token is for claims: it must not sign a JWS, a DSSE envelope or a document with the same key.
    let request = SignRequest::of_tbs(request_id, key, Profile::CoseSign1, &bytes)
        .map_err(|error| Problem::new(ProblemCode::InvalidField, error.to_string()).field("body"))?;
    let request = SignRequest { pinned: version, ..request };
    let signed = carry_out(&api, &caller, request, place).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, signed.record.signature.as_bytes().to_vec()).into_response())
}
