//! The grammar of `env:` references: the names of the section `[providers.env.keys]`.
//!
//! ```abnf
//! reference = "env:" name
//! name      = ( ALPHA / DIGIT ) *63( ALPHA / DIGIT / "." / "_" / "-" )
//! ```

use crate::providers::env::error;
use crate::providers::{KeyReference, ProviderError};

/// What fits a line of a log.
const NAME_CHARACTERS_MAX: usize = 64;

/// Whether a key can have this name.
pub(super) fn is_name(text: &str) -> bool {
    (1..=NAME_CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
        && text.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric())
}

/// The name in a reference.
pub(super) fn parse(reference: &KeyReference) -> Result<&str, ProviderError> {
    let name = reference.as_str().strip_prefix("env:").filter(|name| is_name(name));
    name.ok_or_else(|| error::no_reference(reference.as_str()))
}

/// The reference of a name.
pub(super) fn of(name: &str) -> KeyReference {
    KeyReference::new(format!("env:{name}"))
}

#[cfg(test)]
mod tests {
    use super::{of, parse};
    use crate::providers::{ErrorClass, KeyReference};

    #[test]
    fn names_come_back_unchanged_and_nothing_else_is_one() {
        for name in ["a", "acme-c2pa", "ACME_1.x"] {
            assert_eq!(parse(&of(name)).unwrap(), name);
        }
        let long = format!("env:{}", "a".repeat(65));
        for bad in ["", "env:", "a", "ENV:a", "env:-a", "env:a/b", "env:a b", "env:a\n", "env:ä", "file:a", &long] {
            let error = parse(&KeyReference::new(bad)).expect_err(bad);
            assert_eq!(error.class(), ErrorClass::Invalid, "{bad:?}");
            assert!(!error.message().contains('\n'), "{bad:?}");
        }
    }
}
