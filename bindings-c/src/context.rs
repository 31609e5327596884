//! Memory of the caller in which something of the core lives between two calls.

use core::mem::MaybeUninit;

use crate::outcome::{Result, invalid_argument};

/// That something lives here, and where it was put: what was copied elsewhere is not taken for it, as it may point into
/// itself.
const ALIVE: u64 = 0x7370_6c69_7473_6967;

/// What is in the caller's memory.
#[repr(C)]
pub(crate) struct Slot<T> {
    mark: u64,
    value: MaybeUninit<T>,
}

/// The slot in a context of C. `C` is an array of `u64` that is made large enough for `Slot<T>` by [`fits`].
fn slot<'a, C, T>(context: *mut C) -> Result<&'a mut Slot<T>> {
    const { assert!(size_of::<Slot<T>>() <= size_of::<C>() && align_of::<Slot<T>>() <= align_of::<C>()) };
    if context.is_null() || !context.is_aligned() {
        return Err(invalid_argument());
    }
    // SAFETY: not null, aligned, and large enough by the assertion above; that it is the caller's memory is his word. A
    // mark of any bits is a number, and the value is not looked at unless the mark is right.
    unsafe { context.cast::<Slot<T>>().as_mut() }.ok_or_else(invalid_argument)
}

fn mark<T>(slot: &Slot<T>) -> u64 {
    ALIVE ^ (core::ptr::from_ref(slot).addr() as u64)
}

/// Starts something. What was there before is forgotten.
pub(crate) fn start<C, T>(context: *mut C, value: T) -> Result<()> {
    let slot = slot::<C, T>(context)?;
    slot.value.write(value);
    slot.mark = mark(slot);
    Ok(())
}

/// What was started here.
pub(crate) fn started<'a, C, T>(context: *mut C) -> Result<&'a mut T> {
    let slot = slot::<C, T>(context)?;
    if slot.mark == mark(slot) {
        // SAFETY: the mark is written after the value, and taken away before the value is.
        Ok(unsafe { slot.value.assume_init_mut() })
    } else {
        Err(invalid_argument())
    }
}

/// What was started here, to be read: by any number of threads, so that nothing is borrowed for writing.
pub(crate) fn running<'a, C, T: 'a>(context: *const C) -> Result<&'a T> {
    const { assert!(size_of::<Slot<T>>() <= size_of::<C>() && align_of::<Slot<T>>() <= align_of::<C>()) };
    if context.is_null() || !context.is_aligned() {
        return Err(invalid_argument());
    }
    // SAFETY: as for `slot`.
    let slot = unsafe { context.cast::<Slot<T>>().as_ref() }.ok_or_else(invalid_argument)?;
    if slot.mark == mark(slot) {
        // SAFETY: as for `started`.
        Ok(unsafe { slot.value.assume_init_ref() })
    } else {
        Err(invalid_argument())
    }
}

/// Takes what was started here away; the context can be started anew.
pub(crate) fn finish<C, T>(context: *mut C) -> Result<T> {
    started::<C, T>(context)?;
    let slot = slot::<C, T>(context)?;
    slot.mark = 0;
    // SAFETY: it was there, and with the mark gone nobody reads it again.
    Ok(unsafe { slot.value.assume_init_read() })
}
