//! `GET /metrics`

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::api::{Shared, extract};
use crate::identity::RequestId;
use crate::telemetry::metrics::{self, Access};

/// The media type of the text format, version 0.0.4.
const TEXT_FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Metrics, in the text format of Prometheus.
///
/// With `telemetry.metrics = "admin"`, which is the default, an admin token is needed; with `"open"` nothing; with
/// `"off"` there is nothing here.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "operations", security((), ("token" = [])),
    responses(
        (status = 200, description = "All metrics; docs/guides/metrics.md lists them", content_type = "text/plain", body = String),
    )
)]
pub(super) async fn serve(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match api.metrics {
        Access::Open => {}
        // Reading numbers is no action: it is not recorded, a scraper comes every few seconds.
        Access::Admin => drop(extract::admin(&api, &headers, &request_id, "metrics").await?),
        Access::Off => {
            let detail = "there are no metrics here: telemetry.metrics is `off`";
            return Err(Problem::new(ProblemCode::RouteNotFound, detail));
        }
    }
    metrics::in_flight(api.config.max_in_flight.saturating_sub(api.in_flight.available_permits()));
    api.operations.measure().await;
    let headers = [(header::CONTENT_TYPE, TEXT_FORMAT), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, metrics::render()).into_response())
}
