//! Writes the Python, Kotlin and Swift, for `cargo xtask gen` and for maturin, which knows it as `uniffi-bindgen`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
