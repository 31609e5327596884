//! The one function.

use alloc::vec::Vec;

use splitsign_core::digest::Sha256;
use splitsign_core::operations::Operation;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, Result, kept};
use crate::request::Request;
use crate::{cose, dsse, ecdsa, jws};

/// What can be asked for. The place in this table is the number in `js/operations.js`.
const OPERATIONS: [fn(&Request<'_>) -> Result<Vec<u8>>; 25] = [
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
];

/// Does what the operation of that number does with the `flags`, the record of `parameters` and the one argument that
/// may be long. Nothing, if it fails: [`failure`](crate::failure()) says why.
#[wasm_bindgen]
#[must_use]
pub fn call(operation: usize, flags: u32, parameters: &[u8], long: &[u8]) -> Option<Vec<u8>> {
    kept(match OPERATIONS.get(operation) {
        Some(operation) => operation(&Request::new(flags, parameters, long)),
        None => Err(Failure::invalid_argument()),
    })
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
