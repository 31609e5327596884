//! The configuration: a TOML file, then the environment. Composes the modules' own `Config` types; used by `app` and `cli`.
//!
//! `SPLITSIGN__SECTION__FIELD` in the environment overrides a field: `SPLITSIGN__SERVER__LISTEN=127.0.0.1:0`,
//! `SPLITSIGN__PROVIDERS__AWS_KMS__REGION=eu-central-1`, `SPLITSIGN__PROVIDERS__FILE__PASSPHRASE__ENV=NAME`. A value is read as TOML
//! if it is TOML (a number, `true`, a quoted string), else it is the text itself.

mod checks;
mod environment;
#[cfg(test)]
mod fields;

use alloc::collections::BTreeMap;
use core::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use checks::redacted;
pub use environment::Environment;

use crate::{api, keys, pipeline, storage, telemetry};

/// Read if `--config` is not given and it is there.
const DEFAULT_FILE: &str = "splitsign.toml";

/// Everything that can be configured. `config.example.toml` shows each field with its default.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each section is documented at its type")]
pub struct Config {
    pub server: api::Config,
    pub storage: storage::Config,
    pub keys: keys::Config,
    pub signing: pipeline::Config,
    pub idempotency: pipeline::IdempotencyConfig,
    pub telemetry: telemetry::Config,
    pub health: pipeline::HealthConfig,
    pub dropins: api::DropinsConfig,
    /// A section for each provider that is to be used, by its name. Without any there is `file`, with its defaults.
    #[cfg_attr(test, schemars(skip))]
    pub providers: ProviderSections,
}

/// The sections of the providers, each to be read by its provider.
#[derive(Clone, PartialEq, Default, Deserialize)]
#[serde(transparent)]
pub struct ProviderSections(BTreeMap<String, toml::Value>);

impl ProviderSections {
    /// The names of the providers to use.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let default = self.0.is_empty().then_some("file");
        self.0.keys().map(String::as_str).chain(default)
    }

    /// The section of a provider; an empty one if there is none.
    #[must_use]
    pub fn section(&self, name: &str) -> toml::Value {
        self.0.get(name).cloned().unwrap_or_else(|| toml::Value::Table(toml::Table::new()))
    }
}

/// Names only: somebody may have written a secret where a reference belongs.
impl fmt::Debug for ProviderSections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file `{path}`")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("the configuration file `{path}` is not valid; config.example.toml shows every field: {problem}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Where and why, without the text: the parser's own words would show the line, and a secret in it.
        problem: String,
    },
    /// A variable is not valid.
    #[error("the environment variable {variable} is not valid: {problem}")]
    Environment {
        /// Which one.
        variable: String,
        /// Why, without the value.
        problem: String,
    },
    /// A value is of the right kind and cannot work.
    #[error("{0}")]
    Value(String),
}

impl Config {
    /// Reads the file at `path`, or `splitsign.toml` if there is one here, or takes the defaults; then the environment.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let file = path.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { path: file.to_owned(), source }),
        };
        let invalid = |error: toml::de::Error| ConfigError::File {
            path: file.to_owned(),
            problem: checks::place_and_message(&error, &text),
        };
        // As a whole first: an error in the file is shown with its line.
        let config: Self = toml::from_str(&text).map_err(invalid)?;
        if let Some((name, meant)) = environment.mistaken() {
            return Err(ConfigError::Value(format!(
                "the environment variable {name} sets nothing; did you mean {meant}?"
            )));
        }
        let overrides = environment.overrides();
        if overrides.is_empty() {
            checks::check(&config)?;
            return Ok(config);
        }
        let table: toml::Table = toml::from_str(&text).map_err(invalid)?;
        let mut merged = table.clone();
        for variable in &overrides {
            variable.apply(&mut merged);
        }
        let config = Self::deserialize(merged).map_err(|error| {
            let fails_alone = |variable: &&environment::Override| {
                let mut alone = table.clone();
                variable.apply(&mut alone);
                Self::deserialize(alone).is_err()
            };
            let guilty = overrides.iter().find(fails_alone).or(overrides.first());
            let variable = guilty.map(|variable| variable.name.clone()).unwrap_or_default();
            ConfigError::Environment { variable, problem: redacted(&error) }
        })?;
        checks::check(&config)?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use core::error::Error as _;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("splitsign.toml");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(Some(&path), &environment)
            .map_err(|error| format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()))
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = load(
            "[server]\nlisten = \"127.0.0.1:1\"\nmax_in_flight = 7",
            &[
                ("SPLITSIGN__SERVER__LISTEN", "127.0.0.1:0"),
                ("SPLITSIGN__SERVER__DRAIN_TIMEOUT_MS", "5"),
                ("SPLITSIGN__PROVIDERS__AWS_KMS__REGION", "eu-central-1"),
                ("SPLITSIGN_TOKEN", "not ours"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 0);
        assert_eq!((config.server.max_in_flight, config.server.drain_timeout_ms), (7, 5));
        assert_eq!(config.providers.names().collect::<Vec<_>>(), ["aws-kms"]);
        assert_eq!(config.providers.section("aws-kms")["region"].as_str(), Some("eu-central-1"));
    }

    #[test]
    fn what_is_not_known_is_named_with_what_there_is() {
        let error = load("[server]\nlisten_on = \"x\"", &[]).unwrap_err();
        assert!(error.contains("listen_on") && error.contains("`listen`"), "{error}");
        let error =
            load("", &[("SPLITSIGN__SERVER__LISTEN", "[::1]:0"), ("SPLITSIGN__KEYS__MAX_AGE", "1")]).unwrap_err();
        assert!(error.contains("SPLITSIGN__KEYS__MAX_AGE") && error.contains("descriptor_max_age_seconds"), "{error}");
    }

    #[test]
    fn a_secret_where_it_does_not_belong_is_never_repeated() {
        for text in [
            "[providers.file]\npassphrase = \"hunter2",
            "[server]\npassphrase = \"hunter2\"",
            "[server]\nmax_in_flight = \"hunter2\"",
            "passphrase = \"hunter2\"",
            "providers = \"hunter2\"",
        ] {
            let error = load(text, &[]).unwrap_err();
            assert!(!error.contains("hunter2") && error.contains("line "), "{error}");
        }
        for variable in ["SPLITSIGN__PASSPHRASE", "SPLITSIGN__PROVIDERS", "SPLITSIGN__SERVER__PASSPHRASE"] {
            let error = load("", &[(variable, "hunter2")]).unwrap_err();
            assert!(!error.contains("hunter2") && error.contains(variable), "{error}");
        }
    }

    #[test]
    fn a_variable_that_would_be_ignored_is_refused() {
        for name in ["SPLITSIGN_SERVER__LISTEN", "SPLITSIGN_SERVER_LISTEN"] {
            let error = load("", &[(name, "127.0.0.1:0")]).unwrap_err();
            assert!(error.contains(name) && error.contains("SPLITSIGN__SERVER__LISTEN"), "{error}");
        }
        assert!(load("", &[("SPLITSIGN_TOKEN", "x"), ("SPLITSIGN_SERVERS", "x")]).is_ok());
        let example = include_str!("../../config.example.toml").lines();
        let sections = example.filter_map(|line| line.trim_start_matches("# ").strip_prefix('[')?.strip_suffix(']'));
        for section in sections {
            let section = section.split('.').next().unwrap().to_uppercase();
            assert!(super::environment::SECTIONS.contains(&section.as_str()), "{section}");
        }
    }

    #[test]
    fn debug_shows_names_of_providers_only() {
        let config = load("[providers.file]\npassphrase = \"hunter2\"", &[]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
