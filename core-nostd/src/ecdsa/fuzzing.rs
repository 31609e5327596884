//! The arithmetic in every layout, for the fuzz targets of `core-nostd/fuzz` to compare with each other and with `p256`.

use crate::ecdsa::PublicKey;
use crate::ecdsa::arithmetic::{
    Affine, Extended, Field, Field29, Field32, Field64, Jacobian, Scalar, Shape, TablePoint, Windows, fill, generator,
    sum_of_multiples,
};
use crate::ecdsa::verify::double_multiply;

/// The limbs of a field element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Four of 64 bits.
    Bits64,
    /// Eight of 32 bits.
    Bits32,
    /// Nine of 29 bits, reduced lazily.
    Bits29,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Bits64, Self::Bits32, Self::Bits29];
}

/// What a field makes of two elements: big-endian bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldResults {
    /// a + b.
    pub sum: [u8; 32],
    /// a − b.
    pub difference: [u8; 32],
    /// a·b.
    pub product: [u8; 32],
    /// a².
    pub square: [u8; 32],
    /// a/2.
    pub half: [u8; 32],
    /// 1/a.
    pub inverse: [u8; 32],
    /// √a, if there is one.
    pub root: Option<[u8; 32]>,
    /// A long chain of operations, as the steps say.
    pub chain: [u8; 32],
    /// a in Montgomery form, little-endian.
    pub montgomery: [u8; 32],
}

/// The results for two elements; `None` if one of them is not below p. Each byte of `steps` is a step of the chain.
#[must_use]
pub fn field(layout: Layout, a: &[u8; 32], b: &[u8; 32], steps: &[u8]) -> Option<FieldResults> {
    match layout {
        Layout::Bits64 => field_results::<Field64>(a, b, steps),
        Layout::Bits32 => field_results::<Field32>(a, b, steps),
        Layout::Bits29 => field_results::<Field29>(a, b, steps),
    }
}

fn field_results<F: Field>(a: &[u8; 32], b: &[u8; 32], steps: &[u8]) -> Option<FieldResults> {
    let (a, b) = (F::from_bytes(a)?, F::from_bytes(b)?);
    let (mut x, mut y) = (a, b);
    for step in steps {
        let z = match step % 7 {
            0 => x.add(y),
            1 => x.sub(y),
            2 => x.double(),
            3 => x.negate(),
            4 => y.half(),
            5 => x.mul(y),
            _ => x.square(),
        };
        (x, y) = (y, z);
    }
    Some(FieldResults {
        sum: a.add(b).to_bytes(),
        difference: a.sub(b).to_bytes(),
        product: a.mul(b).to_bytes(),
        square: a.square().to_bytes(),
        half: a.half().to_bytes(),
        inverse: a.invert().to_bytes(),
        root: a.square_root().map(F::to_bytes),
        chain: y.to_bytes(),
        montgomery: a.to_montgomery_bytes(),
    })
}

/// a, a·b and 1/a modulo n, big-endian: as on this machine, and as on one of 32 bits.
#[must_use]
pub fn scalar(a: &[u8; 32], b: &[u8; 32]) -> [[[u8; 32]; 3]; 2] {
    let (a, b) = (Scalar::reduce(a), Scalar::reduce(b));
    [[a, a.mul(b), a.invert()], [a, a.mul_32(b), a.invert_32()]].map(|results| results.map(Scalar::to_bytes))
}

/// a·G + b·Q as x and y, as a one-shot verification computes it; `None` for infinity.
#[must_use]
pub fn double_multiple(layout: Layout, a: &[u8; 32], b: &[u8; 32], q: &PublicKey) -> Option<[[u8; 32]; 2]> {
    fn compute<F: Field>(a: &[u8; 32], b: &[u8; 32], q: &PublicKey) -> Option<[[u8; 32]; 2]> {
        let Jacobian { x, y, z } = double_multiply::<F>(Scalar::reduce(a), Scalar::reduce(b), &q.point()?);
        let inverse = z.invert();
        let square = inverse.square();
        (!z.is_zero()).then(|| [x.mul(square).to_bytes(), y.mul(square).mul(inverse).to_bytes()])
    }
    match layout {
        Layout::Bits64 => compute::<Field64>(a, b, q),
        Layout::Bits32 => compute::<Field32>(a, b, q),
        Layout::Bits29 => compute::<Field29>(a, b, q),
    }
}

/// Whether the x of a·G + b·Q, computed from tables as for a prepared key, is `r` modulo n. `None` if a table is too
/// small. `tables` is the memory: its first half for G, the rest for Q.
#[must_use]
pub fn table_sum_has_x(
    layout: Layout,
    [a, b, r]: [&[u8; 32]; 3],
    q: &PublicKey,
    tables: &mut [TablePoint],
) -> Option<bool> {
    fn compute<F: Field>(
        [a, b, r]: [&[u8; 32]; 3],
        q: &PublicKey,
        [g_table, q_table]: [&mut [TablePoint]; 2],
    ) -> Option<bool> {
        let (g, q) = (generator::odd_multiple::<F>(0)?, q.point::<F>()?);
        let (g, q) = (filled(g_table, &g)?, filled(q_table, &q)?);
        let sum: Extended<F> = sum_of_multiples([(g, Scalar::reduce(a)), (q, Scalar::reduce(b))]);
        Some(sum.has_x(r))
    }
    fn filled<'t, F: Field>(memory: &'t mut [TablePoint], point: &Affine<F>) -> Option<Windows<'t>> {
        let shape = Shape::fitting(memory.len())?;
        let table = memory.get_mut(..shape.points())?;
        fill(table, shape, point);
        Some(Windows::filled(table, shape))
    }
    let half = tables.len() / 2;
    let halves = tables.split_at_mut_checked(half)?.into();
    match layout {
        Layout::Bits64 => compute::<Field64>([a, b, r], q, halves),
        Layout::Bits32 => compute::<Field32>([a, b, r], q, halves),
        Layout::Bits29 => compute::<Field29>([a, b, r], q, halves),
    }
}
