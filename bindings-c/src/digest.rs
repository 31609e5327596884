//! SHA-256.

use splitsign_core::digest::Sha256;

use crate::context;
use crate::memory::{put_digest, splitsign_bytes, write};
use crate::outcome::{Result, returned};

/// A digest in progress, in the caller's memory. Start it with `splitsign_sha256_init`; it needs no end.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_sha256_context {
    /// Not to be touched.
    pub opaque: [u64; 24],
}

type Context = splitsign_sha256_context;

/// SHA-256 (FIPS 180-4) of `data`, written to the 32 bytes at `digest`.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_sha256(data: splitsign_bytes, digest: *mut u8) -> i32 {
    let run = || put_digest(digest, &Sha256::digest(data.bytes()?));
    returned(run(), core::ptr::null_mut())
}

/// Starts a digest. What was in the context before is forgotten.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_sha256_init(context: *mut splitsign_sha256_context) -> i32 {
    returned(context::start::<Context, Sha256>(context, Sha256::new()), core::ptr::null_mut())
}

/// Takes the next bytes.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`, also for a context that was not started, is finished, or was moved.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_sha256_update(context: *mut splitsign_sha256_context, data: splitsign_bytes) -> i32 {
    let run = || -> Result<()> {
        let bytes = data.bytes()?;
        context::started::<Context, Sha256>(context)?.update(bytes);
        Ok(())
    };
    returned(run(), core::ptr::null_mut())
}

/// Writes the digest of all that was taken to the 32 bytes at `digest`. The context can be started anew.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_sha256_finish(context: *mut splitsign_sha256_context, digest: *mut u8) -> i32 {
    let run = || {
        // Looked at first, so that nothing is over when there is no place for the result.
        write(digest)?;
        put_digest(digest, &context::finish::<Context, Sha256>(context)?.finish())
    };
    returned(run(), core::ptr::null_mut())
}
