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

    /// Two-level segregated fit: in constant time, and with a quarter of the code of what the standard library has here.
    #[global_allocator]
    static ALLOCATOR: rlsf::GlobalTlsf<Small> = rlsf::GlobalTlsf::new();

    struct Small;

    impl rlsf::GlobalTlsfOptions for Small {
        /// To grow in place is code that nothing here is worth.
        const ENABLE_REALLOCATION: bool = false;
        /// Else what was freed after one large object would not do for a larger one.
        const COALESCE_POOLS: bool = true;
    }

    /// A trap, which JavaScript sees as a `WebAssembly.RuntimeError`.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
