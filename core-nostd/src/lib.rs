//! Prepare, attach and verify signatures, without keys: the core of splitsign.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::expect_used)]

#[cfg(test)]
extern crate std;

mod error;
pub mod limits;
pub mod sink;

pub mod digest;
pub mod ecdsa;
pub mod encoding;

pub use error::{Code, Error, Result};
