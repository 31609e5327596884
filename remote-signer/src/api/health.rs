//! Whether the service lives, is ready, and reaches its keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::api::Shared;
use crate::api::wire::{Kms, KmsProvider, Live, Ready};
use crate::pipeline::{ProviderHealth, ProviderStatus};

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
pub(super) async fn ready(State(api): State<Shared>) -> (StatusCode, Json<Ready>) {
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

/// Whether the key providers sign, as the last probes found them: nobody is asked now.
#[utoipa::path(
    get, path = "/health/kms", tag = "health",
    responses(
        (status = 200, description = "Each provider that has keys signed the last probe", body = Kms),
        (status = 503, description = "One did not, or nobody knows", body = Kms),
    )
)]
pub(super) async fn kms(State(api): State<Shared>) -> (StatusCode, Json<Kms>) {
    let health = api.health.providers();
    let status = overall(&health);
    // The one that tells the status: the first that is as bad as the whole.
    let shown = health.iter().find(|provider| provider.status == status && provider.in_use).or(health.first());
    let providers: Vec<KmsProvider> = health.iter().map(one).collect();
    let healthy = status == ProviderStatus::Up;
    let code = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Kms {
        status: status_name(status),
        provider: shown.map_or_else(|| NO_PROVIDER.to_owned(), |shown| wire_name(&shown.name).to_owned()),
        healthy,
        checked_at: shown.and_then(|shown| shown.checked_at).map(|at| at.to_string()),
        reason: shown.and_then(|shown| shown.reason),
        providers: if providers.len() > 1 { providers } else { Vec::new() },
    };
    (code, Json(body))
}

/// What a service without providers has in place of one.
pub(super) const NO_PROVIDER: &str = "none";

/// The worst of the providers that have keys: `DOWN` before `UNKNOWN` before `UP`; `UNKNOWN` if none has.
fn overall(health: &[ProviderHealth]) -> ProviderStatus {
    let in_use = || health.iter().filter(|provider| provider.in_use).map(|provider| provider.status);
    if in_use().any(|status| status == ProviderStatus::Down) {
        ProviderStatus::Down
    } else if in_use().next().is_none() || in_use().any(|status| status == ProviderStatus::Unknown) {
        ProviderStatus::Unknown
    } else {
        ProviderStatus::Up
    }
}

pub(super) fn one(health: &ProviderHealth) -> KmsProvider {
    KmsProvider {
        status: status_name(health.status),
        provider: wire_name(&health.name).to_owned(),
        healthy: health.status == ProviderStatus::Up,
        checked_at: health.checked_at.map(|at| at.to_string()),
        reason: health.reason,
    }
}

const fn status_name(status: ProviderStatus) -> &'static str {
    match status {
        ProviderStatus::Up => "UP",
        ProviderStatus::Down => "DOWN",
        ProviderStatus::Unknown => "UNKNOWN",
    }
}

/// Providers have shorter names on the wire than in the configuration where dashboards know them by these.
fn wire_name(name: &str) -> &str {
    match name {
        "aws-kms" => "aws",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::overall;
    use crate::pipeline::{ProviderHealth, ProviderStatus};

    #[test]
    fn the_worst_provider_that_has_keys_decides() {
        use ProviderStatus::{Down, Unknown, Up};
        let health =
            |status, in_use| ProviderHealth { name: "p".into(), status, reason: None, in_use, checked_at: None };
        for (providers, expected) in [
            (vec![], Unknown),
            (vec![health(Up, true)], Up),
            (vec![health(Up, true), health(Unknown, false)], Up),
            (vec![health(Unknown, false)], Unknown),
            (vec![health(Up, true), health(Unknown, true)], Unknown),
            (vec![health(Unknown, true), health(Down, true)], Down),
        ] {
            assert_eq!(overall(&providers), expected, "{providers:?}");
        }
    }
}
