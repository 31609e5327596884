//! What can be asked for, and the one way in.

use alloc::vec::Vec;

use splitsign_core::digest::Sha256;
use splitsign_core::operations::Operation;

use crate::border::Border;
use crate::failure::{Failure, Result};
use crate::request::Request;
use crate::{cose, dsse, ecdsa, jws, stream};

/// Does what was asked for.
type Operate = fn(&mut Border, &Request<'_>) -> Result<Vec<u8>>;

/// The place in this table is the number in `js/operations.js`.
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

impl Border {
    /// Does what the operation of that number in `js/operations.js` does with the flags of `js/flags.js`, with a record
    /// of parameters, and with the one argument that may be long.
    ///
    /// # Errors
    /// What the core refuses; [`Code::InvalidArgument`](splitsign_core::Code::InvalidArgument) for what `js/` should not
    /// have sent.
    pub fn call(&mut self, operation: usize, flags: u32, parameters: &[u8], long: &[u8]) -> Result<Vec<u8>> {
        let operate = OPERATIONS.get(operation).ok_or_else(Failure::invalid_argument)?;
        operate(self, &Request::new(flags, parameters, long))
    }
}

/// The names of the operations that this binding has, divided by line feeds.
fn operations(_: &mut Border, _: &Request<'_>) -> Result<Vec<u8>> {
    let mut names = Vec::new();
    for operation in Operation::ALL {
        names.extend_from_slice(operation.name().as_bytes());
        names.push(b'\n');
    }
    names.truncate(names.len().saturating_sub(1));
    Ok(names)
}

/// The digest of bytes.
fn sha256(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(Sha256::digest(request.long()).as_bytes().to_vec())
}
