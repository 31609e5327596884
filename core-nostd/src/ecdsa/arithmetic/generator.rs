//! Multiples of the generator G in read-only memory.

use crate::ecdsa::arithmetic::{Affine, Field, Shape, TablePoint, Windows};

const POINT_BYTES: usize = 64;

/// The width of the non-adjacent form whose digits the table has. Small machines and WebAssembly trade
/// fifteen additions for seven eighths of the table.
pub(crate) const WIDTH: u32 = if cfg!(target_pointer_width = "64") { 8 } else { 5 };

/// How many points there are: one for each odd digit below 2^(w−1).
pub(crate) const POINTS: usize = 1 << (WIDTH - 2);

/// G, 3G, 5G … 127G: x and y in Montgomery form, 32 little-endian bytes each. Written by `cargo xtask gen`.
const FILE: &[u8; 64 * POINT_BYTES] = include_bytes!("generator.bin");

/// As many of them as this target uses.
static ODD_MULTIPLES: [[u8; POINT_BYTES]; POINTS] = {
    let (points, _) = FILE.as_chunks::<POINT_BYTES>();
    let (points, _) = points.split_at(POINTS);
    match points.first_chunk::<POINTS>() {
        Some(points) => *points,
        None => [[0; POINT_BYTES]; POINTS],
    }
};

/// (2·index + 1)·G, for an index below [`POINTS`].
#[inline]
pub(crate) fn odd_multiple<F: Field>(index: usize) -> Option<Affine<F>> {
    let (x, y) = ODD_MULTIPLES.get(index)?.split_first_chunk::<32>()?;
    Some(Affine { x: F::from_montgomery_bytes(x), y: F::from_montgomery_bytes(y.first_chunk()?) })
}

/// The table for sums without doublings, where memory is plenty.
#[cfg(feature = "large-generator-table")]
const SHAPE: Shape = Shape::new(8, 1);
/// The table for sums with few doublings.
#[cfg(not(feature = "large-generator-table"))]
const SHAPE: Shape = Shape::new(4, 4);

/// The multiples of G that the shape asks for. Written by `cargo xtask gen`.
#[cfg(feature = "large-generator-table")]
const WINDOWS_FILE: &[u8] = include_bytes!("generator-windows-8-1.bin");
/// The multiples of G that the shape asks for. Written by `cargo xtask gen`.
#[cfg(not(feature = "large-generator-table"))]
const WINDOWS_FILE: &[u8] = include_bytes!("generator-windows-4-4.bin");

static WINDOWS_POINTS: [TablePoint; SHAPE.points()] = {
    let (mut file, _) = WINDOWS_FILE.as_chunks::<POINT_BYTES>();
    let mut points = [TablePoint::EMPTY; SHAPE.points()];
    let mut places: &mut [TablePoint] = &mut points;
    while let ([point, rest @ ..], [place, more @ ..]) = (file, places) {
        *place = TablePoint::from_file(*point);
        (file, places) = (rest, more);
    }
    points
};

/// The table of G in read-only memory.
pub(crate) const WINDOWS: Windows<'static> = Windows::filled(&WINDOWS_POINTS, SHAPE);
