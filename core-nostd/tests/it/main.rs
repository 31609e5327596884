//! What the core promises, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cose;
mod dsse;
mod examples;
mod hashes;
mod jws;
mod nist;
mod prepared;
mod published;
mod remote;
mod robustness;
mod wycheproof;
