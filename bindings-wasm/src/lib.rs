//! The core for JavaScript. It converts, calls and converts; it never decides on content.
//!
//! What crosses the border is bytes and numbers only: no text, as the glue would replace half surrogates silently
//! where JavaScript can refuse them, and no objects, as they cost more than the calls. An error is thrown as one
//! number ([`thrown`]); several results at once are one [`record`]. `js/` turns all of that into what people use.
//!
//! Wherever a key is asked for, it is the 65 bytes that `key_from_…` returned.
// Without the standard library, and with a panic that says nothing, the module has no text formatting: a fifth of its
// size. Nothing here panics on bad input, so nobody misses the message.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod cose;
pub mod digest;
pub mod dsse;
pub mod ecdsa;
pub mod jws;
mod parameters;
mod record;
mod thrown;
mod verifiers;

use alloc::vec::Vec;

use splitsign_core::operations::Operation;
use wasm_bindgen::prelude::wasm_bindgen;

/// The names of the operations that this binding has, divided by line feeds.
#[wasm_bindgen]
#[must_use]
pub fn operations() -> Vec<u8> {
    let mut names = Vec::new();
    for operation in Operation::ALL {
        names.extend_from_slice(operation.name().as_bytes());
        names.push(b'\n');
    }
    names.truncate(names.len().saturating_sub(1));
    names
}

#[cfg(target_arch = "wasm32")]
mod runtime {
    //! What the standard library would bring.

    /// The allocator that the standard library has on this target, too.
    #[global_allocator]
    static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

    /// A trap, which JavaScript sees as a `WebAssembly.RuntimeError`.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
