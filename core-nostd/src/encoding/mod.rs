//! Readers over slices and writers into sinks: the little of CBOR, base64, JSON and DER that signatures need.
//!
//! All readers are strict, borrow from their input, and report the byte at which the input stops being valid.

pub(crate) mod base64;
pub(crate) mod cbor;
pub(crate) mod der;
pub(crate) mod json;

/// For `core-nostd/fuzz` only: no part of the interface, and not there without `--cfg fuzzing`.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use base64::{Alphabet, base64_decode, base64_encode};
pub use json::JsonString;
