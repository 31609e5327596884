//! Where the table of a prepared key lies.

use crate::ecdsa::TablePoint;

/// Memory that a table can be in: an array, a slice, and with the feature `alloc` a box or a vector.
///
/// It is sealed. Memory that showed another table than the one that was filled would make a key accept the signatures of
/// another one:
///
/// ```compile_fail,E0277
/// use splitsign_core::ecdsa::{PreparedKey, PublicKey, TablePoint};
///
/// struct Swapped {
///     filled: [TablePoint; 64],
///     shown: [TablePoint; 64],
/// }
///
/// fn prepare(key: &PublicKey, memory: Swapped) -> bool {
///     PreparedKey::new(key, memory).is_ok()
/// }
/// ```
pub trait TableMemory: sealed::Points {}

impl<T: sealed::Points + ?Sized> TableMemory for T {}

pub(super) mod sealed {
    use crate::ecdsa::TablePoint;

    /// The same points each time.
    pub trait Points {
        /// To be read.
        fn points(&self) -> &[TablePoint];
        /// To be filled.
        fn points_mut(&mut self) -> &mut [TablePoint];
    }
}

macro_rules! memory {
    ($($(#[$attribute:meta])* [$($generic:tt)*] $memory:ty;)+) => {
        $(
            $(#[$attribute])*
            impl<$($generic)*> sealed::Points for $memory {
                fn points(&self) -> &[TablePoint] {
                    self
                }

                fn points_mut(&mut self) -> &mut [TablePoint] {
                    self
                }
            }
        )+
    };
}

memory! {
    [const N: usize] [TablePoint; N];
    [] [TablePoint];
    #[cfg(feature = "alloc")]
    [] alloc::boxed::Box<[TablePoint]>;
    #[cfg(feature = "alloc")]
    [] alloc::vec::Vec<TablePoint>;
}

impl<T: sealed::Points + ?Sized> sealed::Points for &mut T {
    fn points(&self) -> &[TablePoint] {
        (**self).points()
    }

    fn points_mut(&mut self) -> &mut [TablePoint] {
        (**self).points_mut()
    }
}
