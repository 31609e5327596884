//! What a program without an operating system must have.

/// The core has no panic that can be reached (`docs/proofs.md`); the compiler asks for this all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
