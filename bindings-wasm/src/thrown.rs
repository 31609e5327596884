//! Errors on their way to JavaScript: one number, which is cheap to make and to throw.

use splitsign_core::{Code, Error};
use wasm_bindgen::JsValue;

/// What every fallible function throws: `code × 2³² + at`. Codes have 16 bits and offsets 32, so it is exact.
pub(crate) struct Thrown(f64);

impl Thrown {
    fn new(code: Code, at: u32) -> Self {
        Self(f64::from(code.number()) * 4_294_967_296.0 + f64::from(at))
    }

    /// What the core would say of something that only this binding sees.
    pub(crate) fn of(code: Code) -> Self {
        Self::new(code, 0)
    }

    /// An argument that `js/` should not have let through.
    pub(crate) fn invalid_argument() -> Self {
        Self::new(Code::InvalidArgument, 0)
    }

    /// An object of `bytes` bytes, for which a 32-bit memory has no room.
    pub(crate) fn too_large(bytes: u64) -> Self {
        Self::new(Code::LimitExceeded, u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

impl From<Error> for Thrown {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.at())
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        Self::from_f64(thrown.0)
    }
}

/// `Result` of what JavaScript calls.
pub(crate) type Result<T> = core::result::Result<T, Thrown>;
