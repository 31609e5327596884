//! What JavaScript asks of the core, and what it gets back: bytes and numbers. It converts, calls and converts; it never
//! decides on content.
//!
//! There is one function for everything, [`Border::call`]. How its arguments get here from JavaScript and its result
//! back is the business of the two that use it: `bindings-wasm` and `bindings-node` (docs/adr/0011). Parameters come as
//! one record, `{ tag: u8, length: u32 little-endian, bytes }*`, and several results go as one. There is no text, as
//! engines would replace half surrogates silently where `js/` can refuse them. An error is one number. `js/` turns
//! all of that into what people use.
//!
//! Wherever a key is asked for, it is the 65 bytes that an operation `KEY_FROM_…` returned.
#![no_std]

extern crate alloc;

mod border;
mod cose;
mod dsse;
mod ecdsa;
mod failure;
mod jws;
mod operation;
mod record;
mod request;
mod stream;
mod verifiers;

pub use border::Border;
pub use failure::{Failure, Result};
