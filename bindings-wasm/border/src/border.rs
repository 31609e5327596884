//! What lives on this side beyond one call.

use core::fmt;

use splitsign_core::ecdsa::GeneratorTable;

use crate::failure::Result;
use crate::record::Tag;
use crate::request::Request;
use crate::stream::Streams;
use crate::verifiers::{Chosen, Verifiers};

/// The core for one JavaScript program: the streams that it has in progress and the keys that it used last. Programs
/// that run beside each other, as the worker threads of Node do, have one each.
pub struct Border {
    pub(crate) streams: Streams,
    pub(crate) verifiers: Verifiers,
}

impl Border {
    /// For a program that must be small: a table of the generator is computed when it pays, and never given back.
    #[must_use]
    pub const fn small() -> Self {
        Self::with(None)
    }

    /// For a program that many threads share: the table of the generator is in read-only memory.
    #[cfg(feature = "large-generator-table")]
    #[must_use]
    pub const fn fast() -> Self {
        Self::with(Some(GeneratorTable::BUILT_IN))
    }

    const fn with(generator: Option<GeneratorTable<'static>>) -> Self {
        Self { streams: Streams::new(), verifiers: Verifiers::new(generator) }
    }

    /// The key that was asked for, ready to verify.
    pub(crate) fn key(&mut self, request: &Request<'_>) -> Result<Chosen<'_>> {
        self.verifiers.chosen(request.bytes(Tag::Key))
    }
}

impl fmt::Debug for Border {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Border")
    }
}
