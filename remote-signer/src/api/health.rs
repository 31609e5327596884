//! Whether the service lives, is ready, and reaches its keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::api::Api;
use crate::api::wire::{Kms, KmsProvider, Live, Ready};
use crate::pipeline::ProviderHealth;

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, description = "It does", body = Live)))]
pub(super) async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// Whether requests can be taken.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "They can", body = Ready),
        (status = 503, description = "They cannot: storage fails, or the service stops", body = Ready),
    )
)]
pub(super) async fn ready(State(api): State<Api>) -> (StatusCode, Json<Ready>) {
    let readiness = api.health.readiness().await;
    let (code, status) = if api.shutdown.is_triggered() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else if readiness.storage_writable && readiness.unresolved_intents.is_some() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failing")
    };
    let providers = api.health.provider_names().map(wire_name).map(str::to_owned).collect();
    let (storage_writable, unresolved_intents) = (readiness.storage_writable, readiness.unresolved_intents);
    (code, Json(Ready { status, storage_writable, providers, unresolved_intents }))
}

/// Whether the key provider answers.
#[utoipa::path(
    get, path = "/health/kms", tag = "health",
    responses(
        (status = 200, description = "It does", body = Kms),
        (status = 503, description = "It does not", body = Kms),
    )
)]
pub(super) async fn kms(State(api): State<Api>) -> (StatusCode, Json<Kms>) {
    let health: Vec<KmsProvider> = api.health.providers().await.iter().map(one).collect();
    let healthy = !health.is_empty() && health.iter().all(|provider| provider.healthy);
    let provider = health.first().map_or_else(|| "none".to_owned(), |first| first.provider.clone());
    let providers = if health.len() > 1 { health } else { Vec::new() };
    let code = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Kms { status: up_or_down(healthy), provider, healthy, providers }))
}

fn one(health: &ProviderHealth) -> KmsProvider {
    let healthy = health.failure.is_none();
    KmsProvider { status: up_or_down(healthy), provider: wire_name(&health.name).to_owned(), healthy }
}

const fn up_or_down(healthy: bool) -> &'static str {
    if healthy { "UP" } else { "DOWN" }
}

/// Providers have shorter names on the wire than in the configuration where dashboards know them by these.
fn wire_name(name: &str) -> &str {
    match name {
        "aws-kms" => "aws",
        other => other,
    }
}
