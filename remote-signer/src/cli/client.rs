//! The service, seen from outside.

use core::time::Duration;

use std::path::Path;

use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::failure::Failure;
use crate::cli::{Context, output};

/// The environment variable of a token.
const TOKEN_VARIABLE: &str = "SPLITSIGN_TOKEN";
const TIMEOUT: Duration = Duration::from_secs(60);

/// The token of a file, or of the environment. There is no argument for it: arguments are seen by everybody.
pub(super) fn token(file: Option<&Path>, context: &Context) -> Result<Zeroizing<String>, Failure> {
    let token = match file {
        Some(file) => {
            let bytes = Zeroizing::new(output::read_file(file)?);
            let text = core::str::from_utf8(&bytes).map_err(|_| Failure::new("the token file is not text"))?;
            text.trim().to_owned()
        }
        None => context.environment.get(TOKEN_VARIABLE).unwrap_or_default().trim().to_owned(),
    };
    if token.is_empty() {
        return Err(Failure::usage(format!("give a token with --token-file or in {TOKEN_VARIABLE}")));
    }
    Ok(Zeroizing::new(token))
}

/// A service at a URL.
pub(super) struct Service {
    client: Client,
    base: Url,
}

/// What the service said: a status and JSON.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Service {
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        // Fails only if there is a provider already, which then serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = Url::parse(url).map_err(|error| Failure::usage(format!("--url `{url}` is not a URL: {error}")))?;
        // No redirects: a token is for the one who was named.
        let client = Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build()?;
        Ok(Self { client, base })
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        Ok(url)
    }

    pub(super) async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, Failure> {
        send(with_token(self.client.get(self.url(path)?), token)).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        token: &str,
        idempotency_key: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let request = self.client.post(self.url(path)?).header("Idempotency-Key", idempotency_key).json(body);
        send(with_token(request, Some(token))).await
    }
}

fn with_token(request: RequestBuilder, token: Option<&str>) -> RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, Failure> {
    let response = request.send().await?;
    let (status, url) = (response.status(), response.url().clone());
    let bytes = response.bytes().await?;
    match serde_json::from_slice(&bytes) {
        Ok(body) => Ok(Answer { status, body }),
        Err(_) => Err(Failure::new(format!("{url} answered {status} without JSON; is it a splitsign service?"))),
    }
}

impl Answer {
    /// The body, if the service did what it was asked to.
    pub(super) fn success(self) -> Result<Value, Failure> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let member = |name: &str| self.body.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
        Err(Failure::new(format!(
            "the service refused: {} ({}) {} {}; request {}",
            member("code"),
            self.body.get("number").unwrap_or(&Value::Null),
            member("title"),
            member("detail"),
            member("requestId")
        )))
    }

    /// The code of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        self.body.get("code").and_then(Value::as_str)
    }
}
