//! Failures on the wire: `application/problem+json` (RFC 9457).

use alloc::sync::Arc;
use core::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::problem_code::ProblemCode;
use crate::api::wire::KeyDescriptor;
use crate::identity::RequestId;

/// A refusal: a code, words for the caller, and what helps to go on. Nothing of the inside is in it.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: AnyCode,
    detail: String,
    field: Option<String>,
    rule: Option<&'static str>,
    /// As a line of text.
    plain: bool,
    retry_after: Option<Duration>,
    descriptor: Option<Box<KeyDescriptor>>,
    /// Another status than that of the code, where a drop-in's clients expect it.
    status: Option<StatusCode>,
}

/// The service's codes and the core's are one list.
#[derive(Clone, Copy, Debug)]
enum AnyCode {
    Service(ProblemCode),
    Core(splitsign_core::Code),
}

impl Problem {
    pub(super) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let code = AnyCode::Service(code);
        Self {
            code,
            detail: detail.into(),
            field: None,
            rule: None,
            plain: false,
            retry_after: None,
            descriptor: None,
            status: None,
        }
    }

    /// An error of the core in what the caller sent, with its own number and name.
    pub(super) fn core(error: splitsign_core::Error, field: &str, remedy: &str) -> Self {
        // The title says what it is; this says where, and what to do. The core's own remedy does not know the wire.
        let detail = format!("at byte {}; {}", error.at(), remedy);
        let code = AnyCode::Core(error.code());
        Self { code, ..Self::new(ProblemCode::InvalidField, detail) }.field(field)
    }

    pub(super) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The rule of a policy that refuses.
    pub(super) const fn rule(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// The same problem, to be written as one line of text.
    pub(super) const fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    pub(super) fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    pub(super) fn descriptor(mut self, descriptor: KeyDescriptor) -> Self {
        self.descriptor = Some(Box::new(descriptor));
        self
    }

    /// The same problem with one item of a list.
    pub(super) fn within(mut self, item: &str) -> Self {
        self.field = Some(match self.field {
            Some(field) => format!("{item}.{field}"),
            None => item.to_owned(),
        });
        self
    }

    /// The same problem under the status that clients of a drop-in expect.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(super) fn is_key_not_found(&self) -> bool {
        matches!(self.code, AnyCode::Service(ProblemCode::KeyNotFound | ProblemCode::KeyVersionNotFound))
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status.unwrap_or(match self.code {
            AnyCode::Service(code) => code.status(),
            AnyCode::Core(_) => StatusCode::BAD_REQUEST,
        })
    }

    /// What is wrong and what to do, in one line.
    pub(super) fn sentence(&self) -> String {
        let title = match self.code {
            AnyCode::Service(code) => code.title(),
            AnyCode::Core(code) => code.what(),
        };
        let field = self.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        format!("{field}{} ({})", self.detail, title.trim_end_matches('.'))
    }

    pub(super) fn code_name(&self) -> &'static str {
        match self.code {
            AnyCode::Service(code) => code.name(),
            AnyCode::Core(code) => code.name(),
        }
    }

    pub(super) fn body(&self, request_id: &RequestId) -> ProblemBody {
        let (number, name, title) = match self.code {
            AnyCode::Service(code) => (code.number(), code.name(), code.title()),
            AnyCode::Core(code) => (code.number(), code.name(), code.what()),
        };
        ProblemBody {
            r#type: format!("urn:splitsign:problem:{number}"),
            title: title.to_owned(),
            status: self.status().as_u16(),
            code: name.to_owned(),
            number,
            detail: self.detail.clone(),
            request_id: request_id.to_string(),
            retry_after_ms: self.retry_after.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            field: self.field.clone(),
            rule: self.rule,
            descriptor: self.descriptor.clone(),
        }
    }

    pub(super) fn render(&self, request_id: &RequestId, response: Response) -> Response {
        if self.plain {
            let line = format!("{}: {}\n", self.code_name(), self.detail);
            return self.render_as(response, Some("text/plain; charset=utf-8"), line.into_bytes());
        }
        let body = serde_json::to_vec(&self.body(request_id)).expect("strings and numbers have a JSON form");
        self.render_as(response, Some("application/problem+json"), body)
    }

    /// The same for clients who know other bodies.
    pub(super) fn render_as(
        &self,
        mut response: Response,
        media_type: Option<&'static str>,
        body: Vec<u8>,
    ) -> Response {
        *response.body_mut() = body.into();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::CONTENT_TYPE);
        if let Some(media_type) = media_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(pause) = self.retry_after {
            // The header has whole seconds; zero would mean at once.
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(pause.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)),
            );
        }
        response
    }
}

/// Carries the problem to [`frame`](super::layers::frame), which knows the request's id and writes the body.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// A failure (RFC 9457). `code` and `number` are stable: decide on them, not on the words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProblemBody {
    /// `urn:splitsign:problem:<number>`
    #[schema(example = "urn:splitsign:problem:2021")]
    r#type: String,
    /// What kind of failure it is, in a sentence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable name.
    #[schema(example = "key_not_found")]
    code: String,
    /// The stable number: below 2000 that of a code of the core.
    number: u16,
    /// What is wrong here, where, and what to do.
    detail: String,
    /// The request, as the service's log and audit trail name it.
    request_id: String,
    /// How long to wait before another try, where one makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
    /// The member or header at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// With `policy_refused`: which rule of the key's policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "hours")]
    rule: Option<&'static str>,
    /// With `key_version_superseded`: what to prepare with instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    descriptor: Option<Box<KeyDescriptor>>,
}
