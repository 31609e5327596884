//! One entry for each operation of the core, by which `cargo xtask proofs` shows what the core promises.
//!
//! - **No allocator**: rustc refuses to link `alloc` without a global allocator, so that this crate builds for
//!   `thumbv7em-none-eabihf` and `wasm32-unknown-unknown` is the proof.
//! - **No panic**: the panic handler calls a symbol that nobody defines. An entry from which a panic can be reached does
//!   not link.
//! - **Size and stack**: each entry, linked by itself, is measured.
//! - **On the small machine**: the firmware runs the same entries.
//!
//! On a host with `std` it is an ordinary library; there, its inputs are made.
#![cfg_attr(any(target_os = "none", target_arch = "wasm32"), no_std)]

#[cfg(any(feature = "control-with-allocator", test))]
extern crate alloc;

pub mod entries;
#[cfg(all(any(target_os = "none", target_arch = "wasm32"), not(feature = "own-panic-handler")))]
mod panic;

pub use entries::{ENTRIES, Entry, Input, OUTPUT_BYTES};
