//! Pointers of C: what is believed of them, and what is checked.
//!
//! Believed: a pointer that is not null points to as many bytes as its length says, which nobody else writes meanwhile.
//! Checked: null, lengths that no memory has, and results that lie over what is read.

use core::ops::Range;

use splitsign_core::digest::Sha256Digest;

use crate::outcome::{Result, invalid_argument};

/// Bytes of the caller: read while the call lasts, never written, never freed.
///
/// `data` NULL with `len` 0 is *absent*. `data` that is not NULL with `len` 0 is *present and empty*. `data` NULL with any
/// other `len` is refused.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct splitsign_bytes {
    /// The first byte.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

impl core::fmt::Debug for splitsign_bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "splitsign_bytes({:p}, {})", self.data, self.len)
    }
}

impl splitsign_bytes {
    pub(crate) const ABSENT: Self = Self { data: core::ptr::null(), len: 0 };

    /// The bytes; `None`, if they are absent.
    pub(crate) fn optional<'a>(self) -> Result<Option<&'a [u8]>> {
        match (self.data.is_null(), self.len) {
            (true, 0) => Ok(None),
            (false, len) if isize::try_from(len).is_ok() => {
                // SAFETY: not null; that so many bytes are there, and stay as they are, is what the caller vouches for.
                Ok(Some(unsafe { core::slice::from_raw_parts(self.data, len) }))
            }
            (true | false, _) => Err(invalid_argument()),
        }
    }

    /// The bytes; none, if they are absent.
    pub(crate) fn bytes<'a>(self) -> Result<&'a [u8]> {
        Ok(self.optional()?.unwrap_or_default())
    }

    /// The bytes as text, if they are present.
    pub(crate) fn text<'a>(self) -> Result<Option<&'a str>> {
        self.optional()?.map(core::str::from_utf8).transpose().map_err(|_| invalid_argument())
    }

    /// What C sees of bytes; present, also where they are empty.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// What C sees of bytes that may be absent.
    pub(crate) fn of_optional(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self::ABSENT, Self::of)
    }

    fn addresses(self) -> Range<usize> {
        addresses(self.data, self.len)
    }
}

fn addresses<T>(start: *const T, len: usize) -> Range<usize> {
    start.addr()..start.addr().saturating_add(len.saturating_mul(size_of::<T>()))
}

/// What a pointer of C points to.
///
/// The lifetime is the caller's to keep: nothing here holds it longer than the call, but contexts, whose documentation
/// says so.
pub(crate) fn read<'a, T>(pointer: *const T) -> Result<&'a T> {
    // SAFETY: if it is neither null nor misaligned, the caller vouches for what it points to.
    if pointer.is_aligned() {
        unsafe { pointer.as_ref() }.ok_or_else(invalid_argument)
    } else {
        Err(invalid_argument())
    }
}

/// Where a result goes.
pub(crate) fn write<'a, T>(pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: as in `read`; only integers and views are written through it, for which all bytes are valid.
    if pointer.is_aligned() {
        unsafe { pointer.as_mut() }.ok_or_else(invalid_argument)
    } else {
        Err(invalid_argument())
    }
}

/// Items in a row.
pub(crate) fn items<'a, T>(pointer: *const T, len: usize) -> Result<&'a [T]> {
    let fits = len.checked_mul(size_of::<T>()).is_some_and(|bytes| isize::try_from(bytes).is_ok());
    match (pointer.is_null(), len) {
        (true, 0) => Ok(&[]),
        // SAFETY: not null, aligned, of a size that memory has; the rest is the caller's word.
        (false, _) if pointer.is_aligned() && fits => Ok(unsafe { core::slice::from_raw_parts(pointer, len) }),
        (true | false, _) => Err(invalid_argument()),
    }
}

/// Room for a result, and the places that must not lie over it.
pub(crate) struct Room {
    start: *mut u8,
    len: usize,
}

impl Room {
    pub(crate) fn new(start: *mut u8, len: usize) -> Self {
        Self { start, len }
    }

    /// Fails, if the room lies over bytes that are read.
    pub(crate) fn apart_from(self, read: &[splitsign_bytes]) -> Result<Self> {
        let own = addresses(self.start, self.len);
        let over = |other: Range<usize>| own.start < other.end && other.start < own.end;
        if read.iter().any(|bytes| over(bytes.addresses())) { Err(invalid_argument()) } else { Ok(self) }
    }

    /// Fails, if the room lies over something that is read.
    pub(crate) fn apart_from_item<T>(self, read: *const T) -> Result<Self> {
        let bytes = splitsign_bytes { data: read.cast(), len: size_of::<T>() };
        self.apart_from(&[bytes])
    }

    /// Fails, if the room lies over views in a row, or over what they show.
    pub(crate) fn apart_from_list(self, first: *const splitsign_bytes, len: usize) -> Result<Self> {
        let views = splitsign_bytes { data: first.cast(), len: len.saturating_mul(size_of::<splitsign_bytes>()) };
        self.apart_from(&[views])?.apart_from(items(first, len)?)
    }

    /// The room. No room is room for nothing.
    pub(crate) fn bytes<'a>(self) -> Result<&'a mut [u8]> {
        match (self.start.is_null(), self.len) {
            (true, 0) => Ok(&mut []),
            (false, len) if isize::try_from(len).is_ok() => {
                // SAFETY: not null, and apart from what is read; that it is there, and is not used meanwhile, is the
                // caller's word. It is written before it is read.
                Ok(unsafe { core::slice::from_raw_parts_mut(self.start, len) })
            }
            (true | false, _) => Err(invalid_argument()),
        }
    }
}

/// Where a result goes that has views of what is read, over which it must not lie.
pub(crate) fn write_apart<'a, T>(result: *mut T, read: &[splitsign_bytes]) -> Result<&'a mut T> {
    Room::new(result.cast(), size_of::<T>()).apart_from(read)?;
    write(result)
}

/// Thirty-two bytes of the caller, to be written.
pub(crate) fn put_digest(out: *mut u8, digest: &Sha256Digest) -> Result<()> {
    put(out, digest.as_bytes())
}

/// As many bytes as there are, to where the caller says.
pub(crate) fn put(out: *mut u8, bytes: &[u8]) -> Result<()> {
    if out.is_null() {
        return Err(invalid_argument());
    }
    // SAFETY: not null; that there is room for so many bytes is the caller's word. `copy`, as what is read may be there.
    unsafe { core::ptr::copy(bytes.as_ptr(), out, bytes.len()) };
    Ok(())
}
