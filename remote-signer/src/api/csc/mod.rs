//! `/csc/v2/…`: the API of the Cloud Signature Consortium for remote signatures, version 2, over the keys that have a
//! certificate.
//!
//! A credential is a key: `tenant/name`, or `tenant/name:version` to hold on to one version. Whoever shows a token has
//! what the token has. A token that names its keys was made for these credentials and signs by itself; one for all keys
//! of a tenant is a login, and needs signature activation data (SAD) for each `signHash`. There is no PIN and no OTP:
//! SAD binds a request to its bearer and its hashes, once; it does not show that a person was there (SCAL 1).

mod authorize;
mod certificate;
mod credentials;
mod info;
mod sad;
mod sign_hash;
mod wire;

use alloc::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::storage_failed;
use crate::api::{Api, Shared};
use crate::identity::{Caller, KeyId, RequestId};
use crate::keys::KeyEntry;

pub(super) use sad::Activations;

/// Hashes: the most that one `signHash` takes.
const MULTISIGN: usize = 64;
/// ecdsa-with-SHA256 (RFC 5758, 3.2).
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
/// id-sha256.
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/csc/v2/info", post(info::info))
        .route("/csc/v2/credentials/list", post(credentials::list))
        .route("/csc/v2/credentials/info", post(credentials::info))
        .route("/csc/v2/credentials/authorize", post(authorize::authorize))
        .route("/csc/v2/signatures/signHash", post(sign_hash::sign_hash))
}

/// The key version of a credential that the caller may use. Those of others are not told from those that are not.
async fn credential(api: &Api, caller: &Caller, id: &str, request_id: &RequestId) -> Result<Arc<KeyEntry>, Problem> {
    let (key, version) = match id.rsplit_once(':') {
        Some((key, version)) => (key, Some(version)),
        None => (id, None),
    };
    let key: KeyId = key.parse().map_err(|_| no_credential(id))?;
    if !caller.may_use(&key) {
        return Err(no_credential(id));
    }
    let found = match version {
        None => api.keys.active_version(&key).await,
        Some(version) => {
            let version = version.parse().map_err(|_| no_credential(id))?;
            api.keys.version(&key, version).await
        }
    };
    let entry = found.map_err(|error| storage_failed(request_id, &error))?;
    entry.filter(|entry| !entry.certificate_chain.is_empty()).ok_or_else(|| no_credential(id))
}

fn no_credential(id: &str) -> Problem {
    let detail = format!("Invalid parameter credentialID: there is no credential {id} for this token");
    as_csc(Problem::new(ProblemCode::KeyNotFound, detail))
}

/// To CSC, a credential that is not there is a parameter that is not valid.
fn as_csc(problem: Problem) -> Problem {
    if problem.is_key_not_found() { problem.with_status(StatusCode::BAD_REQUEST) } else { problem }
}

fn invalid(parameter: &str, detail: &str) -> Problem {
    Problem::new(ProblemCode::InvalidField, format!("Invalid parameter {parameter}: {detail}"))
}
