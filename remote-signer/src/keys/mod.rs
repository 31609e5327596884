//! Keys: their versions, the states of these, their certificates.
//!
//! [`state`](KeyState) has the states and the table of what may follow what; [`Change`] is what somebody wants and what
//! it means for the versions of a key (pure); [`Transition`] is the one command that changes a state, with its audit
//! record. What signing needs of a key is kept in memory until anything is changed, by whichever process
//! ([`Storage::generation`](crate::storage::Storage::generation)): a key that the command line makes beside a running
//! service is there at once.

mod attempt;
mod certificate;
mod certificates;
mod chain;
mod change;
mod create;
mod csr;
mod entry;
mod own_use;
mod policy;
mod provider_set;
mod publication;
mod rotation;
mod schedule;
mod scheduler;
mod state;
mod store;
mod transition;

use core::time::Duration;

use serde::Deserialize;

pub use crate::storage::CacheUse;
pub use certificate::{CertificateFault, Leaf};
pub use chain::{ChainError, CheckedChain};
pub use change::{Change, Moment, Move, Refusal, decide, previous};
pub use create::CreateError;
pub use csr::{AlternativeName, CsrError, UnsignedCsr};
pub use entry::KeyEntry;
pub use own_use::{OwnUseError, Purpose};
pub use policy::{Policy, PolicyDocument, PolicyError, PolicyStoreError, TBS_BYTES_DEFAULT, TBS_BYTES_MAX, Window};
pub use provider_set::ProviderSet;
pub use rotation::{RotationPolicy, Step, VersionFacts, due, plan};
pub use schedule::{Every, Scheduled};
pub use scheduler::{Run, Scheduler};
pub use state::{KeyState, Requirement, Stage, requirement};
pub use store::{KeyPage, Keys, NewKeyVersion, ProviderUse, Resolution, TransitionError};
pub use transition::{Actor, Transition, in_stage};

/// The section `[keys]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seconds: how long clients may keep a key's descriptor and verifiers the key sets, how long an announced version
    /// waits before it may sign, and how long a superseded version still signs for those who pinned it. Default 300.
    /// Prevents requests that fail because they were prepared just before a rotation, and signatures that fail because
    /// a verifier does not know the key yet.
    pub descriptor_max_age_seconds: u32,
    /// Days: how long a version signs before the scheduler replaces it. Default 90; 0 is never. `splitsign keys
    /// schedule` says otherwise for a key. Prevents keys that sign for years because nobody thought of them.
    pub rotation_days: u32,
    /// Hours: how long before its turn a next version is announced. Default 24. Prevents rotations that come late
    /// because a key could not be made in time.
    pub announce_ahead_hours: u32,
    /// Days: how long a version that signs no more is published before the scheduler retires it. Default 365; 0 is
    /// never. Prevents key sets that grow for ever; less than the life of signatures makes these unverifiable.
    pub retire_after_days: u32,
    /// Days: how long before the end of a certificate the service warns. Default 30. Prevents keys that stop to sign
    /// from one second to the next.
    pub expiry_warning_days: u32,
    /// Seconds: how often the scheduler looks at the keys. Default 60. Prevents a scheduler that is busy with nothing.
    pub scheduler_interval_seconds: u32,
    /// Keys: how many are kept in memory, with their versions and certificates, some kilobytes each. Default 10000.
    /// Prevents a read of the database for every signature; zero turns it off.
    pub cached_keys: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            descriptor_max_age_seconds: 300,
            rotation_days: 90,
            announce_ahead_hours: 24,
            retire_after_days: 365,
            expiry_warning_days: 30,
            scheduler_interval_seconds: 60,
            cached_keys: 10_000,
        }
    }
}

impl Config {
    /// How long copies of what is published may be kept.
    #[must_use]
    pub fn descriptor_max_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.descriptor_max_age_seconds))
    }

    /// How often the scheduler looks at the keys.
    #[must_use]
    pub fn scheduler_interval(&self) -> Duration {
        Duration::from_secs(u64::from(self.scheduler_interval_seconds).max(1))
    }

    fn rotation_policy(&self, every: Option<Duration>) -> RotationPolicy {
        RotationPolicy {
            every,
            ahead: Duration::from_secs(u64::from(self.announce_ahead_hours) * 3600),
            retire_after: RotationPolicy::days(self.retire_after_days),
            warn_before_expiry: RotationPolicy::days(self.expiry_warning_days).unwrap_or_default(),
        }
    }
}
