//! Which refusals each operation can answer with: the OpenAPI document says so status by status, from the codes
//! themselves.

use alloc::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{Content, Header, OpenApi, Ref, RefOr};

use crate::api::problem_code::ProblemCode::{self, *};

/// What is around every request that counts as one under way.
const LIMITS: &[ProblemCode] = &[Overloaded, RequestTimeout];

/// What a request with a token can run into.
const TOKEN: &[ProblemCode] = &[Unauthorized, RepeatedHeader, StorageUnavailable];

/// What reading a body can run into.
const BODY: &[ProblemCode] = &[BodyTooLarge, UnsupportedMediaType, BodyIncomplete, InvalidIdempotencyKey];

/// What reading JSON can run into.
const JSON: &[ProblemCode] = &[MalformedJson, UnknownField, DuplicateField, MissingField, InvalidField];

/// What the pipeline can answer with.
const SIGN: &[ProblemCode] = &[
    KeyNotFound,
    KeyVersionNotFound,
    KeyVersionSuperseded,
    KeyVersionNotActive,
    KeyDisabled,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateMismatch,
    PolicyRefused,
    IdempotencyConflict,
    IdempotencyInProgress,
    ProviderDenied,
    ProviderThrottled,
    ProviderUnavailable,
    ProviderTimeout,
    ProviderInvalid,
    ProviderKeyNotFound,
    ProviderBadResponse,
    ProviderBadSignature,
    ProviderNotConfigured,
    Internal,
    StoredBadSignature,
];

/// Path, method, codes.
const OPERATIONS: &[(&str, Method, &[&[ProblemCode]])] = &[
    (
        "/v1/sign",
        Method::Post,
        &[
            LIMITS,
            TOKEN,
            BODY,
            JSON,
            SIGN,
            &[DigestMismatch, TbsNotOfProfile, TimestampUnavailable, ReceiptUnavailable],
        ],
    ),
    ("/v1/sign/batch", Method::Post, &[LIMITS, TOKEN, BODY, JSON, &[InvalidBatchSize, IdempotencyConflict, Internal]]),
    (
        "/v1/sign/{tenant}/{name}",
        Method::Post,
        &[LIMITS, TOKEN, BODY, SIGN, &[InvalidPath, InvalidQuery, InvalidDigestBody, NotAcceptable]],
    ),
    ("/v1/keys", Method::Get, &[LIMITS, TOKEN, &[InvalidQuery]]),
    ("/metrics", Method::Get, &[TOKEN, &[AdminRequired, RouteNotFound]]),
    ("/api/admin/kms/validate", Method::Post, &[LIMITS, TOKEN, BODY, JSON, &[InvalidQuery, AdminRequired]]),
    ("/api/admin/kms/status", Method::Get, &[LIMITS, TOKEN, &[AdminRequired]]),
    ("/v1/keys/{id}", Method::Get, &[LIMITS, TOKEN, &[InvalidPath, InvalidQuery, KeyNotFound]]),
    ("/.well-known/jwks.json", Method::Get, &[LIMITS, &[StorageUnavailable]]),
    ("/openapi.json", Method::Get, &[LIMITS]),
];

#[derive(Clone, Copy)]
enum Method {
    Get,
    Post,
}

/// Writes them into the document, and the header that every answer has.
pub(super) fn document(document: &mut OpenApi) {
    for (path, method, codes) in OPERATIONS {
        let item = document.paths.paths.get_mut(*path);
        let operation = item.and_then(|item| match method {
            Method::Get => item.get.as_mut(),
            Method::Post => item.post.as_mut(),
        });
        if let Some(operation) = operation {
            refusals(operation, codes.iter().copied().flatten().copied());
        }
    }
    for item in document.paths.paths.values_mut() {
        for operation in [item.get.as_mut(), item.post.as_mut(), item.delete.as_mut()].into_iter().flatten() {
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    let id = text("The request, as the service's log and audit trail name it.");
                    response.headers.insert("X-Request-Id".to_owned(), RefOr::T(id));
                }
            }
        }
    }
}

fn refusals(operation: &mut Operation, codes: impl Iterator<Item = ProblemCode>) {
    let mut statuses: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in codes {
        statuses.entry(code.status().as_u16()).or_default().push(code);
    }
    for (status, mut codes) in statuses {
        codes.sort_by_key(|code| code.number());
        codes.dedup();
        let named = codes.iter().map(|code| format!("`{}`: {}", code.name(), code.title()));
        let mut response = Response::new(named.collect::<Vec<_>>().join(" "));
        let body = || Content::new(Some(Ref::from_schema_name("ProblemBody")));
        response.content.insert("application/problem+json".to_owned(), RefOr::T(body()));
        if status == 401 {
            let challenge = text("`Bearer`");
            response.headers.insert("WWW-Authenticate".to_owned(), RefOr::T(challenge));
        }
        if matches!(status, 429 | 503 | 504) {
            let pause = text("Seconds until another try makes sense, where one does.");
            response.headers.insert("Retry-After".to_owned(), RefOr::T(pause));
        }
        operation.responses.responses.insert(status.to_string(), RefOr::T(response));
    }
}

fn text(description: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.to_owned());
    header
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;
    use crate::api::problem_code::ProblemCode;

    /// A code that is made and not written down here would be an answer that the document does not have.
    #[test]
    fn every_code_is_one_of_some_operation() {
        let documented = |code: &ProblemCode| {
            OPERATIONS.iter().any(|(_, _, codes)| codes.iter().copied().flatten().any(|other| other == code))
        };
        for code in ProblemCode::ALL {
            // Of requests that are for no operation.
            assert_eq!(documented(code), *code != ProblemCode::MethodNotAllowed, "{code:?}");
        }
    }
}
