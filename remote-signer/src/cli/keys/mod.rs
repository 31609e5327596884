//! `splitsign keys`: works on the data directory, also beside a service that runs. One file for each group of commands.
//!
//! Exit codes: 0 done, or with `--dry-run`: it would be; 1 failed; 2 wrong usage; 4 refused for now or for good: the
//! state of the version does not permit it.

mod certificates;
mod drill;
mod make;
mod policy;
mod schedule;
mod show;
mod states;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::failure::Failure;
use crate::encoding::base64_standard;
use crate::keys::{KeyEntry, KeyState, TransitionError};

/// The state of the version does not permit it.
const REFUSED: u8 = 4;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a key at its provider; it signs at once
    Create(make::Create),
    /// Take a key that exists at the provider; it signs at once
    Adopt(make::Adopt),
    /// List every version of every key
    List(show::List),
    /// Show a key with its versions, public key and certificates
    Show(show::Show),
    /// Publish a next version; it signs once it is activated
    Announce(make::Announce),
    /// Let an announced version sign; the one before it drains
    Activate(states::Activate),
    /// Do the next step of a rotation: announce a version, or activate the one that is announced
    Rotate(states::Rotate),
    /// Let the version before sign again; the present one drains
    Rollback(states::Rollback),
    /// Publish a version no more; it never comes back
    Retire(states::Retire),
    /// Stop a version at once and publish it no more; `enable` brings it back
    Disable(states::Disable),
    /// Bring a disabled version back, as far as caches permit
    Enable(states::Enable),
    /// Show or set how often keys rotate by themselves
    Schedule(schedule::Schedule),
    /// Print a certificate request (PKCS#10, PEM), signed by the key
    Csr(certificates::Csr),
    /// Put certificates in the place of those that a version has
    ImportChain(certificates::ImportChain),
    /// Rotate, sign, verify with old and new, roll back, verify again; writes a transcript that the key signs
    Drill(drill::Drill),
    /// Set, show and clear what a key may be used for
    #[command(subcommand)]
    Policy(policy::Policy),
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Self::Create(command) => command.run(context).await?,
            Self::Adopt(command) => command.run(context).await?,
            Self::List(command) => command.run(context).await?,
            Self::Show(command) => command.run(context).await?,
            Self::Announce(command) => command.run(context).await?,
            Self::Activate(command) => command.run(context).await?,
            Self::Rotate(command) => command.run(context).await?,
            Self::Rollback(command) => command.run(context).await?,
            Self::Retire(command) => command.run(context).await?,
            Self::Disable(command) => command.run(context).await?,
            Self::Enable(command) => command.run(context).await?,
            Self::Schedule(command) => command.run(context).await?,
            Self::Csr(command) => command.run(context).await?,
            Self::ImportChain(command) => command.run(context).await?,
            Self::Drill(command) => command.run(context).await?,
            Self::Policy(command) => command.run(context).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What commands that change something have in common.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Form {
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Not to wait for what is waited for.
#[derive(Clone, Debug, clap::Args)]
struct Force {
    /// Do not wait for caches; the audit trail says so
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// A refusal has an exit code of its own.
fn transition_failed(error: TransitionError) -> Failure {
    match error {
        TransitionError::Refused(refusal) => Failure::from(refusal).with_code(REFUSED),
        TransitionError::Storage(error) => error.into(),
    }
}

fn state_and_time(state: KeyState) -> String {
    match state {
        KeyState::Announced { activatable_at } => format!("announced, may sign from {activatable_at}"),
        KeyState::Draining { until } => format!("draining until {until}"),
        KeyState::Active | KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => state.to_string(),
    }
}

fn as_json(entry: &KeyEntry) -> Value {
    let (mut activatable_at, mut draining_until) = (None, None);
    match entry.state {
        KeyState::Announced { activatable_at: at } => activatable_at = Some(at.to_string()),
        KeyState::Draining { until } => draining_until = Some(until.to_string()),
        KeyState::Active | KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => {}
    }
    json!({
        "key": entry.id.as_str(),
        "version": entry.version.get(),
        "state": entry.state.name(),
        "stateSince": entry.state_since.to_string(),
        "activatableAt": activatable_at,
        "activatedAt": entry.activated_at.map(|at| at.to_string()),
        "drainingUntil": draining_until,
        "provider": entry.provider,
        "reference": entry.reference.as_str(),
        "kid": entry.kid,
        "spki": base64_standard(&entry.public_key.to_spki()),
        "certificateChain": entry.certificate_chain_base64,
        "certificateNotAfter": entry.leaf.map(|leaf| leaf.not_after.to_string()),
        "createdAt": entry.created_at.to_string(),
    })
}
