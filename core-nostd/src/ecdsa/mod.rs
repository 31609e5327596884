//! ECDSA on P-256 with SHA-256: public keys, signatures, verification (FIPS 186-5).
//!
//! Nothing here signs, and nothing here is secret: verification may take a time that depends on its inputs.

mod arithmetic;
mod batch;
/// For `core-nostd/fuzz` only: no part of the interface, and not there without `--cfg fuzzing`.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod prepared_key;
mod public_key;
mod signature;
mod table_memory;
mod verify;

pub use arithmetic::TablePoint;
pub use batch::{BatchItem, verify_batch};
pub use prepared_key::{GeneratorTable, PreparedKey};
pub use public_key::{PublicKey, Verifier};
pub use signature::{LowS, Signature};
pub use table_memory::TableMemory;
