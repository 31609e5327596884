//! `/v1/transit/…`: signing, verifying and reading keys as the Transit engine of Vault and OpenBao has them, for one
//! kind of key, `ecdsa-p256` with SHA-256.
//!
//! The header `X-Vault-Token` has a token of ours; the name of a key is the name within the token's tenant. What
//! Transit can do and this cannot is refused by name.

mod keys;
mod sign;
mod verify;
mod wire;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::routing::{get, post};

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::{Api, Shared, extract};
use crate::auth::TokenKind;
use crate::identity::{Caller, KeyId, RequestId};

use wire::Operation;

pub(super) fn routes() -> Router<Shared> {
    // `vault write` sends PUT, everybody else POST: they are the same.
    let (sign, verify) = (|| post(sign::sign).put(sign::sign), || post(verify::verify).put(verify::verify));
    Router::new()
        .route("/v1/transit/sign/{name}", sign())
        .route("/v1/transit/sign/{name}/{hash}", sign())
        .route("/v1/transit/verify/{name}", verify())
        .route("/v1/transit/verify/{name}/{hash}", verify())
        .route("/v1/transit/keys/{name}", get(keys::read))
}

/// Who is calling.
async fn caller(api: &Api, headers: &HeaderMap, request_id: &RequestId) -> Result<Caller, Problem> {
    const NAME: HeaderName = HeaderName::from_static("x-vault-token");
    let token = extract::single(headers, &NAME)?.and_then(|value| value.to_str().ok()).unwrap_or_default();
    extract::token_holder(api, TokenKind::Api, token, request_id).await
}

/// What is asked for. Clients of Vault do not all say that it is JSON.
async fn operation(api: &Api, path: &[String], body: Body) -> Result<Operation, Problem> {
    let operation: Operation = extract::json(&extract::bytes(api, body).await?)?;
    let segment = |index: usize| path.get(index).map(String::as_str);
    operation.check(segment(0), segment(1))
}

/// The key of this name. Its tenant is the token's.
fn key(caller: &Caller, path: &[String]) -> Result<KeyId, Problem> {
    let name = path.first().map(String::as_str).unwrap_or_default();
    let key: KeyId = format!("{}/{name}", caller.tenant).parse().map_err(|_| no_key(name))?;
    if caller.may_use(&key) { Ok(key) } else { Err(no_key(name)) }
}

fn no_key(name: &str) -> Problem {
    let detail = format!("there is no key {name} for this token");
    Problem::new(ProblemCode::KeyNotFound, detail)
}

/// To Vault, a key that cannot be used because it is not there is a bad request, and not a path that does not exist.
fn to_use(problem: Problem) -> Problem {
    if problem.is_key_not_found() { problem.with_status(StatusCode::BAD_REQUEST) } else { problem }
}
