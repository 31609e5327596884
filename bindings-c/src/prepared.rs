//! Keys that verify many signatures.

use splitsign_core::ecdsa::{PreparedKey, TablePoint};

use crate::context;
use crate::key::{key_of, splitsign_key};
use crate::memory::Room;
use crate::outcome::{Result, invalid_argument, returned};

/// One point of a table, in the caller's memory: 64 bytes, aligned to 64.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct splitsign_table_point {
    /// Not to be touched.
    pub opaque: [u64; 8],
}

/// A key with a table of its multiples, in the caller's memory. Start it with `splitsign_prepared_key_init`; it needs no end.
///
/// It points to the table: neither may be moved or written while it is used. Any number of threads may verify with one.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_prepared_key {
    /// Not to be touched.
    pub opaque: [u64; 32],
}

pub(crate) type Prepared = PreparedKey<'static, &'static mut [TablePoint]>;

const _: () = assert!(size_of::<TablePoint>() == size_of::<splitsign_table_point>());
const _: () = assert!(align_of::<TablePoint>() <= align_of::<splitsign_table_point>());

/// Fills a table for a key that verifies many signatures, which takes as long as two to twelve verifications. 128 points, 8 KiB,
/// make a verification about three times as fast; more make it faster still, up to 4096 points. Two are the least.
///
/// `table` must be aligned as its type says, and stay until the prepared key is not used any more.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many **bytes** the table must have; `SPLITSIGN_KEY_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_prepared_key_init(
    prepared: *mut splitsign_prepared_key,
    key: *const splitsign_key,
    table: *mut splitsign_table_point,
    table_points: usize,
    at: *mut u32,
) -> i32 {
    let run = || -> Result<()> {
        let key = key_of(key)?;
        let size = table_points.saturating_mul(size_of::<splitsign_table_point>());
        Room::new(table.cast(), size).apart_from_item(prepared)?;
        let memory = table_of(table, table_points)?;
        context::start::<splitsign_prepared_key, Prepared>(prepared, PreparedKey::new(&key, memory)?)
    };
    returned(run(), at)
}

fn table_of<'a>(table: *mut splitsign_table_point, points: usize) -> Result<&'a mut [TablePoint]> {
    let fits = points.checked_mul(size_of::<TablePoint>()).is_some_and(|bytes| isize::try_from(bytes).is_ok());
    if table.is_null() || !table.is_aligned() || !fits {
        return if table.is_null() && points == 0 { Ok(&mut []) } else { Err(invalid_argument()) };
    }
    let first = table.cast::<TablePoint>();
    for index in 0..points {
        // SAFETY: not null, aligned, of a size that memory has; that it is the caller's is his word.
        unsafe { first.add(index).write(TablePoint::EMPTY) };
    }
    // SAFETY: as above, and all points were written.
    Ok(unsafe { core::slice::from_raw_parts_mut(first, points) })
}
