//! A command that failed: what, where, and what to do, on standard error.

use core::error::Error;
use core::fmt::Write as _;
use std::process::ExitCode;

/// Why a command failed, and with which exit code.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    error: Box<dyn Error>,
}

impl Failure {
    /// Something that a command found out by itself.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: 1, error: message.into().into() }
    }

    /// The arguments do not fit together.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, error: message.into().into() }
    }

    /// Something that happened to a file.
    pub(super) fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {what} `{}`: {error}", path.display()))
    }

    pub(super) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Says so, with all causes.
    pub(super) fn report(self) -> ExitCode {
        let mut text = format!("splitsign: {}", self.error);
        let mut cause = self.error.source();
        while let Some(error) = cause {
            write!(text, "\n  because: {error}").expect("writing into a String cannot fail");
            cause = error.source();
        }
        super::output::error_line(&text);
        ExitCode::from(self.code)
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { code: 1, error: Box::new(error) }
    }
}
