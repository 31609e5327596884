//! Where encoders write: a buffer, a digest or a mere count, always through the same function.

use crate::error::{Error, Result};

/// Takes bytes. Writing cannot fail: what can be too small is measured with [`Length`] first.
pub trait Sink {
    /// Takes `bytes`, after all that came before.
    fn put(&mut self, bytes: &[u8]);
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn put(&mut self, bytes: &[u8]) {
        (**self).put(bytes);
    }
}

/// Counts bytes and forgets them.
#[derive(Clone, Copy, Default, Debug)]
pub struct Length(u64);

impl Length {
    /// How many bytes came by so far.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl Sink for Length {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len() as u64);
    }
}

/// Writes into a slice. Bytes beyond its end are dropped and remembered as an overflow.
#[derive(Debug)]
pub struct SliceSink<'o> {
    out: &'o mut [u8],
    used: usize,
    overflow: bool,
}

impl<'o> SliceSink<'o> {
    /// Starts at the beginning of `out`.
    #[must_use]
    pub fn new(out: &'o mut [u8]) -> Self {
        Self { out, used: 0, overflow: false }
    }

    /// The used prefix; `None` if something did not fit.
    #[must_use]
    pub fn finish(self) -> Option<&'o [u8]> {
        if self.overflow { None } else { self.out.get(..self.used) }
    }
}

impl Sink for SliceSink<'_> {
    fn put(&mut self, bytes: &[u8]) {
        // In this form the compiler sees that both have the same length.
        match self.out.get_mut(self.used..).and_then(|rest| rest.get_mut(..bytes.len())) {
            Some(room) if !self.overflow => {
                room.copy_from_slice(bytes);
                self.used = self.used.saturating_add(bytes.len());
            }
            _ => self.overflow = true,
        }
    }
}

/// Something with exactly one encoding, written by exactly one function: bytes, length and digest cannot disagree.
pub trait Encode {
    /// Writes the encoding into `sink`.
    fn encode(&self, sink: &mut dyn Sink);

    /// The length of the encoding in bytes.
    fn encoded_len(&self) -> u64 {
        let mut length = Length::default();
        self.encode(&mut length);
        length.bytes()
    }

    /// Writes the encoding to the front of `out` and returns that prefix. Nothing is written if it does not fit.
    ///
    /// # Errors
    /// [`OutputTooSmall`](crate::Code::OutputTooSmall) with the size needed.
    fn encode_into<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        let needed = self.encoded_len();
        let too_small = Error::output_too_small(needed);
        if needed > out.len() as u64 {
            return Err(too_small);
        }
        let mut sink = SliceSink::new(out);
        self.encode(&mut sink);
        sink.finish().ok_or(too_small)
    }
}

/// Raw bytes encode as themselves.
impl Encode for [u8] {
    fn encode(&self, sink: &mut dyn Sink) {
        sink.put(self);
    }
}

#[cfg(test)]
mod tests {
    use super::{Encode, Sink, SliceSink};
    use crate::Code;

    #[test]
    fn too_small_says_how_much_and_writes_nothing() {
        let mut out = [0xaa; 3];
        let error = b"four".encode_into(&mut out).unwrap_err();
        assert_eq!((error.code(), error.at()), (Code::OutputTooSmall, 4));
        assert_eq!(out, [0xaa; 3]);
    }

    #[test]
    fn overflow_is_remembered() {
        let mut out = [0; 4];
        let mut sink = SliceSink::new(&mut out);
        sink.put(b"abc");
        sink.put(b"de");
        sink.put(b"f");
        assert_eq!(sink.finish(), None);
    }
}
