//! What the core promises, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cose;
mod dsse;
mod jws;
mod prepared;
mod remote;
mod robustness;
mod wycheproof;
