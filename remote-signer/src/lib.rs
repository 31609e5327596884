//! The remote signer.
#![forbid(unsafe_code)]
pub mod providers;
