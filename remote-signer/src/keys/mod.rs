//! Keys: their versions, the states of these, their certificates.
//!
//! [`state`](KeyState) has the states and the table of what may follow what; [`Change`] is what somebody wants and what
//! it means for the versions of a key (pure); [`Transition`] is the one command that changes a state, with its audit
//! record. Keys are read when they are first used and kept in memory; what another process changes is seen by the next
//! lookup (`cache`).

mod cache;
mod certificate;
mod certificates;
mod change;
mod create;
mod entry;
mod policy;
mod provider_set;
mod publication;
mod state;
mod store;
mod transition;

use core::time::Duration;

use serde::Deserialize;

pub use cache::CacheUse;
pub use certificate::{CertificateFault, Leaf};
pub use change::{Change, Moment, Move, Refusal, decide, previous};
pub use create::CreateError;
pub use entry::KeyEntry;
pub use policy::{Policy, PolicyDocument, PolicyError, PolicyStoreError, TBS_BYTES_DEFAULT, TBS_BYTES_MAX, Window};
pub use provider_set::ProviderSet;
pub use state::{KeyState, Requirement, Stage, requirement};
pub use store::{KeyPage, Keys, NewKeyVersion, ProviderUse, Resolution, TransitionError};
pub use transition::{Actor, Transition, in_stage};

/// The section `[keys]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seconds: how long clients may keep a key's descriptor, and how long a superseded version still signs for those
    /// who pinned it. Default 300. Prevents requests that fail because they were prepared just before a rotation.
    pub descriptor_max_age_seconds: u32,
    /// Keys: how many are kept in memory, with their versions and certificates, some kilobytes each. Default 10000.
    /// Prevents a read of the database for every signature; zero turns it off.
    pub cached_keys: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { descriptor_max_age_seconds: 300, cached_keys: 10_000 }
    }
}

impl Config {
    /// The same as a duration.
    #[must_use]
    pub fn descriptor_max_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.descriptor_max_age_seconds))
    }
}
