//! CBOR (RFC 8949), as far as COSE needs it: definite lengths, shortest heads, no floating point of our own.
//!
//! ```abnf
//! item = head [content]      ; head: 3 bits major type, 5 bits argument, or 1, 2, 4, 8 bytes that follow
//! ```

use heapless::Vec;

use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::Sink;

/// The eight major types (RFC 8949, 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Major {
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Tag,
    Simple,
}

/// `null`, in its only encoding.
pub(crate) const NULL: u8 = 0xf6;

/// The start of an item: its type, its argument, and where it stood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) major: Major,
    pub(crate) argument: u64,
    pub(crate) at: usize,
}

/// A header label (RFC 9052, 1.5): an integer or text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Label<'a> {
    Unsigned(u64),
    /// The value is `-1 - argument`.
    Negative(u64),
    Text(&'a str),
}

/// The labels of one header or key that were read so far.
#[derive(Default)]
pub(crate) struct Labels<'a>(Vec<Label<'a>, { limits::COSE_LABELS }>);

impl<'a> Labels<'a> {
    /// Reads the next label, which must be another one than all before: else `repeated` is wrong.
    pub(crate) fn read(&mut self, reader: &mut Reader<'a>, repeated: Code) -> Result<Label<'a>> {
        let at = reader.at();
        let label = reader.label()?;
        if self.contains(&label) {
            return Err(Error::new(repeated, at));
        }
        self.0.push(label).map_err(|_| Error::new(Code::LimitExceeded, at))?;
        Ok(label)
    }

    pub(crate) fn contains(&self, label: &Label<'_>) -> bool {
        self.0.contains(label)
    }
}

/// Reads items from the front of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    /// Where `input` starts within the object that the caller sees; added to every offset.
    base: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self::within(input, 0)
    }

    /// A reader over a part of an object: errors count from the start of the object.
    pub(crate) fn within(input: &'a [u8], base: usize) -> Self {
        Self { input, at: 0, base }
    }

    /// The offset of the next byte, in the object.
    pub(crate) fn at(&self) -> usize {
        self.base.saturating_add(self.at)
    }

    fn error(&self, code: Code) -> Error {
        Error::new(code, self.at())
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let truncated = Error::new(Code::CborTruncated, self.base.saturating_add(self.input.len()));
        let length = usize::try_from(length).map_err(|_| truncated)?;
        let end = self.at.checked_add(length).ok_or(truncated)?;
        let taken = self.input.get(self.at..end).ok_or(truncated)?;
        self.at = end;
        Ok(taken)
    }

    /// The next head. Refuses indefinite lengths, reserved values and arguments longer than necessary.
    pub(crate) fn head(&mut self) -> Result<Head> {
        let at = self.at();
        let initial = self.take(1)?.first().copied().unwrap_or(0);
        let major = match initial >> 5 {
            0 => Major::Unsigned,
            1 => Major::Negative,
            2 => Major::Bytes,
            3 => Major::Text,
            4 => Major::Array,
            5 => Major::Map,
            6 => Major::Tag,
            _ => Major::Simple,
        };
        let (width, least) = match initial & 0x1f {
            direct @ 0..24 => return Ok(Head { major, argument: u64::from(direct), at }),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            31 if !matches!(major, Major::Unsigned | Major::Negative | Major::Tag) => {
                return Err(Error::new(Code::CborIndefiniteLength, at));
            }
            _ => return Err(Error::new(Code::CborReserved, at)),
        };
        let argument = self.take(width)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        match major {
            // Simple values below 32 have no second byte; 25 to 27 are floating point, whose width is its meaning.
            Major::Simple if width == 1 && argument < 32 => Err(Error::new(Code::CborReserved, at)),
            Major::Simple => Ok(Head { major, argument, at }),
            _ if argument < least => Err(Error::new(Code::CborNonMinimal, at)),
            _ => Ok(Head { major, argument, at }),
        }
    }

    fn expect(&mut self, major: Major) -> Result<u64> {
        let head = self.head()?;
        if head.major == major { Ok(head.argument) } else { Err(Error::new(Code::CborUnexpectedType, head.at)) }
    }

    /// The initial byte of the next item, which stays unread.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    pub(crate) fn array(&mut self) -> Result<u64> {
        self.expect(Major::Array)
    }

    pub(crate) fn map(&mut self) -> Result<u64> {
        self.expect(Major::Map)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.expect(Major::Bytes)?;
        self.take(length)
    }

    fn text_of(&mut self, head: Head) -> Result<&'a str> {
        let start = self.at();
        let bytes = self.take(head.argument)?;
        core::str::from_utf8(bytes)
            .map_err(|e| Error::new(Code::CborInvalidUtf8, start.saturating_add(e.valid_up_to())))
    }

    pub(crate) fn label(&mut self) -> Result<Label<'a>> {
        let head = self.head()?;
        match head.major {
            Major::Unsigned => Ok(Label::Unsigned(head.argument)),
            Major::Negative => Ok(Label::Negative(head.argument)),
            Major::Text => Ok(Label::Text(self.text_of(head)?)),
            _ => Err(Error::new(Code::CborUnexpectedType, head.at)),
        }
    }

    /// Steps over one item of any type and checks that it is well-formed. Equal keys of nested maps are not looked for.
    pub(crate) fn skip(&mut self) -> Result<()> {
        // How many items are still to come at each level that is open.
        let mut open: Vec<u64, { limits::CBOR_DEPTH }> = Vec::new();
        loop {
            let head = self.head()?;
            let children = match head.major {
                Major::Unsigned | Major::Negative | Major::Simple => 0,
                Major::Bytes => {
                    self.take(head.argument)?;
                    0
                }
                Major::Text => {
                    self.text_of(head)?;
                    0
                }
                Major::Array => head.argument,
                Major::Map => {
                    head.argument.checked_mul(2).ok_or(Error::new(Code::CborTruncated, self.base + self.input.len()))?
                }
                Major::Tag => 1,
            };
            if children > 0 {
                open.push(children).map_err(|_| Error::new(Code::CborTooDeep, head.at))?;
                continue;
            }
            loop {
                match open.last_mut() {
                    None => return Ok(()),
                    Some(left) if *left > 1 => {
                        *left -= 1;
                        break;
                    }
                    Some(_) => open.truncate(open.len().saturating_sub(1)),
                }
            }
        }
    }

    /// Refuses anything after the item that was read.
    pub(crate) fn end(&self) -> Result<()> {
        if self.at == self.input.len() { Ok(()) } else { Err(self.error(Code::CborTrailingBytes)) }
    }
}

/// Writes the head of an item, in its shortest form.
pub(crate) fn put_head(sink: &mut dyn Sink, major: Major, argument: u64) {
    let major = (major as u8) << 5;
    let bytes = argument.to_be_bytes();
    let [_, _, _, _, b4, b5, b6, b7] = bytes;
    match argument {
        0..24 => sink.put(&[major | b7]),
        24..0x100 => sink.put(&[major | 24, b7]),
        0x100..0x1_0000 => sink.put(&[major | 25, b6, b7]),
        0x1_0000..0x1_0000_0000 => sink.put(&[major | 26, b4, b5, b6, b7]),
        _ => {
            sink.put(&[major | 27]);
            sink.put(&bytes);
        }
    }
}

pub(crate) fn put_bytes(sink: &mut dyn Sink, bytes: &[u8]) {
    put_head(sink, Major::Bytes, bytes.len() as u64);
    sink.put(bytes);
}

pub(crate) fn put_text(sink: &mut dyn Sink, text: &str) {
    put_head(sink, Major::Text, text.len() as u64);
    sink.put(text.as_bytes());
}

/// Writes an integer of either sign.
pub(crate) fn put_int(sink: &mut dyn Sink, value: i64) {
    match u64::try_from(value) {
        Ok(value) => put_head(sink, Major::Unsigned, value),
        // -1 - value, which is what two's complement calls `not`.
        Err(_) => put_head(sink, Major::Negative, u64::from_ne_bytes((!value).to_ne_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Major, Reader, put_head};
    use crate::Code;
    use crate::sink::SliceSink;

    fn skip(bytes: &[u8]) -> Result<(), (Code, u32)> {
        let mut reader = Reader::new(bytes);
        reader.skip().and_then(|()| reader.end()).map_err(|e| (e.code(), e.at()))
    }

    #[test]
    fn heads_come_back_at_every_width() {
        for argument in [0, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            let mut out = [0; 9];
            let mut sink = SliceSink::new(&mut out);
            put_head(&mut sink, Major::Tag, argument);
            let bytes = sink.finish().unwrap();
            let head = Reader::new(bytes).head().unwrap();
            assert_eq!((head.major, head.argument), (Major::Tag, argument));
        }
    }

    #[test]
    fn non_minimal_heads_refused() {
        for bytes in
            [&[0x18, 23][..], &[0x59, 0, 255], &[0x1a, 0, 0, 255, 255], &[0xdb, 0, 0, 0, 0, 255, 255, 255, 255, 0]]
        {
            assert_eq!(skip(bytes), Err((Code::CborNonMinimal, 0)), "{bytes:02x?}");
        }
    }

    #[test]
    fn indefinite_lengths_refused() {
        for initial in [0x5f, 0x7f, 0x9f, 0xbf, 0xff] {
            assert_eq!(skip(&[0x81, initial, 0xff]), Err((Code::CborIndefiniteLength, 1)), "{initial:02x}");
        }
    }

    #[test]
    fn reserved_heads_refused() {
        for bytes in [&[0x1c][..], &[0x1f], &[0xfc], &[0xf8, 31], &[0xdf]] {
            assert_eq!(skip(bytes), Err((Code::CborReserved, 0)), "{bytes:02x?}");
        }
    }

    #[test]
    fn truncation_is_reported_at_the_end() {
        for bytes in [&[][..], &[0x19, 1], &[0x43, 1, 2], &[0x82, 1], &[0xa1, 1], &[0xc1]] {
            assert_eq!(skip(bytes), Err((Code::CborTruncated, u32::try_from(bytes.len()).unwrap())), "{bytes:02x?}");
        }
        assert_eq!(skip(&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255]), Err((Code::CborTruncated, 9)));
    }

    #[test]
    fn nests_to_the_limit_and_no_further() {
        assert_eq!(skip(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00]), Ok(()));
        assert_eq!(skip(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00]), Err((Code::CborTooDeep, 8)));
    }

    #[test]
    fn floats_and_simple_values_are_stepped_over() {
        for bytes in [
            &[0xf9, 0x3c, 0][..],
            &[0xfa, 0, 0, 0, 0],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xf8, 32],
            &[0xf6],
            &[0xa2, 1, 0x80, 0x61, b'a', 0xa0],
        ] {
            assert_eq!(skip(bytes), Ok(()), "{bytes:02x?}");
        }
    }

    #[test]
    fn text_must_be_utf8() {
        assert_eq!(skip(&[0x62, b'a', 0xff]), Err((Code::CborInvalidUtf8, 2)));
    }
}
