//! `splitsign keys`: works on the data directory, also beside a service that runs.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::app::build_provider;
use crate::cli::failure::Failure;
use crate::cli::{Context, output, public_key};
use crate::clock::SystemClock;
use crate::encoding::base64_standard;
use crate::identity::KeyId;
use crate::keys::{KeyEntry, KeyState, Keys as KeyStore, NewKeyVersion};
use crate::providers::KeyReference;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a key, or take one that exists at the provider
    Create(Create),
    /// List every version of every key
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a key with its versions, public key and certificates
    Show(Show),
    /// Set, show and clear what a key may be used for
    #[command(subcommand)]
    Policy(crate::cli::keys_policy::Policy),
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The key, tenant/name
    key: KeyId,
    /// The provider [default: the one that is configured]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// A key that exists at the provider, instead of a new one
    #[arg(long, value_name = "REF")]
    provider_key: Option<String>,
    /// Make the next version of a key that exists; the one before it drains
    #[arg(long)]
    next_version: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The key, tenant/name
    key: KeyId,
    /// As JSON
    #[arg(long, group = "form")]
    json: bool,
    /// Only the public key of the active version, as PEM
    #[arg(long, group = "form")]
    public_key: bool,
    /// Only the certificate chain of the active version, as PEM, leaf first
    #[arg(long, group = "form")]
    certificates: bool,
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Self::Create(create) => create.run(context).await?,
            Self::List { json } => list(context, json).await?,
            Self::Show(show) => show.run(context).await?,
            Self::Policy(policy) => policy.run(context).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let name = match self.provider {
            Some(name) => name,
            None => only_provider(&config.providers.names().collect::<Vec<_>>())?,
        };
        let storage = context.storage(&config, &clock).await?;
        let provider = build_provider(&config, &name).await?;
        let new = NewKeyVersion {
            id: self.key,
            provider: name,
            existing: self.provider_key.map(KeyReference::new),
            next_version: self.next_version,
        };
        let created = KeyStore::new(storage.clone(), config.keys.clone()).create(new, &*provider, &clock).await;
        storage.close().await;
        let created = created?;
        if self.json {
            return output::json(&as_json(&created));
        }
        output::line(&format!("created {} version {} at {}", created.id, created.version, created.provider))?;
        output::line(&format!("kid           {}", created.kid))?;
        output::line(&format!("certificates  {}", created.certificate_chain.len()))
    }
}

fn only_provider(names: &[&str]) -> Result<String, Failure> {
    match names {
        [name] => Ok((*name).to_owned()),
        names => Err(Failure::usage(format!("choose with --provider which one makes the key: {}", names.join(", ")))),
    }
}

async fn list(context: &Context, json: bool) -> Result<(), Failure> {
    let config = context.config()?;
    let storage = context.storage_to_read(&config).await?;
    let entries = KeyStore::new(storage.clone(), config.keys.clone()).all().await?;
    storage.close().await;
    if json {
        return output::json(&Value::Array(entries.iter().map(as_json).collect()));
    }
    table(&entries)
}

fn table(entries: &[KeyEntry]) -> Result<(), Failure> {
    let row = |entry: &KeyEntry| {
        let state = match entry.state {
            KeyState::Active | KeyState::Disabled => entry.state.to_string(),
            KeyState::Draining { until } => format!("draining until {until}"),
        };
        [
            entry.id.to_string(),
            entry.version.to_string(),
            state,
            entry.provider.clone(),
            entry.kid.clone(),
            entry.created_at.to_string(),
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    output::table(["KEY", "VERSION", "STATE", "PROVIDER", "KID", "CREATED"], &rows)
}

impl Show {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.config()?;
        let storage = context.storage_to_read(&config).await?;
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let (versions, active) = (keys.versions(&self.key).await?, keys.active_version(&self.key).await?);
        storage.close().await;
        if versions.is_empty() {
            return Err(Failure::new(format!(
                "there is no key {}; `splitsign keys list` shows those that there are",
                self.key
            )));
        }
        if self.json {
            let json = versions.iter().map(|entry| match &active {
                Some(active) if active.version == entry.version => as_json(active),
                _ => as_json(entry),
            });
            return output::json(&Value::Array(json.collect()));
        }
        if !(self.public_key || self.certificates) {
            return table(&versions);
        }
        let active = active.ok_or_else(|| Failure::new(format!("no version of key {} is active", self.key)))?;
        if self.public_key {
            return output::text(&public_key::pem("PUBLIC KEY", &active.public_key.to_spki()));
        }
        active.certificate_chain.iter().try_for_each(|der| output::text(&public_key::pem("CERTIFICATE", der)))
    }
}

fn as_json(entry: &KeyEntry) -> Value {
    let draining_until = match entry.state {
        KeyState::Draining { until } => Some(until.to_string()),
        KeyState::Active | KeyState::Disabled => None,
    };
    json!({
        "key": entry.id.as_str(),
        "version": entry.version.get(),
        "state": entry.state.name(),
        "drainingUntil": draining_until,
        "provider": entry.provider,
        "reference": entry.reference.as_str(),
        "kid": entry.kid,
        "spki": base64_standard(&entry.public_key.to_spki()),
        "certificateChain": entry.certificate_chain.iter().map(|der| base64_standard(der)).collect::<Vec<_>>(),
        "createdAt": entry.created_at.to_string(),
    })
}
