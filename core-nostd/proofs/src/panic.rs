//! A panic, for the linker to find.

#[expect(unsafe_code, reason = "a symbol that nobody defines: whoever reaches it does not link")]
unsafe extern "C" {
    fn splitsign_panic_was_reached() -> !;
}

#[panic_handler]
#[expect(unsafe_code, reason = "it is never called: what calls it does not link")]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: no program with this call exists.
    unsafe { splitsign_panic_was_reached() }
}
