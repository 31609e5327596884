//! What takes bytes in pieces: the only thing that lives here beyond a call.

use alloc::vec::Vec;

use self_cell::{MutBorrow, self_cell};
use spin::Mutex;
use splitsign_core::cose::{Sign1Digest, Sign1Verifier};
use splitsign_core::digest::Sha256;
use splitsign_core::jws::{JwsDigest, JwsVerifier};

use crate::failure::{Failure, Result};
use crate::record::{Record, Tag};
use crate::request::{Request, owned};
use crate::{cose, jws};

#[derive(Clone, Copy)]
enum Kind {
    Digest,
    CosePrepare,
    CoseVerify,
    JwsPrepare,
    JwsVerify,
}

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

/// Those in progress. A stream is known in JavaScript by its place here.
static STREAMS: Mutex<Vec<Option<Cell>>> = Mutex::new(Vec::new());

/// Starts to hash what is only hashed.
pub(crate) fn digest(request: &Request<'_>) -> Result<Vec<u8>> {
    start(request, Kind::Digest)
}

/// Starts to hash the payload of a COSE_Sign1.
pub(crate) fn cose_prepare(request: &Request<'_>) -> Result<Vec<u8>> {
    start(request, Kind::CosePrepare)
}

/// Starts to verify a COSE_Sign1.
pub(crate) fn cose_verify(request: &Request<'_>) -> Result<Vec<u8>> {
    start(request, Kind::CoseVerify)
}

/// Starts to hash the payload of a JWS.
pub(crate) fn jws_prepare(request: &Request<'_>) -> Result<Vec<u8>> {
    start(request, Kind::JwsPrepare)
}

/// Starts to verify a JWS.
pub(crate) fn jws_verify(request: &Request<'_>) -> Result<Vec<u8>> {
    start(request, Kind::JwsVerify)
}

/// Takes the next bytes.
pub(crate) fn update(request: &Request<'_>) -> Result<Vec<u8>> {
    let mut streams = STREAMS.lock();
    let stream = place(&mut streams, request)?.as_mut().ok_or_else(Failure::invalid_argument)?;
    stream.with_dependent_mut(|_, running| running.update(request.long()))?;
    Ok(Vec::new())
}

/// The digest; or, for a verification by the key, a record. The stream is over, also when this fails.
pub(crate) fn finish(request: &Request<'_>) -> Result<Vec<u8>> {
    let stream = place(&mut STREAMS.lock(), request)?.take();
    let over = Running::Digest(Sha256::new());
    stream
        .ok_or_else(Failure::invalid_argument)?
        .with_dependent_mut(|_, running| core::mem::replace(running, over).finish(request))
}

/// Gives the memory back without a result.
pub(crate) fn free(request: &Request<'_>) -> Result<Vec<u8>> {
    *place(&mut STREAMS.lock(), request)? = None;
    Ok(Vec::new())
}

fn place<'s>(streams: &'s mut [Option<Cell>], request: &Request<'_>) -> Result<&'s mut Option<Cell>> {
    let place = request.number(Tag::Stream).and_then(|place| usize::try_from(place).ok());
    place.and_then(|place| streams.get_mut(place)).ok_or_else(Failure::invalid_argument)
}

fn start(request: &Request<'_>, kind: Kind) -> Result<Vec<u8>> {
    let started = Some(started(request, kind)?);
    let mut streams = STREAMS.lock();
    let place = streams.iter().position(Option::is_none).unwrap_or(streams.len());
    match streams.get_mut(place) {
        Some(free) => *free = started,
        None => streams.push(started),
    }
    Ok(place.to_le_bytes().to_vec())
}

fn started(request: &Request<'_>, kind: Kind) -> Result<Cell> {
    let scratch = if let Kind::JwsVerify = kind { jws::scratch(request)? } else { Vec::new() };
    let owner =
        Owner { flags: request.flags(), parameters: request.parameters().to_vec(), scratch: MutBorrow::new(scratch) };
    Cell::try_new(owner, |owner| {
        let request = Request::new(owner.flags, &owner.parameters, &[]);
        Ok(match kind {
            Kind::Digest => Running::Digest(Sha256::new()),
            Kind::CosePrepare => Running::CosePrepare(cose::prepare_stream(&request)?),
            Kind::CoseVerify => Running::CoseVerify(cose::verify_stream(&request)?),
            Kind::JwsPrepare => Running::JwsPrepare(jws::prepare_stream(&request)?),
            Kind::JwsVerify => Running::JwsVerify(jws::verify_stream(&request, owner.scratch.borrow_mut())?),
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

    fn finish(self, request: &Request<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Digest(hash) => Ok(owned(&hash.finish())),
            Self::CosePrepare(digest) => Ok(owned(digest.finish()?.digest())),
            Self::JwsPrepare(digest) => Ok(owned(digest.finish().digest())),
            Self::CoseVerify(verifier) => {
                cose::put_verified(&verifier.finish(request.key()?.verifier())?, Record::default())
            }
            Self::JwsVerify(verifier) => {
                jws::put_verified(&verifier.finish(request.key()?.verifier())?, Record::default())
            }
        }
    }
}
