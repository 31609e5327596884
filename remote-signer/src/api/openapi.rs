//! The OpenAPI document, made from the code; docs/openapi.json is a copy that a test keeps fresh.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api::{admin, health, keys, metrics, sign, wire};

#[derive(OpenApi)]
#[openapi(
    info(title = "splitsign remote signer", description = "Signs 32-byte digests with keys that never leave their provider."),
    paths(
        sign::sign, sign::sign_batch, keys::list, keys::descriptor, keys::jwks, health::live, health::ready, health::kms, metrics::serve, admin::validate, admin::status, serve
    ),
    components(schemas(wire::SignBody)),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// The document, indented, with a line feed at its end.
///
/// # Panics
/// Never: the document is made of strings and numbers.
#[must_use]
pub fn openapi_json() -> String {
    let mut text = Document::openapi().to_pretty_json().expect("strings and numbers have a JSON form");
    text.push('\n');
    text
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "meta",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
pub(super) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi_json()).into_response()
}
