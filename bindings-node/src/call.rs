//! The one function.

use napi::bindgen_prelude::{Either, Env, Uint8ArraySlice};
use napi_derive::napi;
use splitsign_js_border::{Border, Failure, Result};

use crate::memory::Memory;

/// A result that is longer than the room, in an array of its own; the length of one that is in the room; or a negative
/// number, that of the [`Failure`].
type Answer<'env> = Either<f64, Uint8ArraySlice<'env>>;

/// Does what the operation of that number does with the flags, with the record of parameters that is at the start of
/// the room, of which the length in bytes is given, and with the argument that may be long.
///
/// # Errors
/// Where Node has no memory for the result, or is about to end.
#[napi(catch_unwind)]
pub fn call<'env>(
    env: &'env Env,
    operation: u32,
    flags: u32,
    room: Memory,
    parameters: u32,
    long: Memory,
) -> napi::Result<Answer<'env>> {
    match called(border(env)?, operation, flags, &room, parameters, &long) {
        Err(failure) => Ok(Either::A(-failure.number())),
        // SAFETY: nothing borrows from the room any more.
        Ok(result) => match unsafe { room.write(&result) } {
            Some(length) => Ok(Either::A(f64::from(length))),
            None => Uint8ArraySlice::from_data(env, result).map(Either::B),
        },
    }
}

fn called(
    border: &mut Border,
    operation: u32,
    flags: u32,
    room: &Memory,
    parameters: u32,
    long: &Memory,
) -> Result<Vec<u8>> {
    // SAFETY: JavaScript does not run before the call is over, and nothing is written before this function is.
    let (room, long) = unsafe { (room.bytes(), long.bytes()) };
    let parameters = room.zip(usize::try_from(parameters).ok()).and_then(|(room, length)| room.get(..length));
    let (parameters, long) = parameters.zip(long).ok_or_else(Failure::invalid_argument)?;
    let operation = usize::try_from(operation).map_err(|_| Failure::invalid_argument())?;
    border.call(operation, flags, parameters, long)
}

/// The version of what was compiled. It must be that of the JavaScript that calls it.
#[napi]
#[must_use]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The state of this program: each worker thread has its own, and it ends with that.
fn border(env: &Env) -> napi::Result<&mut Border> {
    if let Some(border) = env.get_instance_data()? {
        return Ok(border);
    }
    env.set_instance_data(Border::fast(), (), |_| ())?;
    env.get_instance_data()?.ok_or_else(|| napi::Error::from_reason("the state that was just set is not there"))
}
