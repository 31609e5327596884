//! The core of splitsign for Python, Kotlin and Swift: what uniffi makes bindings of.
//!
//! Nothing here decides on content. Arguments are converted, the core is called, what comes back is converted. Every
//! function that can fail fails with a [`SplitsignError`]; objects may be shared by threads.
//!
//! | module | what |
//! |---|---|
//! | [`cose`], [`jws`], [`dsse`] | the formats: prepare, attach, verify, inspect, and streams |
//! | [`key`] | public keys, with a table for those that are used again |
//! | [`signature`] | signatures by themselves |
//! | [`digest`] | SHA-256 |
//! | [`catalogue`] | what there is: operations and limits |

pub mod catalogue;
pub mod cose;
pub mod digest;
pub mod dsse;
mod failure;
pub mod jws;
pub mod key;
mod output;
pub mod signature;
mod stream;

pub use failure::{Result, SplitsignError};

uniffi::setup_scaffolding!("splitsign");
