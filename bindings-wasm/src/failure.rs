//! Errors on their way to JavaScript: what failed returns nothing, and why is asked for with [`failure`].
//!
//! To throw would need the table of JavaScript values, which nothing else here needs.

use core::sync::atomic::{AtomicU16, AtomicU32, Ordering};

use splitsign_core::{Code, Error};
use wasm_bindgen::prelude::wasm_bindgen;

/// The last one. There is one thread, and JavaScript asks at once.
static CODE: AtomicU16 = AtomicU16::new(0);
static AT: AtomicU32 = AtomicU32::new(0);

/// Why the call before failed: `code × 2³² + at`. Codes have 16 bits and offsets 32, so it is exact.
#[wasm_bindgen]
#[must_use]
pub fn failure() -> f64 {
    f64::from(CODE.load(Ordering::Relaxed)) * 4_294_967_296.0 + f64::from(AT.load(Ordering::Relaxed))
}

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
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.code(), at: error.at() }
    }
}

/// `Result` of what JavaScript calls.
pub(crate) type Result<T> = core::result::Result<T, Failure>;

/// What JavaScript gets: nothing for a failure, which is kept until it asks.
pub(crate) fn kept<T>(result: Result<T>) -> Option<T> {
    result
        .inspect_err(|Failure { code, at }| {
            CODE.store(code.number(), Ordering::Relaxed);
            AT.store(*at, Ordering::Relaxed);
        })
        .ok()
}
