//! The name under which programs ask for the shared library: see docs/adr/0012-c-border.md.

#[expect(clippy::disallowed_methods, reason = "the environment is how cargo speaks to a build script")]
fn main() {
    // Programs of one major version, or of one minor version before 1.0, ask for a library of the same.
    let part = |name: &str| std::env::var(name).unwrap_or_default();
    let soname = match part("CARGO_PKG_VERSION_MAJOR").as_str() {
        "0" => format!("libsplitsign.so.0.{}", part("CARGO_PKG_VERSION_MINOR")),
        major => format!("libsplitsign.so.{major}"),
    };
    if part("CARGO_CFG_TARGET_OS") == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{soname}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
