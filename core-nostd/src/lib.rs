//! Prepare, attach and verify signatures, without keys: the core of splitsign.
//!
//! Every format has the same three verbs. **Prepare** computes the 32 bytes that are to be signed; somebody who holds
//! the key signs them; **attach** checks that signature and writes the object; **verify** checks an object that came
//! from anywhere. The payload is hashed where it lies and never copied.
//!
//! | module | what |
//! |---|---|
//! | [`cose`] | COSE_Sign1 (RFC 9052) |
//! | [`jws`] | JWS (RFC 7515, RFC 7797) |
//! | [`dsse`] | DSSE envelopes (in-toto, Sigstore) |
//! | [`ecdsa`] | public keys, signatures, verification |
//! | [`digest`] | SHA-256 |
//! | [`x509`] | certificate chains as bytes |
//! | [`encoding`], [`sink`] | what the formats are written with |
//! | [`limits`], [`operations`] | what there is, and how much of it |
//!
//! The core does not allocate, does not panic, has no `unsafe`, no clock, no randomness, no I/O and no private keys.
//! The caller gives every buffer and gets the used prefix back; [`Code::OutputTooSmall`] says how much is needed.
//! Only the raw material of trust is here: that a key is the right one is for the caller to know.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::expect_used)]

/// The example of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod error;
pub mod limits;
pub mod operations;
pub mod sink;

pub mod digest;
pub mod ecdsa;
pub mod encoding;

pub mod cose;
pub mod dsse;
pub mod jws;
pub mod x509;

pub use error::{Code, Error, Result};
