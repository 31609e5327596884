//! A draft whose payload comes in pieces, with the certificates that it borrows beside it.

use core::marker::PhantomPinned;

use crate::context;
use crate::cose::Certificates;
use crate::outcome::{Result, invalid_argument};

/// What the context of a stream holds: `D` borrows the certificates.
pub(crate) struct Preparing<D> {
    certificates: Certificates<'static>,
    digest: Option<D>,
    /// It points into itself.
    _pinned: PhantomPinned,
}

/// Starts what `make` makes of the room for certificates.
pub(crate) fn start<C, D>(
    context: *mut C,
    make: impl FnOnce(&'static mut Certificates<'static>) -> Result<D>,
) -> Result<()> {
    let empty: Preparing<D> = Preparing { certificates: [&[]; 11], digest: None, _pinned: PhantomPinned };
    context::start(context, empty)?;
    let here = context::started::<C, Preparing<D>>(context)?;
    let certificates = &raw mut here.certificates;
    // SAFETY: what is started stays where it is, or is not taken for started any more: see `context`. Nobody else looks
    // at the certificates.
    match make(unsafe { &mut *certificates }) {
        Ok(digest) => {
            here.digest = Some(digest);
            Ok(())
        }
        Err(failure) => {
            context::finish::<C, Preparing<D>>(context)?;
            Err(failure)
        }
    }
}

/// What was started.
pub(crate) fn started<'a, C, D: 'a>(context: *mut C) -> Result<&'a mut D> {
    context::started::<C, Preparing<D>>(context)?.digest.as_mut().ok_or_else(invalid_argument)
}

/// Ends it with what `end` makes of it, which still may borrow the certificates.
pub(crate) fn finish<C, D, R>(context: *mut C, end: impl FnOnce(D) -> Result<R>) -> Result<R> {
    let digest = context::started::<C, Preparing<D>>(context)?.digest.take().ok_or_else(invalid_argument)?;
    let result = end(digest);
    context::finish::<C, Preparing<D>>(context)?;
    result
}
