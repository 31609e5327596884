//! Logs, on standard error, and metrics. Imported by everybody, imports nobody.

pub mod metrics;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object for each line, for machines.
    Json,
}

/// The section `[telemetry]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `text` or `json`. Default `text`. Prevents multi-line records that a log collector splits: use `json` there.
    pub log_format: LogFormat,
    /// A level (`error`, `warn`, `info`, `debug`, `trace`) or a filter such as `info,sqlx=warn`. Default `info`.
    /// Prevents a log that says nothing, or too much: signing alarms are `error`, unresolved intents are `warn`.
    pub log_level: String,
    /// Who may read `/metrics`: `admin` (an admin token), `open` (whoever reaches the port) or `off`. Default `admin`.
    /// Prevents strangers from reading how much is signed, by which providers, and what fails. That a request comes from
    /// this host says nothing: behind a proxy here, all do.
    pub metrics: metrics::Access,
}

impl Default for Config {
    fn default() -> Self {
        Self { log_format: LogFormat::Text, log_level: "info".to_owned(), metrics: metrics::Access::Admin }
    }
}

/// A log level that is none.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.log_level `{level}` is not a level or a filter; write for instance `info` or `info,sqlx=warn`")]
pub struct InvalidLogLevel {
    level: String,
    #[source]
    source: tracing_subscriber::filter::ParseError,
}

/// Starts to log. A second call in the same process changes nothing.
///
/// # Errors
/// [`InvalidLogLevel`].
pub fn start(config: &Config) -> Result<(), InvalidLogLevel> {
    let filter = EnvFilter::builder()
        .parse(&config.log_level)
        .map_err(|source| InvalidLogLevel { level: config.log_level.clone(), source })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only if there is a subscriber already, which then stays.
    drop(match config.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    });
    Ok(())
}
