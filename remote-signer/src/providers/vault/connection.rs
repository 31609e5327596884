//! HTTP to one Vault: a request out, a whole answer of bounded size back.

use core::fmt;
use core::time::Duration;
use std::fs;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, StatusCode, Url, redirect, retry};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::providers::vault::Config;
use crate::providers::vault::error::{Call, GUIDE};
use crate::providers::{ErrorClass, ProviderError};

/// How long a connection may take to come about. What is later than this was never sent, so nothing was signed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Bytes: the largest answer. A key with a thousand versions has 400 KiB.
const ANSWER_BYTES_MAX: usize = 1 << 20;

const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");
/// Without it an agent that requires it answers nothing: protection against requests that a browser was tricked into.
const REQUEST: HeaderName = HeaderName::from_static("x-vault-request");

/// A pool of connections to one address.
pub(super) struct Connection {
    client: Client,
    address: Url,
}

/// A whole answer.
pub(super) struct Answer {
    status: StatusCode,
    pause: Option<Duration>,
    /// May hold a token.
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The token or its policies do not do.
    pub(super) fn is_forbidden(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// What it says, if it is a success. With 204 its data is null.
    pub(super) fn read<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ProviderError> {
        if !self.status.is_success() {
            return Err(call.refused(self.status.as_u16(), self.pause, &self.body));
        }
        let json = if self.status == StatusCode::NO_CONTENT { b"{\"data\":null}".as_slice() } else { &self.body };
        // Without the error's words: they may repeat what was there.
        serde_json::from_slice(json)
            .map_err(|error| call.nonsense("with something else").with_source(format!("{:?}", error.classify())))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("address", &self.address.as_str()).finish_non_exhaustive()
    }
}

impl Connection {
    /// Checks the configuration; nothing is sent yet.
    pub(super) fn new(config: &Config) -> Result<Self, ProviderError> {
        let address = address(&config.address)?;
        let mut headers = HeaderMap::from_iter([(REQUEST, HeaderValue::from_static("true"))]);
        if let Some(namespace) = &config.namespace {
            let value = HeaderValue::from_str(namespace)
                .map_err(|error| invalid("providers.vault.namespace is not one").with_source(error))?;
            headers.insert(NAMESPACE, value);
        }
        // Fails only if there is a provider already, which then serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT.min(Duration::from_millis(config.timeout_ms)))
            // The token is for the one who was named, and what is tried again is decided elsewhere.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // An address in the configuration is where requests go, whatever the environment says.
            .no_proxy();
        if let Some(path) = &config.ca_certificate {
            let problem = |what: &str| {
                invalid(&format!("providers.vault.ca_certificate {} {what}: name a file in PEM", path.display()))
            };
            let pem = fs::read(path).map_err(|error| problem("cannot be read").with_source(error))?;
            let certificates = Certificate::from_pem_bundle(&pem)
                .map_err(|error| problem("has a certificate that cannot be read").with_source(error))?;
            if certificates.is_empty() {
                return Err(problem("has no certificate"));
            }
            builder = builder.tls_certs_only(certificates);
        }
        let client = builder
            .build()
            .map_err(|error| invalid("the TLS client cannot be made").with_source(error.without_url()))?;
        Ok(Self { client, address })
    }

    /// The answer to a request, whatever its status is.
    pub(super) async fn send(
        &self,
        call: Call<'_>,
        token: Option<&HeaderValue>,
        method: Method,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, ProviderError> {
        let mut url = self.address.clone();
        url.set_path(&format!("{}/v1/{}", self.address.path().trim_end_matches('/'), call.path));
        let mut request = self.client.request(method, url);
        if let Some(token) = token {
            request = request.header(TOKEN, token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(|error| call.transport(error))?;
        let status = response.status();
        let pause = response.headers().get(RETRY_AFTER).and_then(seconds);
        // Answers with a token fit at once: a buffer that grows leaves copies behind.
        let mut body = Zeroizing::new(Vec::with_capacity(16 << 10));
        while let Some(chunk) = response.chunk().await.map_err(|error| call.transport(error))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(call.nonsense(&format!("with more than {ANSWER_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, pause, body })
    }
}

fn address(text: &str) -> Result<Url, ProviderError> {
    let shown = text.escape_debug();
    let url = Url::parse(text).map_err(|error| {
        invalid(&format!("providers.vault.address `{shown}` is not a URL: write https://HOST:8200")).with_source(error)
    })?;
    let is_here = url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    if !is_safe {
        return Err(invalid(
            "providers.vault.address must be https, or http to this host itself: the token would be there to read",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            "providers.vault.address has more than a scheme, a host, a port and a path: leave that out",
        ));
    }
    Ok(url)
}

fn invalid(what: &str) -> ProviderError {
    ProviderError::new(ErrorClass::Invalid, format!("{what}; see {GUIDE}"))
}

/// Seconds (RFC 9110, 10.2.3); the form with a date is not used by Vault.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}
