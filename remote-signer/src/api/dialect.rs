//! How a failure is written: clients of other services know their own bodies, also for failures that happen before a
//! handler is reached.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::api::dropins::Dropins;
use crate::api::problem::Problem;
use crate::identity::RequestId;

const JSON: &str = "application/json";

/// Whose client asks, by the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// Ours: problem+json.
    Problem,
    /// No body: what a C2PA client reads might be taken for a signature.
    Empty,
    /// Vault: `{"errors": […]}`.
    Vault,
    /// CSC: `{"error", "error_description"}`.
    Csc,
}

impl Dialect {
    pub(super) fn of(path: &str, dropins: &Dropins) -> Self {
        let config = &dropins.config;
        // Also where it is off: its clients put whatever comes into the file that they sign.
        if path.starts_with("/c2pa/") {
            Self::Empty
        } else if config.transit && path.starts_with("/v1/transit/") {
            Self::Vault
        } else if config.csc && path.starts_with("/csc/") {
            Self::Csc
        } else {
            Self::Problem
        }
    }

    pub(super) fn render(self, problem: &Problem, request_id: &RequestId, mut response: Response) -> Response {
        let status = problem.status();
        match self {
            Self::Problem => problem.render(request_id, response),
            Self::Empty => problem.render_as(response, None, Vec::new()),
            Self::Vault => {
                // Vault has no 401, and says no more than this.
                if status == StatusCode::UNAUTHORIZED {
                    *response.status_mut() = StatusCode::FORBIDDEN;
                    return problem.render_as(response, Some(JSON), errors(["permission denied".to_owned()]));
                }
                // What does not exist has no words there.
                let words = (status != StatusCode::NOT_FOUND).then(|| problem.sentence());
                problem.render_as(response, Some(JSON), errors(words))
            }
            Self::Csc => {
                let body = json!({"error": csc_error(status), "error_description": problem.sentence()});
                problem.render_as(response, Some(JSON), body.to_string().into_bytes())
            }
        }
    }
}

fn errors(words: impl IntoIterator<Item = String>) -> Vec<u8> {
    json!({"errors": words.into_iter().collect::<Vec<_>>()}).to_string().into_bytes()
}

/// CSC API v2, 10.1 and RFC 6749.
fn csc_error(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "invalid_token",
        StatusCode::FORBIDDEN => "access_denied",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    }
}
