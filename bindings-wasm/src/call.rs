//! The one function, and how its arguments and its result cross the border: as bytes in a place that both sides know.

use alloc::vec::Vec;

use spin::{Mutex, MutexGuard};
use splitsign_js_border::{Border, Failure, Result};
use wasm_bindgen::prelude::wasm_bindgen;

/// What lies between JavaScript and the core.
struct Crossing {
    border: Border,
    arguments: Vec<u8>,
    result: Vec<u8>,
}

static CROSSING: Mutex<Crossing> =
    Mutex::new(Crossing { border: Border::small(), arguments: Vec::new(), result: Vec::new() });

/// There is one thread. Whoever comes while a call is under way comes after one that stopped: that stops, too.
fn crossing() -> MutexGuard<'static, Crossing> {
    CROSSING.try_lock().expect("no call stopped in the middle")
}

/// Makes room for arguments of so many bytes, and says where they go; null, where there is none. What was there is gone.
#[wasm_bindgen]
#[must_use]
pub fn room(bytes: usize) -> *mut u8 {
    let mut crossing = crossing();
    // First, so that the old and the new need not fit beside each other.
    crossing.arguments = Vec::new();
    // Not a trap if it fails, as nothing works after one.
    if crossing.arguments.try_reserve_exact(bytes).is_err() {
        return core::ptr::null_mut();
    }
    crossing.arguments.resize(bytes, 0);
    crossing.arguments.as_mut_ptr()
}

/// Does what the operation of that number does with the flags, with the record of parameters that is at the start of
/// the room, and with the argument that may be long, which is behind it; both by their length in bytes.
///
/// The length of what is at [`result`], or a negative number: that of the [`Failure`].
#[wasm_bindgen]
#[must_use]
pub fn call(operation: usize, flags: u32, parameters: usize, long: usize) -> f64 {
    let mut crossing = crossing();
    crossing.result = Vec::new();
    match crossing.call(operation, flags, parameters, long) {
        Ok(result) => {
            crossing.result = result;
            // As many as fit into a memory of 32 bits.
            u32::try_from(crossing.result.len()).map_or(0.0, f64::from)
        }
        Err(failure) => -failure.number(),
    }
}

/// Where the result of the last call is, until the next one.
#[wasm_bindgen]
#[must_use]
pub fn result() -> *const u8 {
    crossing().result.as_ptr()
}

impl Crossing {
    fn call(&mut self, operation: usize, flags: u32, parameters: usize, long: usize) -> Result<Vec<u8>> {
        let split = self.arguments.split_at_checked(parameters);
        let split = split.and_then(|(parameters, rest)| Some((parameters, rest.get(..long)?)));
        let (parameters, long) = split.ok_or_else(Failure::invalid_argument)?;
        self.border.call(operation, flags, parameters, long)
    }
}
