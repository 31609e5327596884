//! The OpenAPI document, made from the code; docs/openapi.json is a copy that a test keeps fresh.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{AnyOf, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{Modify, OpenApi};

use crate::api::{admin, health, keys, metrics, problem, refusals, sign, sign_binary, wire};

#[derive(OpenApi)]
#[openapi(
    info(title = "splitsign remote signer", description = "Signs 32-byte digests with keys that never leave their provider."),
    paths(
        sign::sign, sign::sign_batch, sign_binary::sign, keys::list, keys::descriptor, keys::jwks, keys::cose_keys,
        health::live, health::ready, health::kms, metrics::serve, admin::validate, admin::status, serve
    ),
    components(schemas(wire::SignBody, problem::ProblemBody)),
    modifiers(&BearerToken, &DigestOrTbs, &Refusals)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// A request has a digest or a TBS or both, which no derive says.
struct DigestOrTbs;

impl Modify for DigestOrTbs {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = document.components.as_mut().map(|components| &mut components.schemas);
        let Some(body) = schemas.and_then(|schemas| schemas.get_mut("SignBody")) else { return };
        let RefOr::T(Schema::Object(members)) = &*body else { return };
        let forms = [("digest", "With a digest that was made by the caller."), ("tbs", "With what is hashed here.")];
        let forms = forms.map(|(member, description)| {
            let mut form = members.clone();
            form.required.push(member.to_owned());
            form.description = Some(description.to_owned());
            RefOr::T(Schema::Object(form))
        });
        let mut either = AnyOf::new();
        either.items.extend(forms);
        either.description.clone_from(&members.description);
        *body = RefOr::T(Schema::AnyOf(either));
    }
}

/// Parameters that may be left out, and are not `null`: there is no such thing in a header or a query. What each
/// operation is refused with.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let items = document.paths.paths.values_mut();
        let operations = items.flat_map(|item| [item.get.as_mut(), item.post.as_mut()]).flatten();
        let parameters = operations.flat_map(|operation| operation.parameters.iter_mut().flatten());
        for parameter in parameters {
            if let RefOr::T(Parameter { schema: Some(RefOr::T(Schema::Object(object))), .. }) = parameter
                && let SchemaType::Array(types) = &mut object.schema_type
            {
                types.retain(|kind| *kind != Type::Null);
                if let [only] = types.as_slice() {
                    object.schema_type = SchemaType::Type(only.clone());
                }
            }
        }
        refusals::document(document);
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
