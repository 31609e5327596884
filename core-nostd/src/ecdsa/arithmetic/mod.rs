//! P-256 for public data: fast, and variable in time on purpose. Nothing here may ever touch a secret.
//!
//! ```text
//! p = 2^256 − 2^224 + 2^192 + 2^96 − 1     the field           (SP 800-186, 3.2.1.3)
//! n = the order of G, prime                the scalars
//! y² = x³ − 3x + b
//! ```
//!
//! Everything is generic over the limb layout of the field, so that both layouts run, and are compared, on any host.

mod extended;
mod field;
#[cfg(any(test, fuzzing, target_family = "wasm"))]
mod field29;
#[cfg(any(test, fuzzing, not(any(target_pointer_width = "64", target_family = "wasm"))))]
mod field32;
#[cfg(any(test, fuzzing, all(target_pointer_width = "64", not(target_family = "wasm"))))]
mod field64;
pub(crate) mod generator;
mod inverse;
mod point;
mod recode;
mod scalar;
#[cfg(test)]
mod tests;
mod windows;

pub(crate) use extended::Extended;
pub(crate) use field::Field;
pub(crate) use point::{Affine, Jacobian};
pub(crate) use recode::Wnaf;
pub(crate) use scalar::{ORDER, Scalar};
pub(crate) use windows::{Shape, Windows, fill, sum_of_multiples};

pub use windows::TablePoint;

#[cfg(any(test, fuzzing, target_family = "wasm"))]
pub(crate) use field29::Field29;
#[cfg(any(test, fuzzing, not(any(target_pointer_width = "64", target_family = "wasm"))))]
pub(crate) use field32::Field32;
#[cfg(any(test, fuzzing, all(target_pointer_width = "64", not(target_family = "wasm"))))]
pub(crate) use field64::Field64;

/// The layout of this target.
#[cfg(all(target_pointer_width = "64", not(target_family = "wasm")))]
pub(crate) type NativeField = Field64;
/// The layout of this target.
#[cfg(target_family = "wasm")]
pub(crate) type NativeField = Field29;
/// The layout of this target.
#[cfg(not(any(target_pointer_width = "64", target_family = "wasm")))]
pub(crate) type NativeField = Field32;
