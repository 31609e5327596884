//! What takes bytes in pieces: the only thing that lives here beyond a call.

use alloc::vec::Vec;

use self_cell::{MutBorrow, self_cell};
use splitsign_core::cose::{Sign1Digest, Sign1Verifier};
use splitsign_core::digest::Sha256;
use splitsign_core::jws::{JwsDigest, JwsVerifier};

use crate::border::Border;
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
pub(crate) struct Streams(Vec<Option<Cell>>);

impl Streams {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    fn place(&mut self, request: &Request<'_>) -> Result<&mut Option<Cell>> {
        let place = request.number(Tag::Stream).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.0.get_mut(place)).ok_or_else(Failure::invalid_argument)
    }

    /// As JavaScript has it: four bytes, wherever this runs.
    fn add(&mut self, started: Cell) -> Result<Vec<u8>> {
        let place = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        let name = u32::try_from(place).map_err(|_| Failure::too_large(place as u64))?;
        match self.0.get_mut(place) {
            Some(free) => *free = Some(started),
            None => self.0.push(Some(started)),
        }
        Ok(name.to_le_bytes().to_vec())
    }
}

/// Starts to hash what is only hashed.
pub(crate) fn digest(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    start(border, request, Kind::Digest)
}

/// Starts to hash the payload of a COSE_Sign1.
pub(crate) fn cose_prepare(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    start(border, request, Kind::CosePrepare)
}

/// Starts to verify a COSE_Sign1.
pub(crate) fn cose_verify(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    start(border, request, Kind::CoseVerify)
}

/// Starts to hash the payload of a JWS.
pub(crate) fn jws_prepare(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    start(border, request, Kind::JwsPrepare)
}

/// Starts to verify a JWS.
pub(crate) fn jws_verify(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    start(border, request, Kind::JwsVerify)
}

/// Takes the next bytes.
pub(crate) fn update(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let stream = border.streams.place(request)?.as_mut().ok_or_else(Failure::invalid_argument)?;
    stream.with_dependent_mut(|_, running| running.update(request.long()))?;
    Ok(Vec::new())
}

/// The digest; or, for a verification by the key, a record. The stream is over, also when this fails.
pub(crate) fn finish(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let stream = border.streams.place(request)?.take();
    let over = Running::Digest(Sha256::new());
    stream
        .ok_or_else(Failure::invalid_argument)?
        .with_dependent_mut(|_, running| core::mem::replace(running, over).finish(border, request))
}

/// Gives the memory back without a result.
pub(crate) fn free(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    *border.streams.place(request)? = None;
    Ok(Vec::new())
}

fn start(border: &mut Border, request: &Request<'_>, kind: Kind) -> Result<Vec<u8>> {
    let started = started(request, kind)?;
    border.streams.add(started)
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

    fn finish(self, border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Digest(hash) => Ok(owned(&hash.finish())),
            Self::CosePrepare(digest) => Ok(owned(digest.finish()?.digest())),
            Self::JwsPrepare(digest) => Ok(owned(digest.finish().digest())),
            Self::CoseVerify(verifier) => {
                cose::put_verified(&verifier.finish(border.key(request)?.verifier())?, Record::default())
            }
            Self::JwsVerify(verifier) => {
                jws::put_verified(&verifier.finish(border.key(request)?.verifier())?, Record::default())
            }
        }
    }
}
