//! What went wrong, on its way to JavaScript.

use core::num::NonZeroU64;

use splitsign_core::{Code, Error};

/// An error of the core, or what the core would say of something that only this binding sees.
#[derive(Debug)]
pub struct Failure(
    /// As the core has it: `code × 2³² + at`.
    NonZeroU64,
);

impl Failure {
    pub(crate) fn of(code: Code) -> Self {
        Self::packed(code, 0)
    }

    /// An argument that `js/` should not have let through.
    #[must_use]
    pub fn invalid_argument() -> Self {
        Self::of(Code::InvalidArgument)
    }

    /// An object of `bytes` bytes, for which there is no room.
    pub(crate) fn too_large(bytes: u64) -> Self {
        Self::packed(Code::LimitExceeded, bytes.min(u64::from(u32::MAX)))
    }

    fn packed(code: Code, at: u64) -> Self {
        // No code is zero.
        Self(NonZeroU64::new(u64::from(code.number()) << 32 | at).unwrap_or(NonZeroU64::MIN))
    }

    /// As JavaScript has it. Codes have 16 bits and offsets 32, so it is exact.
    #[must_use]
    pub fn number(&self) -> f64 {
        self.0.get() as f64
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.number())
    }
}

/// `Result` of what JavaScript calls.
pub type Result<T> = core::result::Result<T, Failure>;
