//! `splitsign keys policy`: what a key may be used for. docs/guides/policies.md says what each rule means.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::clock::{Clock as _, SystemClock};
use crate::identity::KeyId;
use crate::keys::{Keys as KeyStore, Policy as KeyPolicy, PolicyDocument};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Policy {
    /// Set the whole policy of a key, in place of the one that it has
    Set(Box<Set>),
    /// Show the policy that holds for a key
    Show {
        /// The key, tenant/name
        key: KeyId,
        /// As JSON, as `set --file` takes it
        #[arg(long)]
        json: bool,
    },
    /// Take the policy of a key away: the default one holds then
    Clear {
        /// The key, tenant/name
        key: KeyId,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Set {
    /// The key, tenant/name
    key: KeyId,
    /// A profile that it signs; repeat for more [default: all]
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// A tenant that may sign; repeat for more. The owner has to be named as well [default: the owner]
    #[arg(long = "tenant", value_name = "TENANT")]
    tenants: Vec<String>,
    /// A digest algorithm that it signs; repeat for more [default: all]
    #[arg(long = "digest-algorithm", value_name = "NAME")]
    digest_algorithms: Vec<String>,
    /// Bytes: the largest TBS [default: 32768]
    #[arg(long, value_name = "BYTES")]
    max_tbs_bytes: Option<u32>,
    /// Refuse digests: it signs what the service hashed itself
    #[arg(long)]
    require_tbs: bool,
    /// Refuse requests that do not name a version
    #[arg(long)]
    require_pinned_version: bool,
    /// The first moment at which it signs, as 2026-12-31T23:59:59Z
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// The last moment at which it signs
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// When it signs, in UTC, as `mon-fri 08:00-18:00`; repeat for more [default: always]
    #[arg(long = "hours", value_name = "WINDOW")]
    hours: Vec<String>,
    /// All of it as JSON, instead of the options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profiles", "tenants", "digest_algorithms", "max_tbs_bytes",
        "require_tbs", "require_pinned_version", "not_before", "not_after", "hours"])]
    file: Option<PathBuf>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Policy {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Set(set) => set.run(context).await,
            Self::Show { key, json } => show(context, &key, json).await,
            Self::Clear { key, dry_run } => clear(context, &key, dry_run).await,
        }
    }
}

impl Set {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let (key, dry_run) = (self.key.clone(), self.dry_run);
        let policy = self.policy()?;
        let needed = u64::from(policy.max_tbs_bytes()).div_ceil(3).saturating_mul(4);
        if needed > config.server.max_body_bytes as u64 {
            output::error_line(&format!(
                "splitsign: {} bytes are {needed} in base64url, which server.max_body_bytes = {} does not let through",
                policy.max_tbs_bytes(),
                config.server.max_body_bytes
            ));
        }
        if dry_run {
            known(context, &key).await?;
            output::line(&format!("would set the policy of {key}, which is not changed"))?;
            return lines(&as_json(&policy)?);
        }
        let storage = context.storage(&config, &clock).await?;
        let done = KeyStore::new(storage.clone(), config.keys.clone()).set_policy(&key, policy, clock.now()).await;
        storage.close().await;
        done?;
        output::line(&format!("policy of {key} set"))
    }

    fn policy(self) -> Result<KeyPolicy, Failure> {
        let Some(file) = self.file else {
            let list = |texts: Vec<String>| (!texts.is_empty()).then_some(texts);
            let document = PolicyDocument {
                profiles: list(self.profiles),
                tenants: list(self.tenants),
                digest_algorithms: list(self.digest_algorithms),
                max_tbs_bytes: self.max_tbs_bytes,
                require_tbs: self.require_tbs,
                require_pinned_version: self.require_pinned_version,
                not_before: self.not_before,
                not_after: self.not_after,
                hours: list(self.hours),
            };
            return KeyPolicy::try_from(document).map_err(|error| Failure::usage(error.to_string()));
        };
        let read = serde_json::from_slice(&output::read_file(&file)?);
        read.map_err(|error| Failure::usage(format!("`{}` is no policy: {error}", file.display())))
    }
}

async fn show(context: &Context, key: &KeyId, json: bool) -> Result<(), Failure> {
    let policy = known(context, key).await?;
    let is_set = policy.is_some();
    let shown = as_json(&policy.unwrap_or_default())?;
    if json {
        return output::json(&shown);
    }
    output::line(&format!("{key}: {}", if is_set { "the policy that was set" } else { "no policy; the default one" }))?;
    lines(&shown)
}

async fn clear(context: &Context, key: &KeyId, dry_run: bool) -> Result<(), Failure> {
    if known(context, key).await?.is_none() {
        return output::line(&format!("{key} has no policy"));
    }
    if dry_run {
        return output::line(&format!("would clear the policy of {key}, which is not changed"));
    }
    let (config, clock) = (context.config()?, SystemClock::start());
    let storage = context.storage(&config, &clock).await?;
    let done = KeyStore::new(storage.clone(), config.keys.clone()).clear_policy(key, clock.now()).await;
    storage.close().await;
    done?;
    output::line(&format!("policy of {key} cleared"))
}

/// The policy of a key that there is.
async fn known(context: &Context, key: &KeyId) -> Result<Option<KeyPolicy>, Failure> {
    let config = context.config()?;
    let storage = context.storage_to_read(&config).await?;
    let keys = KeyStore::new(storage.clone(), config.keys.clone());
    let (versions, policy) = (keys.versions(key).await?, keys.policy(key).await?);
    storage.close().await;
    if versions.is_empty() {
        return Err(Failure::new(format!("there is no key {key}; `splitsign keys list` shows those that there are")));
    }
    Ok(policy)
}

fn as_json(policy: &KeyPolicy) -> Result<Value, Failure> {
    Ok(serde_json::to_value(policy)?)
}

/// A line for each rule.
fn lines(policy: &Value) -> Result<(), Failure> {
    let empty = serde_json::Map::new();
    policy.as_object().unwrap_or(&empty).iter().try_for_each(|(rule, value)| {
        let value = match value {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            Value::String(text) => text.clone(),
            other => json!(other).to_string(),
        };
        output::line(&format!("{rule:<22}{value}"))
    })
}
