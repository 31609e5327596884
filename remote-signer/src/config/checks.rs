//! Values that parse and cannot work, and words that keep secrets to themselves.

use crate::config::{Config, ConfigError};
use crate::identity::KeyId;

/// Refuses what would make a service that runs and answers nothing.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let (server, signing) = (&config.server, &config.signing);
    let positive = [
        ("server.max_body_bytes", server.max_body_bytes as u64),
        ("server.header_timeout_ms", server.header_timeout_ms),
        ("server.max_connections", server.max_connections as u64),
        ("server.request_timeout_ms", server.request_timeout_ms),
        ("server.max_in_flight", server.max_in_flight as u64),
        ("signing.provider_timeout_ms", signing.provider_timeout_ms),
        ("keys.scheduler_interval_seconds", u64::from(config.keys.scheduler_interval_seconds)),
        ("health.probe_timeout_ms", config.health.probe_timeout_ms),
        ("idempotency.retention_hours", u64::from(config.idempotency.retention_hours)),
    ];
    if let Some((field, _)) = positive.iter().find(|(_, value)| *value == 0) {
        return Err(ConfigError::Value(format!("{field} is 0: write a number above it")));
    }
    if let Some(name) = config.health.probe_keys.iter().find(|name| name.parse::<KeyId>().is_err()) {
        return Err(ConfigError::Value(format!("health.probe_keys: `{name}` is no key: write tenant/name")));
    }
    if signing.provider_timeout_ms >= server.request_timeout_ms {
        return Err(ConfigError::Value(format!(
            "signing.provider_timeout_ms = {} is not less than server.request_timeout_ms = {}: callers would never \
             learn that it was the provider that took too long",
            signing.provider_timeout_ms, server.request_timeout_ms
        )));
    }
    Ok(())
}

/// Where and why TOML is not valid, without the line itself: it may hold a secret that somebody typed where a
/// reference belongs.
pub(super) fn place_and_message(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let message = redacted(error);
    match before {
        Some(before) => {
            let (line, column) =
                (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
            format!("line {line}, column {column}: {message}")
        }
        None => message,
    }
}

/// The message without text that was given where it does not belong.
#[must_use]
pub fn redacted(error: &toml::de::Error) -> String {
    let message = error.message();
    match (message.find("string \""), message.rfind("\", expected ")) {
        (Some(start), Some(end)) if start < end => {
            let (kind, expected) = (message.get(..start), message.get(end + 1..));
            format!("{}a string{}", kind.unwrap_or_default(), expected.unwrap_or_default())
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::config::Config;

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        assert!(check(&Config::default()).is_ok());
        for (text, field) in [
            ("[idempotency]\nretention_hours = 0", "idempotency.retention_hours"),
            ("[keys]\nscheduler_interval_seconds = 0", "keys.scheduler_interval_seconds"),
            ("[server]\nrequest_timeout_ms = 0", "server.request_timeout_ms"),
            ("[server]\nheader_timeout_ms = 0", "server.header_timeout_ms"),
            ("[server]\nmax_connections = 0", "server.max_connections"),
            ("[server]\nmax_in_flight = 0", "server.max_in_flight"),
            ("[server]\nmax_body_bytes = 0", "server.max_body_bytes"),
            ("[health]\nprobe_timeout_ms = 0", "health.probe_timeout_ms"),
            ("[health]\nprobe_keys = [\"acme\"]", "health.probe_keys"),
            ("[signing]\nprovider_timeout_ms = 0", "signing.provider_timeout_ms"),
            ("[signing]\nprovider_timeout_ms = 30000", "signing.provider_timeout_ms"),
            ("[server]\nrequest_timeout_ms = 25000", "signing.provider_timeout_ms"),
        ] {
            let error = check(&toml::from_str(text).unwrap()).unwrap_err().to_string();
            assert!(error.contains(field), "{text}: {error}");
        }
    }
}
