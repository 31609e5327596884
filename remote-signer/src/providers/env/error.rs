//! What goes wrong with keys that are handed over, and what to do about it. No message has a part of a key in it.

use crate::providers::{ErrorClass, ProviderError};

/// Where the section and the classes are explained.
const GUIDE: &str = "docs/guides/env.md";

/// A section or a key that cannot be used.
pub(super) fn invalid(message: &str) -> ProviderError {
    ProviderError::new(ErrorClass::Invalid, format!("{message}; see {GUIDE}"))
}

/// What is no reference of this provider.
pub(super) fn no_reference(text: &str) -> ProviderError {
    invalid(&format!("`{}` is no reference of the provider env: write env:NAME", text.escape_debug()))
}

/// A key that no section names.
pub(super) fn not_found(name: &str) -> ProviderError {
    let message = format!(
        "there is no key {name}: add [providers.env.keys.{name}] to the configuration and start again; see {GUIDE}"
    );
    ProviderError::new(ErrorClass::NotFound, message)
}

/// Somebody wants a key made.
pub(super) fn not_made_here(key_id: &str) -> ProviderError {
    invalid(&format!(
        "the provider env makes no keys, so none for {key_id}: make one (`openssl ecparam -name prime256v1 -genkey -noout`), \
         name it in [providers.env.keys], and adopt it by env:NAME"
    ))
}
