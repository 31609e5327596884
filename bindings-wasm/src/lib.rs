//! The core for JavaScript. It converts, calls and converts; it never decides on content.
//!
//! There is one function for everything, [`call`]. Each further one would have its own conversion of arguments and
//! results, which was more code than what it called (docs/adr/0010). What crosses the border is bytes and numbers only: no text, as the glue would replace half
//! surrogates silently where JavaScript can refuse them, and no objects, as they cost more than the calls. Parameters
//! come as one [`record`], and several results go as one. An error is one number. `js/` turns all of
//! that into what people use.
//!
//! Wherever a key is asked for, it is the 65 bytes that an operation `KEY_FROM_…` returned.
// Without the standard library, and with a panic that says nothing, the module has no text formatting: a fifth of its
// size. Nothing here panics on bad input, so nobody misses the message.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod call;
mod cose;
mod dsse;
mod ecdsa;
mod failure;
mod jws;
mod record;
mod request;
mod stream;
mod verifiers;

pub use call::{call, result, room};

#[cfg(target_arch = "wasm32")]
mod runtime {
    //! What the standard library would bring.

    use lol_alloc::{FreeListAllocator, LockedAllocator};

    /// A list of what is free, in which neighbours become one. Little is allocated here at the same time, so the list
    /// is short; it is a tenth of the code of what the standard library has on this target.
    #[global_allocator]
    static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

    /// A trap, which JavaScript sees as a `WebAssembly.RuntimeError`.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
