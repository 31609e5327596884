//! What takes bytes in pieces: the only thing that lives here beyond a call.

use alloc::vec::Vec;
use core::fmt;

use self_cell::{MutBorrow, self_cell};
use splitsign_core::cose::{Sign1Digest, Sign1Verifier};
use splitsign_core::digest::Sha256;
use splitsign_core::jws::{JwsDigest, JwsVerifier};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, Result, kept};
use crate::record::Record;
use crate::request::{Request, owned};
use crate::verifiers::chosen;
use crate::{cose, jws};

/// What can be started. The numbers are those of `js/operations.js`.
const DIGEST: u32 = 0;
const COSE_PREPARE: u32 = 1;
const COSE_VERIFY: u32 = 2;
const JWS_PREPARE: u32 = 3;
const JWS_VERIFY: u32 = 4;

/// What borrows must have something to borrow from.
struct Owner {
    flags: u32,
    parameters: Vec<u8>,
    scratch: MutBorrow<Vec<u8>>,
}

enum Running<'a> {
    Digest(Sha256),
    CosePrepare(Sign1Digest<'a>),
    CoseVerify(Sign1Verifier<'a>),
    JwsPrepare(JwsDigest<'a>),
    JwsVerify(JwsVerifier<'a>),
}

self_cell!(
    struct Cell {
        owner: Owner,
        #[covariant]
        dependent: Running,
    }
);

/// A digest or a verification in progress.
#[wasm_bindgen]
pub struct Stream(Cell);

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(..)")
    }
}

#[wasm_bindgen]
impl Stream {
    /// Starts what that number means in `js/operations.js`. Nothing, if it fails.
    #[must_use]
    pub fn start(operation: u32, flags: u32, parameters: Vec<u8>) -> Option<Self> {
        kept(started(operation, flags, parameters)).map(Self)
    }

    /// Takes the next bytes; false, if it fails.
    pub fn update(&mut self, bytes: &[u8]) -> bool {
        kept(self.0.with_dependent_mut(|_, running| running.update(bytes))).is_some()
    }

    /// The digest; or, for a verification by `key`, a record. Nothing, if it fails.
    #[must_use]
    pub fn finish(mut self, key: &[u8]) -> Option<Vec<u8>> {
        let over = Running::Digest(Sha256::new());
        kept(self.0.with_dependent_mut(|_, running| core::mem::replace(running, over).finish(key)))
    }
}

fn started(operation: u32, flags: u32, parameters: Vec<u8>) -> Result<Cell> {
    let request = Request::new(flags, &parameters, &[]);
    let scratch = if operation == JWS_VERIFY { jws::scratch(&request)? } else { Vec::new() };
    Cell::try_new(Owner { flags, parameters, scratch: MutBorrow::new(scratch) }, |owner| {
        let request = Request::new(owner.flags, &owner.parameters, &[]);
        Ok(match operation {
            DIGEST => Running::Digest(Sha256::new()),
            COSE_PREPARE => Running::CosePrepare(cose::prepare_stream(&request)?),
            COSE_VERIFY => Running::CoseVerify(cose::verify_stream(&request)?),
            JWS_PREPARE => Running::JwsPrepare(jws::prepare_stream(&request)?),
            JWS_VERIFY => Running::JwsVerify(jws::verify_stream(&request, owner.scratch.borrow_mut())?),
            _ => return Err(Failure::invalid_argument()),
        })
    })
}

impl Running<'_> {
    fn update(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Digest(hash) => hash.update(bytes),
            Self::CosePrepare(digest) => digest.update(bytes)?,
            Self::CoseVerify(verifier) => verifier.update(bytes)?,
            Self::JwsPrepare(digest) => digest.update(bytes),
            Self::JwsVerify(verifier) => verifier.update(bytes),
        }
        Ok(())
    }

    fn finish(self, key: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Digest(hash) => Ok(owned(&hash.finish())),
            Self::CosePrepare(digest) => Ok(owned(digest.finish()?.digest())),
            Self::JwsPrepare(digest) => Ok(owned(digest.finish().digest())),
            Self::CoseVerify(verifier) => {
                cose::put_verified(&verifier.finish(chosen(key)?.verifier())?, Record::default())
            }
            Self::JwsVerify(verifier) => {
                jws::put_verified(&verifier.finish(chosen(key)?.verifier())?, Record::default())
            }
        }
    }
}
