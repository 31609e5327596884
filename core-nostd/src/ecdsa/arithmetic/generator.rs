//! Multiples of the generator G in read-only memory.

use crate::ecdsa::arithmetic::{Affine, Field};

/// G, 3G, 5G … 127G: x and y in Montgomery form, 32 little-endian bytes each. Written by `cargo xtask gen`.
static ODD_MULTIPLES: &[u8; 64 * POINT_BYTES] = include_bytes!("generator.bin");

const POINT_BYTES: usize = 64;

/// The width of the non-adjacent form whose digits the table has.
pub(crate) const WIDTH: u32 = 8;

/// (2·index + 1)·G, for an index below 64.
#[inline]
pub(crate) fn odd_multiple<F: Field>(index: usize) -> Option<Affine<F>> {
    let (points, _) = ODD_MULTIPLES.as_chunks::<POINT_BYTES>();
    let (x, y) = points.get(index)?.split_first_chunk::<32>()?;
    Some(Affine { x: F::from_montgomery_bytes(x), y: F::from_montgomery_bytes(y.first_chunk()?) })
}
