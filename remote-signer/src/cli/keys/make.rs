//! `splitsign keys create`, `adopt` and `announce`: new versions.

use alloc::sync::Arc;

use serde_json::json;

use crate::app::build_provider;
use crate::cli::failure::Failure;
use crate::cli::keys::{Form, REFUSED, as_json, state_and_time};
use crate::cli::{Context, output};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::identity::KeyId;
use crate::keys::{Actor, CreateError, KeyEntry, Keys as KeyStore, NewKeyVersion};
use crate::providers::{KeyReference, Provider};
use crate::storage::{Storage, StorageError};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Create {
    /// The key, tenant/name
    key: KeyId,
    /// The provider [default: the one that is configured]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only announce it: it signs once it is activated
    #[arg(long)]
    announce: bool,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Adopt {
    /// The key, tenant/name
    key: KeyId,
    /// The provider's name for it, a URI
    #[arg(value_name = "REF")]
    reference: String,
    /// The provider [default: the one that is configured]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only announce it: it signs once it is activated
    #[arg(long)]
    announce: bool,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Announce {
    /// The key, tenant/name
    key: KeyId,
    /// The provider [default: that of the version before it]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// A key that exists at the provider, instead of a new one
    #[arg(long, value_name = "REF")]
    provider_key: Option<String>,
    #[command(flatten)]
    form: Form,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wish = Wish { key: self.key, existing: None, next_version: false, announce: self.announce };
        wish.grant(context, self.provider, self.form).await.map(drop)
    }
}

impl Adopt {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let existing = Some(KeyReference::new(self.reference));
        let wish = Wish { key: self.key, existing, next_version: false, announce: self.announce };
        wish.grant(context, self.provider, self.form).await.map(drop)
    }
}

impl Announce {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let existing = self.provider_key.map(KeyReference::new);
        let wish = Wish { key: self.key, existing, next_version: true, announce: true };
        wish.grant(context, self.provider, self.form).await.map(drop)
    }
}

/// A version to be made.
#[derive(Debug)]
struct Wish {
    key: KeyId,
    existing: Option<KeyReference>,
    next_version: bool,
    announce: bool,
}

impl Wish {
    async fn grant(self, context: &Context, provider: Option<String>, form: Form) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let storage = match form.dry_run {
            false => Some(context.storage(&config, &clock).await?),
            // A first key makes the database; to say so, nothing needs to be there.
            true => match Storage::open_to_read(&config.storage).await {
                Ok(storage) => Some(storage),
                Err(StorageError::Absent { .. }) => None,
                Err(error) => return Err(error.into()),
            },
        };
        let Some(storage) = storage else { return self.say_first(&config, provider, form).await };
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let made = self.make(&keys, &config, provider, form, &clock).await;
        storage.close().await;
        made
    }

    async fn make(
        self,
        keys: &KeyStore,
        config: &Config,
        provider: Option<String>,
        form: Form,
        clock: &SystemClock,
    ) -> Result<(), Failure> {
        let (name, provider) = provider_for(keys, config, &self.key, provider).await?;
        let new =
            NewKeyVersion { id: self.key, provider: name, existing: self.existing, next_version: self.next_version };
        if form.dry_run {
            let number = keys.number_of_next(&new).await.map_err(create_failed)?;
            return say(&new, number.get(), self.announce, &*provider, form.json).await;
        }
        let made = match self.announce {
            true => keys.announce(new, Actor::CommandLine, &*provider, clock).await,
            false => keys.create(new, &*provider, clock).await,
        };
        say_made(&made.map_err(create_failed)?, form.json)
    }

    async fn say_first(self, config: &Config, provider: Option<String>, form: Form) -> Result<(), Failure> {
        if self.next_version {
            return Err(CreateError::Missing { id: self.key }.into());
        }
        let name = provider.map_or_else(|| only_provider(config), Ok)?;
        let provider = build_provider(config, &name).await?;
        let new = NewKeyVersion { id: self.key, provider: name, existing: self.existing, next_version: false };
        say(&new, 1, self.announce, &*provider, form.json).await
    }
}

/// What is named; else where the newest version is; else the only one that is configured.
pub(super) async fn provider_for(
    keys: &KeyStore,
    config: &Config,
    key: &KeyId,
    named: Option<String>,
) -> Result<(String, Arc<dyn Provider>), Failure> {
    let name = match (named, keys.versions(key).await?.pop()) {
        (Some(name), _) => name,
        (None, Some(newest)) => newest.provider,
        (None, None) => only_provider(config)?,
    };
    let provider = build_provider(config, &name).await?;
    Ok((name, provider))
}

fn only_provider(config: &Config) -> Result<String, Failure> {
    match config.providers.names().collect::<Vec<_>>().as_slice() {
        [name] => Ok((*name).to_owned()),
        names => Err(Failure::usage(format!("choose with --provider which one makes the key: {}", names.join(", ")))),
    }
}

/// What would be made. A key that is to be adopted is looked up, as that changes nothing.
async fn say(
    new: &NewKeyVersion,
    version: u32,
    announce: bool,
    provider: &dyn Provider,
    json: bool,
) -> Result<(), Failure> {
    let described = match &new.existing {
        Some(reference) => {
            let described = provider.describe_key(reference).await;
            Some(described.map_err(|source| CreateError::Provider { provider: new.provider.clone(), source })?)
        }
        None => None,
    };
    let reference = described.map(|described| described.reference.as_str().to_owned());
    let state = if announce { "announced" } else { "active" };
    if json {
        return output::json(&json!({
            "dryRun": true,
            "key": new.id.as_str(),
            "version": version,
            "state": state,
            "provider": new.provider,
            "reference": reference,
        }));
    }
    let how = reference.map_or("made".to_owned(), |reference| format!("adopted ({reference})"));
    output::line(&format!("would be {how}: {} version {version} at {}, {state}", new.id, new.provider))
}

pub(super) fn say_made(made: &KeyEntry, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&as_json(made));
    }
    output::line(&format!("created {} version {} at {}", made.id, made.version, made.provider))?;
    output::line(&format!("state         {}", state_and_time(made.state)))?;
    output::line(&format!("kid           {}", made.kid))?;
    output::line(&format!("certificates  {}", made.certificate_chain.len()))
}

/// What the state of the key does not permit has the exit code of that.
pub(super) fn create_failed(error: CreateError) -> Failure {
    match error {
        CreateError::Announced { .. } => Failure::from(error).with_code(REFUSED),
        CreateError::Exists { .. }
        | CreateError::Missing { .. }
        | CreateError::Raced { .. }
        | CreateError::SameKey { .. }
        | CreateError::Chain { .. }
        | CreateError::Certificate { .. }
        | CreateError::Provider { .. }
        | CreateError::Storage(_) => error.into(),
    }
}
