//! The core for JavaScript, as a native addon of Node.
//!
//! What it does is in the crate `splitsign-js-border`, which the WebAssembly module has, too (docs/adr/0011); here is how
//! bytes get in and out: they are read where JavaScript has them, and short results go back in the same place that the
//! parameters came from, as a new array costs more than most calls.
#![expect(unsafe_code, reason = "the memory of JavaScript has no other way in; each use says why it is right")]

mod call;
mod memory;

pub use call::{call, version};
