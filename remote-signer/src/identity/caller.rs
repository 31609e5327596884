//! Somebody who has shown a valid token.

use alloc::collections::BTreeSet;

use crate::identity::{KeyId, TenantId};

/// Which keys of its tenant a token may use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyScope {
    /// Every one, also those that are made later.
    All,
    /// Only these.
    Only(BTreeSet<KeyId>),
}

/// An authenticated caller. Whoever holds one may act within it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The id of the token, not its secret.
    pub token_id: String,
    /// On whose behalf.
    pub tenant: TenantId,
    /// With which keys.
    pub scope: KeyScope,
}

/// Somebody who has shown a valid token of an admin. It opens the admin interface, and signs nothing.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The id of the token, not its secret.
    pub token_id: String,
}

impl Caller {
    /// Whether the caller may use `key`. A key of another tenant is out of reach whatever the scope says.
    #[must_use]
    pub fn may_use(&self, key: &KeyId) -> bool {
        *key.tenant() == self.tenant
            && match &self.scope {
                KeyScope::All => true,
                KeyScope::Only(keys) => keys.contains(key),
            }
    }

    /// Whether the token names a key of another tenant. That alone allows nothing: its policy has to list the caller's
    /// tenant as well.
    #[must_use]
    pub fn names_strange(&self, key: &KeyId) -> bool {
        *key.tenant() != self.tenant
            && match &self.scope {
                KeyScope::All => false,
                KeyScope::Only(keys) => keys.contains(key),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, KeyScope};

    #[test]
    fn tenant_binds_even_if_the_scope_names_a_strange_key() {
        let key = |text: &str| text.parse().unwrap();
        let caller = |scope| Caller { token_id: "t".into(), tenant: "acme".parse().unwrap(), scope };
        let only = caller(KeyScope::Only([key("acme/a"), key("other/a")].into()));
        assert!(only.may_use(&key("acme/a")));
        assert!(!only.may_use(&key("acme/b")));
        assert!(!only.may_use(&key("other/a")));
        assert!(!caller(KeyScope::All).may_use(&key("other/a")));
        assert!(only.names_strange(&key("other/a")));
        assert!(!only.names_strange(&key("acme/a")) && !only.names_strange(&key("other/b")));
        assert!(!caller(KeyScope::All).names_strange(&key("other/a")), "all keys are all of the tenant");
    }
}
