//! What a key may be used for. docs/guides/policies.md says what each rule means; `pipeline::policy` holds requests
//! against them.

mod document;
mod hours;
mod store;

use alloc::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;
use crate::identity::{DigestAlgorithm, KeyId, Profile, TenantId};

pub use document::{PolicyDocument, PolicyError};
pub use hours::Window;
pub use store::PolicyStoreError;

/// Bytes: the largest TBS where no policy says otherwise.
pub const TBS_BYTES_DEFAULT: u32 = 32 * 1024;

/// Bytes: the largest TBS that a policy may allow. What is larger is hashed by the caller.
pub const TBS_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// The rules for a key. What is `None` is not restricted; a key without a policy has the default one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "PolicyDocument", into = "PolicyDocument")]
pub struct Policy {
    profiles: Option<BTreeSet<Profile>>,
    tenants: Option<BTreeSet<TenantId>>,
    digest_algorithms: Option<BTreeSet<DigestAlgorithm>>,
    max_tbs_bytes: u32,
    require_tbs: bool,
    require_pinned_version: bool,
    not_before: Option<UnixMillis>,
    not_after: Option<UnixMillis>,
    hours: Option<Vec<Window>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            profiles: None,
            tenants: None,
            digest_algorithms: None,
            max_tbs_bytes: TBS_BYTES_DEFAULT,
            require_tbs: false,
            require_pinned_version: false,
            not_before: None,
            not_after: None,
            hours: None,
        }
    }
}

impl Policy {
    /// Whether `tenant` may use `key`: the list decides, for the owner too; without one it is the owner alone.
    #[must_use]
    pub fn admits(&self, key: &KeyId, tenant: &TenantId) -> bool {
        match &self.tenants {
            Some(tenants) => tenants.contains(tenant),
            None => key.tenant() == tenant,
        }
    }

    /// The profiles that it signs; `None`: all.
    #[must_use]
    pub const fn profiles(&self) -> Option<&BTreeSet<Profile>> {
        self.profiles.as_ref()
    }

    /// The digest algorithms that it signs; `None`: all.
    #[must_use]
    pub const fn digest_algorithms(&self) -> Option<&BTreeSet<DigestAlgorithm>> {
        self.digest_algorithms.as_ref()
    }

    /// Bytes: the largest TBS.
    #[must_use]
    pub const fn max_tbs_bytes(&self) -> u32 {
        self.max_tbs_bytes
    }

    /// Whether a digest that was made elsewhere is refused.
    #[must_use]
    pub const fn requires_tbs(&self) -> bool {
        self.require_tbs
    }

    /// Whether a request must name the version that it was prepared for.
    #[must_use]
    pub const fn requires_pinned_version(&self) -> bool {
        self.require_pinned_version
    }

    /// The first moment at which it signs.
    #[must_use]
    pub const fn not_before(&self) -> Option<UnixMillis> {
        self.not_before
    }

    /// The last moment at which it signs.
    #[must_use]
    pub const fn not_after(&self) -> Option<UnixMillis> {
        self.not_after
    }

    /// When it signs, in the week; `None`: always.
    #[must_use]
    pub fn hours(&self) -> Option<&[Window]> {
        self.hours.as_deref()
    }
}
