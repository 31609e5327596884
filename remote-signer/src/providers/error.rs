//! How providers fail: a class that decides what happens next, and words for the operator.

use core::fmt;
use core::time::Duration;

/// The class of a provider's failure. Only this drives retry, breaker and status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorClass {
    /// Credentials or permissions do not suffice, or the key is disabled or about to be deleted.
    Denied,
    /// Too many requests.
    Throttled,
    /// The provider cannot be reached or answers that it is not able to work.
    Unavailable,
    /// No answer in time: the provider may have signed.
    Timeout,
    /// The provider refuses the request as it is: wrong key spec, wrong usage.
    Invalid,
    /// There is no such key.
    NotFound,
    /// The answer makes no sense: not the protocol, another key, a signature that cannot be read.
    BadResponse,
}

impl ErrorClass {
    /// The stable name, as metrics and the audit trail have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::BadResponse => "bad_response",
        }
    }
}

/// A provider's failure.
#[derive(Debug)]
pub struct ProviderError {
    class: ErrorClass,
    message: String,
    retry_after: Option<Duration>,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl ProviderError {
    /// A failure with words for the operator: what was being done, with which key, and what to do about it.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), retry_after: None, source: None }
    }

    /// Adds the error underneath, for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds the pause that the provider asks for, if it does.
    #[must_use]
    pub fn with_retry_after(mut self, pause: impl Into<Option<Duration>>) -> Self {
        self.retry_after = pause.into();
        self
    }

    /// Adds the guide page that says more.
    #[must_use]
    pub fn see(mut self, guide: &str) -> Self {
        self.message.push_str("; see ");
        self.message.push_str(guide);
        self
    }

    /// The error underneath, for whoever says it in other words.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn core::error::Error + Send + Sync>> {
        self.source
    }

    /// The class.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        self.class
    }

    /// The words, without the error underneath.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The pause that the provider asks for.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.name(), self.message)
    }
}

impl core::error::Error for ProviderError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
