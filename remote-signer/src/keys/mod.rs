//! Keys: their versions, the states of these, their certificates.
//!
//! ```text
//! active ──(a next version is made)──▶ draining ──(draining_until)──▶ superseded
//! ```
//! A draining version signs requests that pin it; afterwards they are told what superseded it. Keys
//! are read when they are first used and kept in memory; what another process changes is seen at once (see `cache`).

mod cache;
mod create;
mod entry;
mod provider_set;
mod store;

use core::time::Duration;

use serde::Deserialize;

pub use cache::CacheUse;
pub use create::CreateError;
pub use entry::{KeyEntry, KeyState};
pub use provider_set::ProviderSet;
pub use store::{KeyPage, Keys, NewKeyVersion, ProviderUse, Resolution};

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
