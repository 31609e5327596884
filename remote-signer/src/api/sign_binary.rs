//! `POST /v1/sign/{tenant}/{name}`: 32 bytes in, 64 bytes out, for clients that are too small for JSON.
//!
//! The same as `POST /v1/sign` in all that counts: one pipeline, one idempotency, the same codes.

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};

use splitsign_core::digest::Sha256Digest;

use crate::api::accept::Accepted;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::sign::{REPLAYED, carry_out, key_not_found};
use crate::api::wire::{ProfileName, RawDigest, RawSignature, SignReply, WantedName};
use crate::api::{Api, Shared, extract};
use crate::identity::{KeyId, KeyVersion, RequestId};
use crate::pipeline::{Idempotency, Place, Profile, SignRequest};

/// The version that signed.
const KEY_VERSION: HeaderName = HeaderName::from_static("splitsign-key-version");
/// The thumbprint of its public key.
const KEY_KID: HeaderName = HeaderName::from_static("splitsign-kid");

/// Sign a digest: 32 bytes in, 64 bytes out.
#[utoipa::path(
    post, path = "/v1/sign/{tenant}/{name}", operation_id = "sign_raw", tag = "sign", security(("token" = [])),
    request_body(content = RawDigest, content_type = "application/octet-stream"),
    params(
        ("tenant" = String, Path, description = "Whose key", pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"),
        ("name" = String, Path, description = "The key's name", pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"),
        ("profile" = ProfileName, Query, description = "What the digest is of"),
        ("version" = inline(Option<u32>), Query, description = "The version that was prepared for; without it the active one signs", minimum = 1),
        ("Idempotency-Key" = inline(Option<String>), Header, description = "As in `/v1/sign`: the same request in either form is the same",
            pattern = "^[!-~]{1,255}$"),
    ),
    responses(
        (status = 200, description = "Signed, verified and recorded: `r‖s`, or as JSON where `Accept` asks for that",
            content((RawSignature = "application/octet-stream"), (SignReply = "application/json")),
            headers(
                ("Splitsign-Key-Version" = String, description = "The version that signed"),
                ("Splitsign-Kid" = String, description = "RFC 7638 thumbprint of its public key"),
            )),
    )
)]
pub(super) async fn sign(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Extension(place): Extension<Place>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let accepted = Accepted::read(&headers);
    let answer = answer(&api, request_id, place, path, query.as_deref(), &headers, body, accepted).await;
    answer.map_err(|problem| if accepted.plain_problems { problem.plain() } else { problem })
}

#[expect(clippy::too_many_arguments, reason = "a request has as many parts")]
async fn answer(
    api: &Api,
    request_id: RequestId,
    place: Place,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
    accepted: Accepted,
) -> Result<Response, Problem> {
    let caller = extract::caller(api, headers, &request_id).await?;
    if !accepted.bytes && !accepted.json {
        let detail = "a signature is application/octet-stream or application/json; accept one of these";
        return Err(Problem::new(ProblemCode::NotAcceptable, detail).field("Accept"));
    }
    let Path((tenant, name)) = path.map_err(|_| {
        Problem::new(ProblemCode::InvalidPath, "write the key as tenant/name; what follows a % is to be UTF-8")
    })?;
    let key = format!("{tenant}/{name}");
    let key: KeyId = key.parse().map_err(|_| key_not_found(&key))?;
    let query = Query::read(query.unwrap_or_default())?;
    let idempotency = extract::idempotency_key(headers)?;
    let bytes = extract::typed_bytes(api, headers, body, "application/octet-stream").await?;
    let digest = Sha256Digest::from_slice(&bytes).map_err(|_| {
        let detail = format!("send the 32 bytes of a SHA-256 digest, and nothing else; these are {}", bytes.len());
        Problem::new(ProblemCode::InvalidDigestBody, detail)
    })?;
    let mut request = SignRequest::of_digest(request_id, key, query.profile, digest);
    request.pinned = query.version;
    request.idempotency = idempotency.map(|key| Idempotency { key, item: 0, batch_sha256: None });
    let signed = carry_out(api, &caller, request, place).await?;
    let mut response = if accepted.bytes {
        let bytes = Bytes::copy_from_slice(signed.record.signature.as_bytes());
        let octets = HeaderValue::from_static("application/octet-stream");
        ([(header::CONTENT_TYPE, octets)], bytes).into_response()
    } else {
        Json(SignReply::new(&signed, WantedName::None, WantedName::None)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(KEY_VERSION, HeaderValue::from(signed.record.key_version.get()));
    if let Ok(kid) = HeaderValue::from_str(&signed.key.kid) {
        headers.insert(KEY_KID, kid);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if signed.replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// What the query says.
#[derive(Debug)]
struct Query {
    profile: Profile,
    version: Option<KeyVersion>,
}

impl Query {
    /// Names and values have no character that would have to be written with a `%`.
    fn read(query: &str) -> Result<Self, Problem> {
        let invalid = |detail: String, field: &str| Problem::new(ProblemCode::InvalidQuery, detail).field(field);
        let (mut profile, mut version) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "profile" if profile.is_none() => {
                    let read: Profile = value.parse().map_err(|error| invalid(format!("{error}"), name))?;
                    profile = Some(read);
                }
                "version" if version.is_none() => {
                    let wrong = |_| invalid("a version is a number from 1".to_owned(), name);
                    version = Some(value.parse().map_err(wrong)?);
                }
                "profile" | "version" => return Err(invalid("write it once".to_owned(), name)),
                _ => return Err(invalid("the query has profile, and where needed version".to_owned(), name)),
            }
        }
        let missing = || invalid("add ?profile= with cose-sign1, jws, dsse or raw".to_owned(), "profile");
        Ok(Self { profile: profile.ok_or_else(missing)?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::pipeline::Profile;

    #[test]
    fn a_query_is_read_strictly() {
        let query = Query::read("version=4294967295&profile=cose-sign1").unwrap();
        assert_eq!((query.profile, query.version.map(|version| version.get())), (Profile::CoseSign1, Some(u32::MAX)));
        assert!(Query::read("profile=raw").unwrap().version.is_none());
        for bad in [
            "",
            "version=1",
            "profile=",
            "profile=jwt",
            "profile=raw&profile=raw",
            "profile=raw&version=0",
            "profile=raw&version=+1",
            "profile=raw&version=",
            "profile=raw&version=4294967296",
            "profile=raw&version=1&version=1",
            "profile=raw&colour=1",
            "profile=%72aw",
        ] {
            assert!(Query::read(bad).is_err(), "{bad}");
        }
    }
}
