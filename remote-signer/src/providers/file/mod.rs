//! Stands in until the provider is merged.

use alloc::sync::Arc;
use std::path::Path;

use serde::Deserialize;

use crate::providers::{ErrorClass, Provider, ProviderError};

/// Its section in the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// Always refuses.
///
/// # Errors
/// Always.
pub async fn build(_config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    Err(ProviderError::new(ErrorClass::Invalid, "this provider is not merged yet"))
}
