//! What is around every request: its id, its limits, its line in the log, and the body of a failure.

use alloc::sync::Arc;
use core::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::Shared;
use crate::api::dialect::Dialect;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::identity::RequestId;
use crate::telemetry::metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, writes the body of a problem, logs.
pub(super) async fn frame(State(api): State<Shared>, mut request: Request, next: Next) -> Response {
    let (began, request_id) = (api.clock.elapsed(), RequestId::new(api.clock.now()));
    request.extensions_mut().insert(request_id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // A template and a known word: strangers choose paths and methods.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let known_method = known(&method);
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Arc<Problem>>();
    if let Some(problem) = &problem {
        response = Dialect::of(&path, &api.dropins).render(problem, &request_id, response);
    }
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let took = api.clock.elapsed().saturating_sub(began);
    let (status, total_ms) = (response.status().as_u16(), took.as_secs_f64() * 1e3);
    metrics::http_request(known_method, &route, status, took);
    let problem = problem.map(|problem| problem.code_name());
    if let Some(code) = problem {
        metrics::problem(code);
    }
    // What went well is no news, and a signature has a line of its own: this one would cost as much as that.
    if response.status().is_success() {
        tracing::debug!(%request_id, %method, path, status, total_ms, "request");
    } else {
        tracing::info!(%request_id, %method, path, status, problem, total_ms, "request");
    }
    response
}

/// The method as a label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Limits how many requests are under way, and for how long.
///
/// The place goes to the handler as well, which hands it to work that outlives the request.
pub(super) async fn limit(State(api): State<Shared>, mut request: Request, next: Next) -> Response {
    let Ok(permit) = Arc::clone(&api.in_flight).try_acquire_owned() else {
        let detail = format!("{} requests are under way; try again later", api.config.max_in_flight);
        return Problem::new(ProblemCode::Overloaded, detail).retry_after(Duration::from_secs(1)).into_response();
    };
    let place = Arc::new(permit);
    request.extensions_mut().insert(Arc::clone(&place));
    match tokio::time::timeout(api.config.request_timeout(), next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!(
                "there was no answer within {} ms; it may come yet: repeat the request with the same Idempotency-Key",
                api.config.request_timeout_ms
            );
            Problem::new(ProblemCode::RequestTimeout, detail).retry_after(Duration::from_secs(1)).into_response()
        }
    }
}

pub(super) async fn no_route(request: Request) -> Problem {
    let detail = format!("{} is not a path of this service; /openapi.json lists them", request.uri().path());
    Problem::new(ProblemCode::RouteNotFound, detail)
}

pub(super) async fn no_method(request: Request) -> Problem {
    let detail = format!("{} does not take {}", request.uri().path(), request.method());
    Problem::new(ProblemCode::MethodNotAllowed, detail)
}
