//! Tells the linker where memory is.

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=build.rs");
    // Only the board has a memory map; on a host the programs are empty.
    if cargo_sets("CARGO_CFG_TARGET_OS") == "none" {
        println!("cargo:rustc-link-search={}", cargo_sets("CARGO_MANIFEST_DIR"));
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
    }
}

#[expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]
fn cargo_sets(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
