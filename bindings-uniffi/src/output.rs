//! Memory for what the core writes.

use splitsign_core::{Code, Error, limits};

use crate::{Result, SplitsignError};

/// What a part of the core writes into a buffer: it returns what it used.
pub(crate) type Write<'f> = dyn for<'o> Fn(&'o mut [u8]) -> core::result::Result<&'o [u8], Error> + 'f;

/// The bytes that `write` writes, of which there are at most `bytes`.
pub(crate) fn written(bytes: u64, write: &Write<'_>) -> Result<Vec<u8>> {
    let mut out = zeroed(bytes)?;
    let used = write(&mut out)?.len();
    out.truncate(used);
    Ok(out)
}

/// The bytes that `write` writes, which says how many they are when it is given no room.
pub(crate) fn asked(write: &Write<'_>) -> Result<Vec<u8>> {
    match write(&mut []) {
        Ok(_) => Ok(Vec::new()),
        Err(error) if error.is(Code::OutputTooSmall) => written(u64::from(error.at()), write),
        Err(error) => Err(error.into()),
    }
}

/// What the core writes as text.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String> {
    // Compact JWS are ASCII, and JSON is made of strings: only a fault in the core could lead here.
    String::from_utf8(bytes).map_err(|_| SplitsignError::of(Code::InvalidArgument))
}

/// So many zeros; an error rather than the end of the program where there is no memory for them, or where they are more
/// than what crosses the border: its lengths have 31 bits.
pub(crate) fn zeroed(bytes: u64) -> Result<Vec<u8>> {
    let too_large = || SplitsignError::of(Code::LimitExceeded);
    let length = usize::try_from(bytes).ok().filter(|length| *length <= limits::OBJECT_BYTES).ok_or_else(too_large)?;
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| too_large())?;
    out.resize(length, 0);
    Ok(out)
}
