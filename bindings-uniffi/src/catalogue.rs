//! What there is, how much of it, and which version.

use std::collections::HashMap;

use splitsign_core::limits;

/// What this binding has of the core's operations.
const OPERATIONS: &[&str] = &[
    "sha256",
    "key_from_sec1",
    "key_from_spki",
    "key_from_jwk",
    "key_from_cose_key",
    "key_to_spki",
    "key_to_jwk",
    "key_to_cose_key",
    "key_thumbprint",
    "signature_from_der",
    "signature_to_der",
    "verify_digest",
    "cose_sign1_prepare",
    "cose_sign1_attach",
    "cose_sign1_verify",
    "cose_sign1_inspect",
    "jws_prepare",
    "jws_attach",
    "jws_verify",
    "jws_inspect",
    "dsse_prepare",
    "dsse_attach",
    "dsse_verify",
    "dsse_inspect",
];

/// The version of this package.
#[uniffi::export]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The names of the core's operations that this package has.
#[uniffi::export]
#[must_use]
pub fn operations() -> Vec<String> {
    OPERATIONS.iter().copied().map(str::to_owned).collect()
}

/// Every limit of the core, by name.
#[uniffi::export(name = "limits")]
#[must_use]
pub fn all_limits() -> HashMap<String, u64> {
    limits::ALL.iter().map(|(name, value)| ((*name).to_owned(), *value as u64)).collect()
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;
    use splitsign_core::operations::Operation;

    #[test]
    fn every_operation_of_the_core_is_here() {
        assert_eq!(OPERATIONS, Operation::ALL.iter().map(|operation| operation.name()).collect::<Vec<_>>());
    }
}
