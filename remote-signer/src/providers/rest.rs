//! One request to a key service that speaks JSON over HTTP, and what came back. Nothing is redirected and nothing is
//! retried: a token is for the one who was named, and what happens after a failure is decided from its class.

use core::error::Error as StdError;
use core::time::Duration;
use std::io;
use std::net::IpAddr;

use reqwest::{Client, RequestBuilder, Url, redirect, retry};
use serde_json::Value;

use crate::providers::{ErrorClass, ProviderError};

/// Bytes: the longest answer that is read. A key with its certificate takes a few thousand.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long a connection may take to come about. What is later than this was never sent, so nothing was signed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// An answer that came as a whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The pause that is asked for, in whole seconds (RFC 9110, 10.2.3); the form with a date is read as none.
    pub(crate) retry_after: Option<Duration>,
    /// Its body, if that is JSON.
    pub(crate) body: Option<Value>,
}

impl Answer {
    /// Whether the status says that it was done.
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// No answer, or half of one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no connection, or it was lost before the answer began.
    #[error("there is no connection")]
    Unreachable(#[source] reqwest::Error),
    /// What came is not HTTP, or ends in its middle.
    #[error("the answer cannot be read")]
    Broken(#[source] reqwest::Error),
    /// More came than any answer has.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

/// A client for one service.
///
/// # Errors
/// `invalid` if the system's certificates cannot be used.
pub(crate) fn client(timeout: Duration) -> Result<Client, ProviderError> {
    // Fails only if there is a provider already, which then serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .build()
        .map_err(|error| {
            let message =
                "no HTTPS client can be made: are there certificate authorities (ca-certificates) on this host?";
            ProviderError::new(ErrorClass::Invalid, message).with_source(error)
        })
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(|error| {
        if error.is_connect() || is_io(&error) { Failure::Unreachable(error) } else { Failure::Broken(error) }
    })?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::Broken)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), body: serde_json::from_slice(&body).ok() })
}

fn is_io(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(source) = next {
        if source.is::<io::Error>() {
            return true;
        }
        next = source.source();
    }
    false
}

/// The base of a service's URLs, without a slash at its end: `https`, or `http` on this host.
///
/// # Errors
/// `invalid` for anything else: a token would travel in the clear, or to nobody knows whom.
pub(crate) fn base_url(field: &str, text: &str) -> Result<String, ProviderError> {
    let refused = |what: &str| {
        let message =
            format!("{field} {what}: write https://HOST, or http://127.0.0.1:PORT for an emulator on this host");
        ProviderError::new(ErrorClass::Invalid, message)
    };
    let url = Url::parse(text).map_err(|_| refused("is not a URL"))?;
    let on_this_host = url.host_str().is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    if url.scheme() != "https" && !(url.scheme() == "http" && on_this_host) {
        return Err(refused("would send tokens in the clear"));
    }
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !plain || url.host_str().is_none() {
        return Err(refused("has more than a host, a port and a path"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Words of somebody else, for a message: one line, and not a long one.
pub(crate) fn quoted(words: &str) -> String {
    const CHARACTERS_MAX: usize = 300;
    let line: String = words.chars().take(CHARACTERS_MAX).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::{base_url, quoted};
    use crate::providers::ErrorClass;

    #[test]
    fn tokens_do_not_travel_in_the_clear() {
        for (good, base) in [
            ("https://cloudkms.googleapis.com", "https://cloudkms.googleapis.com"),
            ("https://a.vault.azure.net/", "https://a.vault.azure.net"),
            ("http://127.0.0.1:8443", "http://127.0.0.1:8443"),
            ("http://[::1]:1/x/", "http://[::1]:1/x"),
            ("http://localhost:1", "http://localhost:1"),
        ] {
            assert_eq!(base_url("f", good).unwrap(), base);
        }
        for bad in [
            "",
            "cloudkms.googleapis.com",
            "http://cloudkms.googleapis.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "https://user@a.example",
            "https://a.example/?b",
            "https://a.example/#b",
            "file:///etc",
        ] {
            let error = base_url("providers.x.endpoint", bad).expect_err(bad);
            assert_eq!(error.class(), ErrorClass::Invalid);
            assert!(error.message().contains("providers.x.endpoint"), "{error}");
        }
    }

    #[test]
    fn words_of_others_stay_on_one_line() {
        assert_eq!(quoted("a\r\n\r\nb \u{1b}[31mc"), "a b \\u{1b}[31mc");
        assert_eq!(quoted(&"x".repeat(1000)).len(), 300);
    }
}
