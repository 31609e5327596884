//! Keys that verify many signatures: a table of their multiples takes the place of doublings.

use core::fmt;

use crate::digest::Sha256Digest;
use crate::ecdsa::arithmetic::{
    Affine, Extended, NativeField, Scalar, Shape, TablePoint, Windows, fill, generator, sum_of_multiples,
};
use crate::ecdsa::public_key::{PublicKey, Verifier, sealed};
use crate::ecdsa::{Signature, TableMemory, verify};
use crate::error::{Code, Error, Result};

/// A public key with a table in [memory that the caller gives](TableMemory): an array or a slice, or a box where there is
/// an allocator.
///
/// The table is as fast as its memory permits:
///
/// | points | memory | additions | doublings |
/// |---|---|---|---|
/// | 128 | 8 KiB | 64 | 12 |
/// | 480 | 30 KiB | 43 | 12 |
/// | 704 | 44 KiB | 43 | 6 |
/// | 1216 | 76 KiB | 37 | 7 |
/// | 4096 | 256 KiB | 32 | 0 |
///
/// More points than 4096 are not used. Doublings are shared with the table of the generator, which needs twelve unless it
/// is large. Each verification also adds multiples of the generator, from a table in read-only
/// memory (see [`GeneratorTable`]). Verdicts are those of [`PublicKey::verify_digest`], always.
///
/// ```
/// # fn main() -> splitsign_core::Result<()> {
/// use splitsign_core::ecdsa::{PreparedKey, PublicKey, TablePoint, Verifier};
///
/// let key = PublicKey::from_jwk(
///     br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
///          "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
/// )?;
/// let mut memory = [TablePoint::EMPTY; 480];
/// let prepared = PreparedKey::new(&key, memory.as_mut_slice())?;
/// assert_eq!(prepared.public_key(), &key);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PreparedKey<'g, T> {
    key: PublicKey,
    memory: T,
    shape: Shape,
    generator: GeneratorTable<'g>,
}

impl<T: TableMemory> PreparedKey<'static, T> {
    /// Fills `memory` with the table of `key`, which takes as long as two to twelve verifications of a
    /// plain key.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the number of bytes needed, if there is not room for two points.
    pub fn new(key: &PublicKey, memory: T) -> Result<Self> {
        Self::with_generator(key, memory, GeneratorTable::BUILT_IN)
    }
}

impl<'g, T: TableMemory> PreparedKey<'g, T> {
    /// As [`new`](PreparedKey::new), with another table of the generator than the one built in.
    ///
    /// # Errors
    /// As [`new`](PreparedKey::new).
    pub fn with_generator(key: &PublicKey, mut memory: T, generator: GeneratorTable<'g>) -> Result<Self> {
        let point = key.point::<NativeField>().ok_or(Error::new(Code::KeyInvalidPoint, 0))?;
        let (shape, _) = fill_fitting(memory.points_mut(), &point)?;
        Ok(Self { key: *key, memory, shape, generator })
    }
}

impl<T> PreparedKey<'_, T> {
    /// The memory, for another key.
    #[must_use]
    pub fn into_memory(self) -> T {
        self.memory
    }
}

impl<T: TableMemory> Verifier for PreparedKey<'_, T> {
    fn public_key(&self) -> &PublicKey {
        &self.key
    }
}

impl<T: TableMemory> sealed::Verify for PreparedKey<'_, T> {
    fn verify_with_inverse(&self, digest: &Sha256Digest, signature: &Signature, inverse: Scalar) -> bool {
        let (u1, u2) = verify::factors(digest, signature, inverse);
        // No more than was filled.
        let points = self.memory.points().get(..self.shape.points()).unwrap_or_default();
        let table = Windows::filled(points, self.shape);
        let sum: Extended<NativeField> = sum_of_multiples([(self.generator.0, u1), (table, u2)]);
        sum.has_x(signature.r_and_s().0)
    }
}

impl<T> fmt::Debug for PreparedKey<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedKey({:?}, {} points)", self.key, self.shape.points())
    }
}

/// A table of the generator, for prepared keys.
#[derive(Clone, Copy, Debug)]
pub struct GeneratorTable<'t>(Windows<'t>);

impl GeneratorTable<'static> {
    /// The one in read-only memory: 8 KiB, and 256 KiB with the feature `large-generator-table`, which saves half of the
    /// additions and all doublings.
    pub const BUILT_IN: Self = Self(generator::WINDOWS);
}

impl<'t> GeneratorTable<'t> {
    /// Fills memory with a table of the generator. For programs that must be small on the wire but have memory, as in
    /// WebAssembly. Sizes are those of [`PreparedKey`].
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) as for [`PreparedKey::new`].
    pub fn compute(memory: &'t mut [TablePoint]) -> Result<Self> {
        let point = generator::odd_multiple::<NativeField>(0).ok_or(Error::new(Code::KeyInvalidPoint, 0))?;
        let (shape, points) = fill_fitting(memory, &point)?;
        Ok(Self(Windows::filled(points, shape)))
    }
}

/// Fills memory with the fastest table that it has room for.
fn fill_fitting<'t>(memory: &'t mut [TablePoint], point: &Affine<NativeField>) -> Result<(Shape, &'t [TablePoint])> {
    let too_small = Error::output_too_small(2 * size_of::<TablePoint>() as u64);
    let shape = Shape::fitting(memory.len()).ok_or(too_small)?;
    let table = memory.get_mut(..shape.points()).ok_or(too_small)?;
    fill(table, shape, point);
    Ok((shape, table))
}
