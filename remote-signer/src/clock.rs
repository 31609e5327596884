//! Time. The only place that asks the operating system what it is.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// From a number of milliseconds.
    #[must_use]
    pub const fn new(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Later by `duration`; the end of time if there is no such moment.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `duration`.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC with milliseconds.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            // Before the year -9999 or after 9999: there is no calendar form.
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// A text that is no time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time: write it as 2026-12-31T23:59:59Z")]
pub struct TimeError(String);

/// RFC 3339 with an offset.
impl FromStr for UnixMillis {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| TimeError(text.to_owned()))?;
        Ok(Self(timestamp.as_millisecond()))
    }
}

/// What the time is, and how much of it has passed.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock. It may jump.
    fn now(&self) -> UnixMillis;

    /// Time since some fixed moment. It never goes back; for measuring.
    fn elapsed(&self) -> Duration;
}

/// The clock of the operating system.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// Starts to measure now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    #[must_use]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn now(&self) -> UnixMillis {
        // A clock before 1970 is read as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::new(0).after(since)
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::UnixMillis;
    use core::time::Duration;

    #[test]
    fn is_shown_as_rfc_3339_with_milliseconds() {
        assert_eq!(UnixMillis::new(1_700_000_000_120).to_string(), "2023-11-14T22:13:20.120Z");
        assert_eq!("2023-11-14T23:13:20.120+01:00".parse(), Ok(UnixMillis::new(1_700_000_000_120)));
        assert!("2023-11-14T22:13:20".parse::<UnixMillis>().is_err(), "where that is, nobody knows");
        assert_eq!(UnixMillis::new(0).after(Duration::from_millis(1)).to_string(), "1970-01-01T00:00:00.001Z");
    }
}
