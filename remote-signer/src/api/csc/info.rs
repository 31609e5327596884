//! `POST /csc/v2/info`: what there is, for everybody.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::csc::ECDSA_SHA256;
use crate::api::csc::wire::InfoBody;
use crate::api::problem::Problem;
use crate::api::{Shared, extract};

pub(super) async fn info(State(api): State<Shared>, body: Body) -> Result<Json<Value>, Problem> {
    let bytes = extract::bytes(&api, body).await?;
    if !bytes.is_empty() {
        let InfoBody { .. } = extract::json(&bytes)?;
    }
    Ok(Json(json!({
        "specs": "2.0.0.2",
        "name": "splitsign remote signer",
        "logo": "",
        // Nobody asked where it runs: ZZ is what ISO 3166 leaves for the unknown.
        "region": "ZZ",
        "lang": "en-US",
        "description": "Signs SHA-256 hashes with ECDSA P-256 keys that never leave their provider",
        // Tokens are made by whoever runs the service, with `splitsign token create`.
        "authType": ["external"],
        "methods": [
            "info", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"
        ],
        "signAlgorithms": {"algos": [ECDSA_SHA256]},
        "signature_formats": {"formats": [], "envelope_properties": []},
        "conformance_levels": [],
    })))
}
