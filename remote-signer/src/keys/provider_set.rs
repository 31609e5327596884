//! The providers that this process has.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use crate::providers::Provider;

/// Providers by their name in the configuration. There is no default and no fallback: a version names its provider.
/// Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct ProviderSet(Arc<BTreeMap<String, Arc<dyn Provider>>>);

impl ProviderSet {
    /// The provider of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.get(name)
    }

    /// Name and provider, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<dyn Provider>)> {
        self.0.iter().map(|(name, provider)| (name.as_str(), provider))
    }
}

impl FromIterator<(String, Arc<dyn Provider>)> for ProviderSet {
    fn from_iter<I: IntoIterator<Item = (String, Arc<dyn Provider>)>>(providers: I) -> Self {
        Self(Arc::new(providers.into_iter().collect()))
    }
}
