//! ECDSA on P-256 with SHA-256: public keys, signatures, verification (FIPS 186-5).
//!
//! Nothing here signs, and nothing here is secret: verification may take a time that depends on its inputs.

mod arithmetic;
mod public_key;
mod signature;
mod verify;

pub use public_key::{PublicKey, Verifier};
pub use signature::{LowS, Signature};
