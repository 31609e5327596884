//! The one error: what went wrong, where, and what to do.

use core::fmt;

use splitsign_core::{Code, Error};

/// Why something was refused.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Error)]
pub enum SplitsignError {
    /// The one kind there is: the code says which rule was broken.
    Refused {
        /// The stable name of the code, to compare with.
        code: String,
        /// Its number: the same in every language, never reused.
        number: u16,
        /// The offset in bytes, where a byte is at fault.
        at: Option<u32>,
        /// What is wrong, in a sentence.
        what: String,
        /// What to do about it, as an imperative without a full stop.
        remedy: String,
    },
}

/// `Result` of everything here.
pub type Result<T> = core::result::Result<T, SplitsignError>;

impl SplitsignError {
    /// A code of the core for something that only a binding sees.
    pub(crate) fn of(code: Code) -> Self {
        Self::refused(code.name(), code.number(), None, code.what(), code.remedy())
    }

    /// A stream that has given its result, or never will.
    pub(crate) fn stream_finished() -> Self {
        Self::refused("stream_finished", 3004, None, "The stream is finished.", "start another one")
    }

    /// A stream that refused something before.
    pub(crate) fn stream_failed() -> Self {
        let what = "The stream failed at an earlier update.";
        Self::refused("stream_failed", 3006, None, what, "start another one, from the first byte")
    }

    fn refused(code: &str, number: u16, at: Option<u32>, what: &str, remedy: &str) -> Self {
        Self::Refused { code: code.to_owned(), number, at, what: what.to_owned(), remedy: remedy.to_owned() }
    }
}

impl From<Error> for SplitsignError {
    fn from(error: Error) -> Self {
        let code = error.code();
        Self::refused(code.name(), code.number(), Some(error.at()), code.what(), code.remedy())
    }
}

impl fmt::Display for SplitsignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Refused { code, number, at, what, remedy } = self;
        let at = at.map_or_else(String::new, |at| format!(" at byte {at}"));
        write!(f, "{code} ({number}){at}: {}; {remedy}", what.trim_end_matches('.'))
    }
}

impl core::error::Error for SplitsignError {}
