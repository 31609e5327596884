//! `splitsign keys activate`, `rotate`, `rollback`, `retire`, `disable` and `enable`: changes of state.

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::keys::make::{create_failed, provider_for, say_made};
use crate::cli::keys::{Force, Form, REFUSED, state_and_time, transition_failed};
use crate::cli::{Context, output};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{
    Actor, Change, KeyEntry, KeyState, Keys as KeyStore, Move, NewKeyVersion, Stage, Transition, in_stage, previous,
};
use crate::storage::Storage;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Activate {
    /// The key, tenant/name
    key: KeyId,
    /// The version [default: the one that is announced]
    #[arg(long, value_name = "N")]
    key_version: Option<KeyVersion>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Rotate {
    /// The key, tenant/name
    key: KeyId,
    /// The provider of the next version [default: that of the version before it]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Rollback {
    /// The key, tenant/name
    key: KeyId,
    /// The version [default: the one that signed before]
    #[arg(long, value_name = "N")]
    to: Option<KeyVersion>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Retire {
    /// The key, tenant/name
    key: KeyId,
    /// The version
    #[arg(long, value_name = "N")]
    key_version: KeyVersion,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Disable {
    /// The key, tenant/name
    key: KeyId,
    /// The version
    #[arg(long, value_name = "N")]
    key_version: KeyVersion,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Enable {
    /// The key, tenant/name
    key: KeyId,
    /// The version
    #[arg(long, value_name = "N")]
    key_version: KeyVersion,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    form: Form,
}

impl Activate {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let store = Store::open(context, self.form).await?;
        let changed = async {
            let versions = store.versions(&self.key).await?;
            let announced = self.key_version.or_else(|| in_stage(&versions, Stage::Announced));
            let version = announced.ok_or_else(|| {
                refused(format!("key {0} has no announced version; `splitsign keys announce {0}` makes one", self.key))
            })?;
            store.change(&self.key, Change::Activate(version), self.force).await
        };
        let changed = changed.await;
        store.close().await;
        changed
    }
}

impl Rollback {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let store = Store::open(context, self.form).await?;
        let changed = async {
            let versions = store.versions(&self.key).await?;
            let version = self.to.or_else(|| previous(&versions)).ok_or_else(|| {
                refused(format!("no other version of key {} may sign: none is draining or verify-only", self.key))
            })?;
            store.change(&self.key, Change::RollBack(version), self.force).await
        };
        let changed = changed.await;
        store.close().await;
        changed
    }
}

impl Retire {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        run(context, self.form, &self.key, Change::Retire(self.key_version), self.force).await
    }
}

impl Disable {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let force = Force { force: false, reason: self.reason };
        run(context, self.form, &self.key, Change::Disable(self.key_version), force).await
    }
}

impl Enable {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        run(context, self.form, &self.key, Change::Enable(self.key_version), self.force).await
    }
}

async fn run(context: &Context, form: Form, key: &KeyId, change: Change, force: Force) -> Result<(), Failure> {
    let store = Store::open(context, form).await?;
    let changed = store.change(key, change, force).await;
    store.close().await;
    changed
}

impl Rotate {
    /// Announces if nothing is announced, else activates; by force both at once.
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let store = Store::open(context, self.form).await?;
        let rotated = self.rotate(&store).await;
        store.close().await;
        rotated
    }

    async fn rotate(self, store: &Store) -> Result<(), Failure> {
        let versions = store.versions(&self.key).await?;
        if let Some(version) = in_stage(&versions, Stage::Announced) {
            return store.change(&self.key, Change::Activate(version), self.force).await;
        }
        let (name, provider) = provider_for(&store.keys, &store.config, &self.key, self.provider).await?;
        let new = NewKeyVersion { id: self.key.clone(), provider: name, existing: None, next_version: true };
        if self.form.dry_run {
            let number = store.keys.number_of_next(&new).await.map_err(create_failed)?;
            return store.say_announcement(&new, number, self.force.force);
        }
        let made = store.keys.announce(new, Actor::CommandLine, &*provider, &store.clock).await;
        let made = made.map_err(create_failed)?;
        if self.force.force {
            return store.change(&self.key, Change::Activate(made.version), self.force).await;
        }
        say_made(&made, self.form.json)?;
        if !self.form.json {
            let id = &self.key;
            output::line(&format!("`splitsign keys rotate {id}` activates it then, or the scheduler when it is due"))?;
        }
        Ok(())
    }
}

/// The keys, open for what is to be done.
struct Store {
    keys: KeyStore,
    storage: Storage,
    config: Config,
    clock: SystemClock,
    form: Form,
}

impl Store {
    async fn open(context: &Context, form: Form) -> Result<Self, Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let storage = match form.dry_run {
            true => context.storage_to_read(&config).await?,
            false => context.storage(&config, &clock).await?,
        };
        Ok(Self { keys: KeyStore::new(storage.clone(), config.keys.clone()), storage, config, clock, form })
    }

    async fn close(&self) {
        self.storage.close().await;
    }

    async fn versions(&self, key: &KeyId) -> Result<Vec<KeyEntry>, Failure> {
        match self.keys.versions(key).await? {
            versions if versions.is_empty() => {
                Err(Failure::new(format!("there is no key {key}; `splitsign keys list` shows those that there are")))
            }
            versions => Ok(versions),
        }
    }

    async fn change(&self, key: &KeyId, change: Change, force: Force) -> Result<(), Failure> {
        let now = self.clock.now();
        let moves = match self.form.dry_run {
            true => self.keys.preview(key, change, force.force, now).await,
            false => {
                let by = Actor::CommandLine;
                let Force { force, reason } = force;
                self.keys.change(Transition { key: key.clone(), change, by, force, reason }, now).await
            }
        };
        self.say(key, &moves.map_err(transition_failed)?)
    }

    fn say(&self, key: &KeyId, moves: &[Move]) -> Result<(), Failure> {
        if self.form.json {
            return output::json(&json!({
                "key": key.as_str(),
                "dryRun": self.form.dry_run,
                "changes": moves.iter().map(move_as_json).collect::<Vec<_>>(),
            }));
        }
        let would = if self.form.dry_run { "would be: " } else { "" };
        for step in moves {
            let by_force = if step.forced { ", by force" } else { "" };
            let (from, to) = (step.from, state_and_time(step.to));
            output::line(&format!("{would}{key} version {}: {from} → {to}{by_force}", step.version))?;
        }
        Ok(())
    }

    fn say_announcement(&self, new: &NewKeyVersion, number: KeyVersion, force: bool) -> Result<(), Failure> {
        let state = if force { "active" } else { "announced" };
        if self.form.json {
            return output::json(&json!({
                "dryRun": true,
                "key": new.id.as_str(),
                "version": number.get(),
                "state": state,
                "provider": new.provider,
            }));
        }
        output::line(&format!("would be made: {} version {number} at {}, {state}", new.id, new.provider))
    }
}

fn move_as_json(step: &Move) -> Value {
    let until = match step.to {
        KeyState::Announced { activatable_at: at } | KeyState::Draining { until: at } => Some(at.to_string()),
        KeyState::Active | KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => None,
    };
    json!({
        "version": step.version.get(),
        "from": step.from.name(),
        "to": step.to.name(),
        "until": until,
        "forced": step.forced,
    })
}

fn refused(message: String) -> Failure {
    Failure::new(message).with_code(REFUSED)
}
