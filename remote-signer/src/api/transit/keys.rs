//! `GET /v1/transit/keys/{name}`

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use crate::api::Shared;
use crate::api::problem::Problem;
use crate::api::sign::storage_failed;
use crate::api::transit::wire::envelope;
use crate::api::transit::{caller, key, no_key};
use crate::encoding::pem;
use crate::identity::RequestId;
use crate::keys::{KeyEntry, KeyState};

pub(super) async fn read(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    Path(path): Path<Vec<String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let caller = caller(&api, &headers, &request_id).await?;
    let key = key(&caller, &path)?;
    let mut versions = api.keys.versions(&key).await.map_err(|error| storage_failed(&request_id, &error))?;
    versions.retain(|entry| entry.state.stage().is_published());
    if versions.is_empty() {
        return Err(no_key(key.as_str()));
    }
    let name = path.first().map(String::as_str).unwrap_or_default();
    Ok(Json(envelope(&request_id, &describe(name, &versions))))
}

/// Every version that is published has its public key, for who verifies. `latest_version` is the one that signs.
fn describe(name: &str, versions: &[KeyEntry]) -> Value {
    let numbers = || versions.iter().map(|entry| entry.version.get());
    let active = versions.iter().find(|entry| entry.state == KeyState::Active).map(|entry| entry.version.get());
    let keys: Map<String, Value> = versions
        .iter()
        .map(|entry| {
            let key = json!({
                "name": "P-256",
                "public_key": pem("PUBLIC KEY", &entry.public_key.to_spki()),
                "creation_time": entry.created_at.to_string(),
            });
            (entry.version.get().to_string(), key)
        })
        .collect();
    json!({
        "name": name,
        "type": "ecdsa-p256",
        "keys": keys,
        "latest_version": active.or_else(|| numbers().max()),
        "min_available_version": 0,
        "min_decryption_version": numbers().min(),
        "min_encryption_version": 0,
        "supports_signing": active.is_some(),
        "supports_encryption": false,
        "supports_decryption": false,
        "supports_derivation": false,
        "derived": false,
        "exportable": false,
        "allow_plaintext_backup": false,
        "deletion_allowed": false,
        "imported_key": false,
        "auto_rotate_period": 0,
    })
}
