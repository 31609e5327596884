//! The one function, and how its arguments and its result cross the border: as bytes in a place that both sides know.

use alloc::vec::Vec;

use spin::{Mutex, MutexGuard};
use splitsign_core::digest::Sha256;
use splitsign_core::operations::Operation;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, Result};
use crate::request::Request;
use crate::{cose, dsse, ecdsa, jws, stream};

/// Does what was asked for.
type Operate = fn(&Request<'_>) -> Result<Vec<u8>>;

/// What can be asked for. The place in this table is the number in `js/operations.js`.
const OPERATIONS: [Operate; 34] = [
    operations,
    sha256,
    ecdsa::key_from_sec1,
    ecdsa::key_from_spki,
    ecdsa::key_from_jwk,
    ecdsa::key_from_cose_key,
    ecdsa::key_to_spki,
    ecdsa::key_to_jwk,
    ecdsa::key_to_cose_key,
    ecdsa::key_thumbprint,
    ecdsa::signature_from_der,
    ecdsa::signature_to_der,
    ecdsa::verify_digest,
    cose::prepare,
    cose::attach,
    cose::verify,
    cose::inspect,
    jws::prepare,
    jws::attach,
    jws::verify,
    jws::inspect,
    dsse::prepare,
    dsse::attach,
    dsse::verify,
    dsse::inspect,
    stream::digest,
    stream::cose_prepare,
    stream::cose_verify,
    stream::jws_prepare,
    stream::jws_verify,
    stream::update,
    stream::finish,
    stream::free,
    cose::prefix,
];

/// What lies between JavaScript and the core.
struct Border {
    arguments: Vec<u8>,
    result: Vec<u8>,
}

static BORDER: Mutex<Border> = Mutex::new(Border { arguments: Vec::new(), result: Vec::new() });

/// There is one thread. Whoever comes while a call is under way comes after one that stopped: that stops, too.
fn border() -> MutexGuard<'static, Border> {
    BORDER.try_lock().expect("no call stopped in the middle")
}

/// Makes room for arguments of so many bytes, and says where they go; null, where there is none. What was there is gone.
#[wasm_bindgen]
#[must_use]
pub fn room(bytes: usize) -> *mut u8 {
    let mut border = border();
    // First, so that the old and the new need not fit beside each other.
    border.arguments = Vec::new();
    // Not a trap if it fails, as nothing works after one.
    if border.arguments.try_reserve_exact(bytes).is_err() {
        return core::ptr::null_mut();
    }
    border.arguments.resize(bytes, 0);
    border.arguments.as_mut_ptr()
}

/// Does what the operation of that number does with the flags, with the record of parameters that is at the start of
/// the room, and with the argument that may be long, which is behind it; both by their length in bytes.
///
/// The length of what is at [`result`], or a negative number: that of the [`Failure`].
#[wasm_bindgen]
#[must_use]
pub fn call(operation: usize, flags: u32, parameters: usize, long: usize) -> f64 {
    let mut border = border();
    border.result = Vec::new();
    match called(&border.arguments, operation, flags, parameters, long) {
        Ok(result) => {
            border.result = result;
            // As many as fit into a memory of 32 bits.
            u32::try_from(border.result.len()).map_or(0.0, f64::from)
        }
        Err(failure) => -failure.number(),
    }
}

/// Where the result of the last call is, until the next one.
#[wasm_bindgen]
#[must_use]
pub fn result() -> *const u8 {
    border().result.as_ptr()
}

fn called(arguments: &[u8], operation: usize, flags: u32, parameters: usize, long: usize) -> Result<Vec<u8>> {
    let split = arguments.split_at_checked(parameters);
    let split = split.and_then(|(parameters, rest)| Some((parameters, rest.get(..long)?)));
    match (OPERATIONS.get(operation), split) {
        (Some(operation), Some((parameters, long))) => operation(&Request::new(flags, parameters, long)),
        _ => Err(Failure::invalid_argument()),
    }
}

/// The names of the operations that this binding has, divided by line feeds.
fn operations(_: &Request<'_>) -> Result<Vec<u8>> {
    let mut names = Vec::new();
    for operation in Operation::ALL {
        names.extend_from_slice(operation.name().as_bytes());
        names.push(b'\n');
    }
    names.truncate(names.len().saturating_sub(1));
    Ok(names)
}

/// The digest of bytes.
fn sha256(request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(Sha256::digest(request.long()).as_bytes().to_vec())
}
