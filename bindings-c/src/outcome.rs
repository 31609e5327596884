//! How a call ends: a code, and where.

use splitsign_core::{Code, Error};

/// A code and an offset. The core makes its errors itself; what only this border sees has no offset.
#[derive(Clone, Copy)]
pub(crate) struct Failure {
    code: Code,
    at: u32,
}

pub(crate) type Result<T> = core::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.code(), at: error.at() }
    }
}

/// A pointer that is null, a number that is not known, a result over what is read.
pub(crate) fn invalid_argument() -> Failure {
    Failure { code: Code::InvalidArgument, at: 0 }
}

/// Too little room; `needed` bytes are enough.
pub(crate) fn output_too_small(needed: usize) -> Failure {
    Failure { code: Code::OutputTooSmall, at: u32::try_from(needed).unwrap_or(u32::MAX) }
}

/// The number for C, and the offset to where C wants it.
pub(crate) fn returned(result: Result<()>, at: *mut u32) -> i32 {
    let (number, offset) = match result {
        Ok(()) => (0, 0),
        Err(failure) => (i32::from(failure.code.number()), failure.at),
    };
    // Whoever does not want to know gives NULL.
    if let Ok(place) = crate::memory::write(at) {
        *place = offset;
    }
    number
}
