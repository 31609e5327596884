//! Several parameters or results as one: `{ tag: u8, length: u32 little-endian, bytes }*`, as in `js/record.js`.

use alloc::vec::Vec;

use splitsign_core::sink::{Encode, Sink};

use crate::failure::{Failure, Result};

/// What a field holds. The numbers are those of `js/record.js`.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Tag {
    /// The payload.
    Payload = 1,
    /// Where in the object the payload is: offset and length, two numbers.
    PayloadRange = 2,
    /// `kid`, `keyid`.
    KeyId = 3,
    /// `typ` of a JWS, `payloadType` of an envelope.
    Type = 4,
    /// A media type.
    ContentType = 5,
    /// A number of the CoAP Content-Formats registry.
    CoapFormat = 6,
    /// One certificate; as many fields as there are, leaf first.
    Certificate = 7,
    /// There, and empty, if the payload is detached.
    Detached = 8,
    /// A signature without a key id.
    NoKeyId = 9,
    /// Bytes that are signed and not carried.
    ExternalAad = 10,
    /// A chain, packed by `js/chain.js`.
    Chain = 11,
    /// The length of a payload that comes in pieces.
    Length = 12,
    /// The digest that was signed.
    Digest = 13,
    /// The raw signature.
    Signature = 14,
    /// The key, in 65 bytes.
    Key = 15,
    /// The object, where the payload is beside it.
    Object = 16,
    /// The stream that is meant.
    Stream = 17,
}

/// The first field of `record` with that tag.
pub(crate) fn field(mut record: &[u8], tag: Tag) -> Option<&[u8]> {
    loop {
        let ([found, length @ ..], rest) = record.split_first_chunk::<5>()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        if *found == tag as u8 {
            return Some(value);
        }
        record = rest;
    }
}

/// A record being written.
#[derive(Default)]
pub(crate) struct Record(Vec<u8>);

impl Record {
    /// Adds a field.
    pub(crate) fn put(&mut self, tag: Tag, value: &(impl Encode + ?Sized)) -> Result<()> {
        self.head(tag, value.encoded_len())?;
        value.encode(self);
        Ok(())
    }

    /// Says where in `object` the payload lies, so that it need not travel.
    pub(crate) fn put_range(&mut self, object: &[u8], payload: &[u8]) -> Result<()> {
        let outside = Failure::invalid_argument;
        let offset = payload.as_ptr().addr().checked_sub(object.as_ptr().addr()).ok_or_else(outside)?;
        self.head(Tag::PayloadRange, 8)?;
        for number in [offset, payload.len()] {
            Sink::put(self, &u32::try_from(number).map_err(|_| outside())?.to_le_bytes());
        }
        Ok(())
    }

    /// Adds a field of `length` bytes that `write` writes.
    pub(crate) fn put_with<'o>(
        &'o mut self,
        tag: Tag,
        length: u64,
        write: impl FnOnce(&'o mut [u8]) -> splitsign_core::Result<&'o [u8]>,
    ) -> Result<()> {
        let length = self.head(tag, length)?;
        let start = self.0.len();
        self.0.resize(start + length, 0);
        write(self.0.get_mut(start..).unwrap_or_default())?;
        Ok(())
    }

    fn head(&mut self, tag: Tag, length: u64) -> Result<usize> {
        let too_large = || Failure::too_large(length);
        let short = u32::try_from(length).map_err(|_| too_large())?;
        let length = usize::try_from(length).map_err(|_| too_large())?;
        // Exact: what a payload needs must not be rounded up to the next power of two.
        self.0.try_reserve_exact(length.saturating_add(5)).map_err(|_| too_large())?;
        self.0.push(tag as u8);
        self.0.extend_from_slice(&short.to_le_bytes());
        Ok(length)
    }

    /// The finished record.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Sink for Record {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// A buffer of `length` bytes, or an error where there is no room.
pub(crate) fn buffer(length: u64) -> Result<Vec<u8>> {
    let too_large = || Failure::too_large(length);
    let bytes = usize::try_from(length).map_err(|_| too_large())?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).map_err(|_| too_large())?;
    buffer.resize(bytes, 0);
    Ok(buffer)
}
