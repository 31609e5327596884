//! What went wrong, on its way to JavaScript.

use splitsign_core::{Code, Error};

/// An error of the core, or what the core would say of something that only this binding sees.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    at: u32,
}

impl Failure {
    pub(crate) fn of(code: Code) -> Self {
        Self { code, at: 0 }
    }

    /// An argument that `js/` should not have let through.
    pub(crate) fn invalid_argument() -> Self {
        Self::of(Code::InvalidArgument)
    }

    /// An object of `bytes` bytes, for which a 32-bit memory has no room.
    pub(crate) fn too_large(bytes: u64) -> Self {
        Self { code: Code::LimitExceeded, at: u32::try_from(bytes).unwrap_or(u32::MAX) }
    }

    /// One number: `code × 2³² + at`. Codes have 16 bits and offsets 32, so it is exact.
    pub(crate) fn number(&self) -> f64 {
        f64::from(self.code.number()) * 4_294_967_296.0 + f64::from(self.at)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.code(), at: error.at() }
    }
}

/// `Result` of what JavaScript calls.
pub(crate) type Result<T> = core::result::Result<T, Failure>;
