//! P-256 for public data: fast, and variable in time on purpose. Nothing here may ever touch a secret.
//!
//! ```text
//! p = 2^256 − 2^224 + 2^192 + 2^96 − 1     the field           (SP 800-186, 3.2.1.3)
//! n = the order of G, prime                the scalars
//! y² = x³ − 3x + b
//! ```
//!
//! Everything is generic over the limb layout of the field, so that both layouts run, and are compared, on any host.

mod field;
#[cfg(any(test, not(target_pointer_width = "64")))]
mod field32;
#[cfg(any(test, target_pointer_width = "64"))]
mod field64;
pub(crate) mod generator;
mod inverse;
mod point;
mod recode;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use field::Field;
pub(crate) use point::{Affine, Jacobian};
pub(crate) use recode::Wnaf;
pub(crate) use scalar::{ORDER, Scalar};

#[cfg(any(test, not(target_pointer_width = "64")))]
pub(crate) use field32::Field32;
#[cfg(any(test, target_pointer_width = "64"))]
pub(crate) use field64::Field64;

/// The layout of this target.
#[cfg(target_pointer_width = "64")]
pub(crate) type NativeField = Field64;
/// The layout of this target.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) type NativeField = Field32;
