//! The core for JavaScript, as WebAssembly.
//!
//! There is one function for everything, [`call`]. Each further one would have its own conversion of arguments and
//! results, which was more code than what it called (docs/adr/0010). What it does is in the crate `splitsign-js-border`,
//! in the folder `border`, which the native addon has, too; here is how bytes get in and out of the module.
// Without the standard library, and with a panic that says nothing, the module has no text formatting: a fifth of its
// size. Nothing here panics on bad input, so nobody misses the message.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod call;

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
