//! The core for C and C++. The header `include/splitsign.h` is made of what stands here: its manual is these comments.
//!
//! Functions convert, call the core, and convert back. What C gives is looked at before it is believed: pointers that are
//! null, lengths without bytes, results that would be written over what is read, contexts that were never started.

// Where there is an operating system, std brings what links into any program: how to abort.
#![cfg_attr(target_os = "none", no_std)]
#![expect(
    unsafe_code,
    reason = "pointers of C are read here, and nowhere else: `memory` says what is believed of them"
)]

#[cfg(target_os = "none")]
mod bare_metal;
mod code;
mod context;
mod cose;
mod digest;
mod dsse;
mod jws;
mod key;
mod memory;
mod outcome;
mod prepared;
mod preparing;
mod signature;
mod work;

pub use code::*;
pub use cose::*;
pub use digest::*;
pub use dsse::*;
pub use jws::*;
pub use key::*;
pub use memory::splitsign_bytes;
pub use prepared::*;
pub use signature::*;
