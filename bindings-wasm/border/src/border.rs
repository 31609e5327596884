//! What lives on this side beyond one call.

use core::fmt;

use crate::failure::Result;
use crate::record::Tag;
use crate::request::Request;
use crate::stream::Streams;
use crate::verifiers::{Chosen, Verifiers};

/// The core for one JavaScript program: the streams that it has in progress and the keys that it used last. Programs
/// that run beside each other, as the worker threads of Node do, have one each.
#[derive(Default)]
pub struct Border {
    pub(crate) streams: Streams,
    pub(crate) verifiers: Verifiers,
}

impl Border {
    /// Without streams and keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { streams: Streams::new(), verifiers: Verifiers::new() }
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
