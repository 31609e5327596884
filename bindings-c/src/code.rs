//! What this library is, what it has, and what its codes mean.

use splitsign_core::Code;
use splitsign_core::operations::Operation;

use crate::memory::splitsign_bytes;

fn found(code: i32, text: fn(Code) -> &'static str) -> splitsign_bytes {
    let known = Code::ALL.iter().find(|known| i32::from(known.number()) == code);
    splitsign_bytes::of_optional(known.map(|code| text(*code).as_bytes()))
}

/// The name of a code, as every language of splitsign has it: ASCII, not ended by a zero, alive as long as the program.
/// Absent for 0 and for numbers that are no code. Print it with `"%.*s", (int)name.len, (const char *)name.data`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_code_name(code: i32) -> splitsign_bytes {
    found(code, Code::name)
}

/// What is wrong, in one sentence. As for `splitsign_code_name`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_code_what(code: i32) -> splitsign_bytes {
    found(code, Code::what)
}

/// What to do about it, as an imperative without a full stop. As for `splitsign_code_name`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_code_remedy(code: i32) -> splitsign_bytes {
    found(code, Code::remedy)
}

/// The version of the library that is linked, as `major.minor.patch`. As for `splitsign_code_name`. The header's is
/// `SPLITSIGN_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_version() -> splitsign_bytes {
    splitsign_bytes::of(env!("CARGO_PKG_VERSION").as_bytes())
}

/// The name of an operation that this library has, counted from zero; absent behind the last one.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_operation(index: usize) -> splitsign_bytes {
    splitsign_bytes::of_optional(Operation::ALL.get(index).map(|operation| operation.name().as_bytes()))
}
