//! Memory of the caller that is given out from its front.

use splitsign_core::Code;
use splitsign_core::encoding::JsonString;
use splitsign_core::sink::{Encode as _, SliceSink};

use crate::memory::splitsign_bytes;
use crate::outcome::{Failure, Result, output_too_small};

/// What is left of it, and how much would have been enough from the start.
pub(crate) struct Work<'a> {
    left: &'a mut [u8],
    enough: usize,
}

impl<'a> Work<'a> {
    pub(crate) fn new(memory: &'a mut [u8], enough: usize) -> Self {
        Self { left: memory, enough }
    }

    /// Gives out what `write` uses, if it writes anything at all.
    pub(crate) fn take_if(
        &mut self,
        write: impl FnOnce(&mut [u8]) -> splitsign_core::Result<Option<usize>>,
    ) -> Result<Option<splitsign_bytes>> {
        let left = core::mem::take(&mut self.left);
        let used = match write(left) {
            Ok(Some(used)) => used,
            Ok(None) => {
                self.left = left;
                return Ok(None);
            }
            Err(error) if error.is(Code::OutputTooSmall) => return Err(output_too_small(self.enough)),
            Err(error) => return Err(Failure::from(error)),
        };
        let (taken, left) = left.split_at_mut_checked(used).ok_or_else(|| output_too_small(self.enough))?;
        self.left = left;
        Ok(Some(splitsign_bytes::of(taken)))
    }

    /// Gives out what `write` returns, the front of what it is given.
    pub(crate) fn take(
        &mut self,
        write: impl FnOnce(&mut [u8]) -> splitsign_core::Result<&[u8]>,
    ) -> Result<splitsign_bytes> {
        let taken = self.take_if(|out| write(out).map(|used| Some(used.len())))?;
        Ok(taken.unwrap_or(splitsign_bytes::ABSENT))
    }

    /// A text without its escapes, if there is one.
    pub(crate) fn text(&mut self, text: Option<JsonString<'_>>) -> Result<splitsign_bytes> {
        let Some(text) = text else { return Ok(splitsign_bytes::ABSENT) };
        let enough = self.enough;
        let left = core::mem::take(&mut self.left);
        let mut sink = SliceSink::new(left);
        text.encode(&mut sink);
        let length = usize::try_from(text.encoded_len()).unwrap_or(usize::MAX);
        if sink.finish().is_none() {
            return Err(output_too_small(enough));
        }
        let (taken, left) = left.split_at_mut_checked(length).ok_or_else(|| output_too_small(enough))?;
        self.left = left;
        Ok(splitsign_bytes::of(taken))
    }
}
