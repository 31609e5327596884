//! What the linker of each system needs for symbols that Node brings.

fn main() {
    napi_build::setup();
}
