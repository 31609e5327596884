//! Sums of multiples of points that are known beforehand: tables of their multiples, with few doublings or none.
//!
//! A scalar is read in windows of w bits as signed digits d with |d| ≤ 2^(w−1) (Booth). A row of the table has the
//! multiples 1 … 2^(w−1) of the point times a power of two. With a row for every window there is nothing left to double;
//! with a row for every g-th window, (g − 1)·w doublings take the place of the rows that are missing.

use crate::ecdsa::arithmetic::{Affine, Extended, Field, Jacobian, Scalar};

/// A point of a table: x and y in Montgomery form, 32 little-endian bytes each, one cache line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(align(64))]
pub struct TablePoint([u8; 64]);

impl TablePoint {
    /// What the memory of a table is made of before the table is.
    pub const EMPTY: Self = Self([0; 64]);

    /// A point as `cargo xtask gen` writes it.
    pub(crate) const fn from_file(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    fn new<F: Field>(x: F, y: F) -> Self {
        let mut bytes = [0; 64];
        let (halves, _) = bytes.as_chunks_mut::<32>();
        for (half, coordinate) in halves.iter_mut().zip([x, y]) {
            *half = coordinate.to_montgomery_bytes();
        }
        Self(bytes)
    }

    #[inline]
    fn load<F: Field>(&self) -> Affine<F> {
        let (x, y) = self.0.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
        let y = y.first_chunk::<32>().unwrap_or(&[0; 32]);
        Affine { x: F::from_montgomery_bytes(x), y: F::from_montgomery_bytes(y) }
    }
}

impl Default for TablePoint {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// How a table is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    /// Bits of a window.
    width: u32,
    /// There is a row for every window whose index is a multiple of this.
    spacing: u32,
    rows: u32,
}

impl Shape {
    pub(crate) const fn new(width: u32, spacing: u32) -> Self {
        let spacing = if spacing == 0 { 1 } else { spacing };
        Self { width, spacing, rows: windows(width).div_ceil(spacing) }
    }

    /// The fastest of at most `points` points; `None` if there is none.
    pub(crate) fn fitting(points: usize) -> Option<Self> {
        let shape = |width| {
            let rows = u32::try_from(points >> (width - 1)).unwrap_or(u32::MAX);
            (rows > 0).then(|| Self::new(width, windows(width).div_ceil(rows)))
        };
        // Wider ones cost more memory than they save: eight bits need a quarter of a megabyte.
        (2..=8).filter_map(shape).min_by_key(|shape| (shape.cost(), shape.points()))
    }

    /// What a multiplication costs: an addition is four, a doubling is three.
    const fn cost(self) -> u32 {
        4 * windows(self.width) + 3 * self.first_bit()
    }

    const fn row_points(self) -> usize {
        1 << (self.width - 1)
    }

    /// How many points the table has.
    pub(crate) const fn points(self) -> usize {
        self.rows as usize * self.row_points()
    }

    /// How many bits there are from one row to the next.
    const fn row_bits(self) -> u32 {
        self.width * self.spacing
    }

    /// The highest bit, in the first row, at which a digit begins: so many doublings there are.
    const fn first_bit(self) -> u32 {
        self.row_bits() - self.width
    }
}

/// How many windows of this width cover a scalar below 2^255 and the sign of its highest digit.
const fn windows(width: u32) -> u32 {
    256_u32.div_ceil(width)
}

/// A table that is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows<'t> {
    points: &'t [TablePoint],
    shape: Shape,
}

impl<'t> Windows<'t> {
    /// A table of this shape that was filled before.
    pub(crate) const fn filled(points: &'t [TablePoint], shape: Shape) -> Self {
        Self { points, shape }
    }
}

/// Σ scalar·(point of the table).
pub(crate) fn sum_of_multiples<F: Field>(terms: [(Windows<'_>, Scalar); 2]) -> Extended<F> {
    let terms = terms.map(|(table, scalar)| Term::new(table, scalar));
    let first = terms.iter().map(|term| term.table.shape.first_bit()).max().unwrap_or(0);
    let mut sum = Extended::INFINITY;
    for bit in (0..=first).rev() {
        if bit != first {
            sum = sum.double();
        }
        for term in &terms {
            sum = term.add_digits(bit, sum);
        }
    }
    sum
}

struct Term<'t> {
    table: Windows<'t>,
    /// The scalar or its opposite, whichever is below 2^255, doubled: a digit looks at one bit below its window.
    doubled: [u64; 4],
    opposite: bool,
}

impl<'t> Term<'t> {
    fn new(table: Windows<'t>, scalar: Scalar) -> Self {
        let (smaller, opposite) = scalar.or_opposite();
        let [a, b, c, d] = smaller.limbs();
        Self { table, doubled: [a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63], opposite }
    }

    /// Adds the multiples of all digits that begin `bit` bits above their row.
    #[inline]
    fn add_digits<F: Field>(&self, bit: u32, mut sum: Extended<F>) -> Extended<F> {
        let shape = self.table.shape;
        if bit > shape.first_bit() || !bit.is_multiple_of(shape.width) {
            return sum;
        }
        let mut at = bit;
        for row in self.table.points.chunks_exact(shape.row_points()) {
            let (multiple, negative) = self.digit(at, shape.width);
            // The digit zero has no place in the row.
            if let Some(point) = row.get(multiple.wrapping_sub(1)) {
                let Affine { x, y } = point.load::<F>();
                sum = sum.add_affine(&Affine { x, y: y.negate_if(negative != self.opposite) });
            }
            at += shape.row_bits();
        }
        sum
    }

    /// The digit of the window that begins at bit `at`, and whether it is negative.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "nine bits at most are taken")]
    fn digit(&self, at: u32, width: u32) -> (usize, bool) {
        let (limb, shift) = ((at / 64) as usize, at % 64);
        let low = self.doubled.get(limb).map_or(0, |limb| limb >> shift);
        let high = self.doubled.get(limb + 1).map_or(0, |limb| limb << 1 << (63 - shift));
        let bits = ((low | high) & ((2 << width) - 1)) as usize;
        // The window's bits and the bit below them, added; less 2^w if the window's highest bit is set.
        let digit = bits.div_ceil(2);
        if bits >> width == 0 { (digit, false) } else { ((1 << width) - digit, true) }
    }
}

/// Fills a table with the multiples of a point. `table` has as many points as the shape says.
pub(crate) fn fill<F: Field>(table: &mut [TablePoint], shape: Shape, point: &Affine<F>) {
    fill_first_column(table, shape, point);
    for column in 1..shape.row_points() {
        fill_column::<F>(table, shape, column);
    }
}

/// The point times a power of two, for each row. Places of the second column are used on the way.
fn fill_first_column<F: Field>(table: &mut [TablePoint], shape: Shape, point: &Affine<F>) {
    let mut base = Jacobian::from(*point);
    let mut product = F::ONE;
    for (i, row) in table.chunks_exact_mut(shape.row_points()).enumerate() {
        if i > 0 {
            for _ in 0..shape.row_bits() {
                base = base.double();
            }
        }
        if let [first, second, ..] = row {
            *first = TablePoint::new(base.x, base.y);
            *second = TablePoint::new(base.z, product);
        }
        product = product.mul(base.z);
    }
    // One inversion for all (Montgomery): the product of all Z without one is the product of those before it, times the
    // inverse of all others.
    let mut inverse = product.invert();
    for row in table.chunks_exact_mut(shape.row_points()).rev() {
        if let [first, second, ..] = row {
            let Affine { x: z, y: before } = second.load::<F>();
            let zi = inverse.mul(before);
            inverse = inverse.mul(z);
            let (zi2, point) = (zi.square(), first.load::<F>());
            *first = TablePoint::new(point.x.mul(zi2), point.y.mul(zi2).mul(zi));
        }
    }
}

/// A column is the one before it plus the first one, in affine coordinates, with one inversion for all rows.
///
/// The two points have different x, but for the second column, which doubles: the order of the point is a prime.
fn fill_column<F: Field>(table: &mut [TablePoint], shape: Shape, column: usize) {
    let mut product = F::ONE;
    for row in table.chunks_exact_mut(shape.row_points()) {
        if let Some((first, last, place)) = neighbours::<F>(row, column) {
            let denominator = if column == 1 { first.y.double() } else { last.x.sub(first.x) };
            *place = TablePoint::new(denominator, product);
            product = product.mul(denominator);
        }
    }
    let mut inverse = product.invert();
    for row in table.chunks_exact_mut(shape.row_points()).rev() {
        if let Some((first, last, place)) = neighbours::<F>(row, column) {
            let Affine { x: denominator, y: before } = place.load::<F>();
            let numerator = if column == 1 {
                let square = first.x.square().sub(F::ONE);
                square.double().add(square)
            } else {
                last.y.sub(first.y)
            };
            let slope = numerator.mul(inverse.mul(before));
            inverse = inverse.mul(denominator);
            let x = slope.square().sub(last.x).sub(first.x);
            *place = TablePoint::new(x, slope.mul(first.x.sub(x)).sub(first.y));
        }
    }
}

/// The first point of a row, the one before a column, and the place in that column.
fn neighbours<F: Field>(row: &mut [TablePoint], column: usize) -> Option<(Affine<F>, Affine<F>, &mut TablePoint)> {
    let (before, after) = row.split_at_mut_checked(column)?;
    Some((before.first()?.load(), before.last()?.load(), after.first_mut()?))
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use p256::ProjectivePoint;
    use p256::elliptic_curve::Group as _;
    use p256::elliptic_curve::bigint::U256;
    use p256::elliptic_curve::ops::Reduce as _;

    use super::{Shape, TablePoint, Windows, fill, sum_of_multiples};
    use crate::ecdsa::arithmetic::tests::{N, bytes, edges, integer, ours, same_extended};
    use crate::ecdsa::arithmetic::{Field, Field29, Field32, Field64, Scalar, generator};

    fn table<F: Field>(shape: Shape, point: ProjectivePoint) -> Vec<TablePoint> {
        let mut table = vec![TablePoint::EMPTY; shape.points()];
        fill::<F>(&mut table, shape, &ours(point.to_affine()));
        table
    }

    #[test]
    fn a_table_holds_the_multiples_that_its_shape_says() {
        let q = ProjectivePoint::GENERATOR * p256::Scalar::from(77_u64);
        for shape in [Shape::new(2, 1), Shape::new(4, 4), Shape::new(5, 2), Shape::new(7, 3), Shape::new(8, 128)] {
            let (table, mut base) = (table::<Field64>(shape, q), q);
            for row in table.chunks(shape.row_points()) {
                let mut multiple = base;
                for point in row {
                    assert_eq!(point.load::<Field64>(), ours(multiple.to_affine()), "{shape:?}");
                    multiple += base;
                }
                for _ in 0..shape.row_bits() {
                    base = base.double();
                }
            }
        }
    }

    #[test]
    fn tables_are_the_same_bytes_in_every_layout() {
        let shape = Shape::new(5, 3);
        let expected = table::<Field64>(shape, ProjectivePoint::GENERATOR);
        assert_eq!(table::<Field32>(shape, ProjectivePoint::GENERATOR), expected);
        assert_eq!(table::<Field29>(shape, ProjectivePoint::GENERATOR), expected);
    }

    #[test]
    fn the_built_in_table_is_that_of_the_generator() {
        let Windows { points, shape } = generator::WINDOWS;
        assert_eq!(points, table::<Field64>(shape, ProjectivePoint::GENERATOR));
    }

    /// Each size takes a table that fits and is no slower than that of any smaller size.
    #[test]
    fn more_memory_is_never_slower() {
        assert_eq!(Shape::fitting(1), None);
        let mut last = u32::MAX;
        for points in 2..5000 {
            let shape = Shape::fitting(points).unwrap();
            assert!(shape.points() <= points && shape.cost() <= last, "{points}: {shape:?}");
            last = shape.cost();
        }
        // What the documentation of `PreparedKey` says.
        for (points, width, spacing) in TABLES {
            assert_eq!(Shape::fitting(points), Some(Shape::new(width, spacing)), "{points}");
            assert_eq!(Shape::new(width, spacing).points(), points);
        }
    }

    const TABLES: [(usize, u32, u32); 5] = [(128, 4, 4), (480, 6, 3), (704, 6, 2), (1216, 7, 2), (4096, 8, 1)];

    fn scalar(value: &U256) -> (Scalar, p256::Scalar) {
        (Scalar::reduce(&bytes(value)), p256::Scalar::reduce(value))
    }

    fn check<F: Field>(shapes: [Shape; 2], q: ProjectivePoint, scalars: &[U256]) {
        let (g_table, q_table) = (table::<F>(shapes[0], ProjectivePoint::GENERATOR), table::<F>(shapes[1], q));
        for a in scalars {
            for b in scalars.iter().rev().step_by(3) {
                let ((a, pa), (b, pb)) = (scalar(a), scalar(b));
                let g = Windows::filled(&g_table, shapes[0]);
                let sum = sum_of_multiples::<F>([(g, a), (Windows::filled(&q_table, shapes[1]), b)]);
                assert!(same_extended(&sum, ProjectivePoint::GENERATOR * pa + q * pb), "{shapes:?}: {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn sums_agree_with_p256_for_every_width_and_different_spacings() {
        let q = ProjectivePoint::GENERATOR * p256::Scalar::from(0xdead_beef_u64);
        let scalars = edges();
        for width in 2..=8 {
            check::<Field64>([Shape::new(width, 1), Shape::new(10 - width, 3)], q, &scalars);
        }
        check::<Field32>([Shape::new(4, 4), Shape::new(5, 3)], q, &scalars[..12]);
        check::<Field29>([Shape::new(6, 1), Shape::new(5, 2)], q, &scalars[..12]);
    }

    /// Q = ±G and small multiples: the sum meets the very points that are added to it, or their opposites.
    #[test]
    fn sums_that_meet_or_vanish_on_the_way() {
        let (n, one) = (integer(N), U256::ONE);
        let scalars = [U256::ZERO, one, U256::from(2_u8), U256::from(16_u8), n >> 1, n.wrapping_sub(&one)];
        for q in [one, U256::from(2_u8), n.wrapping_sub(&one), n.wrapping_sub(&U256::from(2_u8))] {
            let q = ProjectivePoint::GENERATOR * p256::Scalar::reduce(&q);
            check::<Field64>([Shape::new(4, 1), Shape::new(4, 1)], q, &scalars);
            check::<Field32>([Shape::new(4, 4), Shape::new(4, 4)], q, &scalars);
            check::<Field29>([Shape::new(4, 2), Shape::new(4, 3)], q, &scalars);
        }
    }
}
