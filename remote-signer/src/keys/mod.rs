//! Keys: their versions, the states of these, their certificates.
//!
//! ```text
//! active ──(a next version is made)──▶ draining ──(draining_until)──▶ superseded
//! ```
//! A draining version signs requests that pin it; afterwards they are told what superseded it. Nothing is cached: a
//! read takes microseconds, and a key that the command line makes beside a running service is there at once.

mod create;
mod entry;
mod policy;
mod provider_set;
mod store;

use core::time::Duration;

use serde::Deserialize;

pub use create::CreateError;
pub use entry::{KeyEntry, KeyState};
pub use policy::{Policy, PolicyDocument, PolicyError, PolicyStoreError, TBS_BYTES_DEFAULT, TBS_BYTES_MAX, Window};
pub use provider_set::ProviderSet;
pub use store::{Keys, NewKeyVersion, Resolution};

/// The section `[keys]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seconds: how long clients may keep a key's descriptor, and how long a superseded version still signs for those
    /// who pinned it. Default 300. Prevents requests that fail because they were prepared just before a rotation.
    pub descriptor_max_age_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { descriptor_max_age_seconds: 300 }
    }
}

impl Config {
    /// The same as a duration.
    #[must_use]
    pub fn descriptor_max_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.descriptor_max_age_seconds))
    }
}
