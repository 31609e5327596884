//! Prepare, attach and verify signatures, without keys: the core of splitsign.
//!
//! The private key stays in a KMS or an HSM, and this crate runs where the data is. Every format has the same three
//! verbs. **Prepare** computes the 32 bytes that are to be signed; whoever holds the key signs them; **attach** checks
//! that signature and writes the object; **verify** checks an object that came from anywhere. The payload is hashed
//! where it lies and never copied.
//!
//! It is for programs at the edge (services, browsers, microcontrollers) that sign COSE_Sign1, JWS or DSSE with ES256
//! and a remote key, and for anyone who verifies such objects. There is no allocator, no `unsafe`, no panic, no clock,
//! no randomness, no I/O and no private key.
//!
//! # Example
//!
//! ```
//! use splitsign_core::cose::{Sign1, UnverifiedSign1};
//! use splitsign_core::ecdsa::{PublicKey, Signature};
//! # use p256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};
//! # let remote = SigningKey::from_slice(&[7; 32]).expect("a valid scalar");
//! # let sign_remotely = |digest: &[u8; 32]| -> p256::ecdsa::Signature { remote.sign_prehash(digest).expect("signs") };
//! # let sec1 = remote.verifying_key().to_sec1_point(false);
//! # let sec1 = sec1.as_bytes();
//!
//! // The key comes first: what is signed names it.
//! let key = PublicKey::from_sec1(sec1)?; // or from_spki, from_jwk, from_cose_key
//! let payload = b"21.5 degrees";
//!
//! // Prepare: 32 bytes to sign.
//! let prepared = Sign1::embedded(payload).kid(b"sensor/1").prepare()?;
//! assert_eq!(prepared.digest().as_bytes().len(), 32);
//!
//! // Whoever holds the key signs them. Services answer with r‖s or with DER: `from_raw`, `from_der`.
//! let signature = Signature::from_raw(&sign_remotely(prepared.digest().as_bytes()).to_bytes())?;
//!
//! // Attach: the signature is checked before a byte is written. You give the buffer and get the used prefix back.
//! let mut out = [0; 256];
//! let object = prepared.attach(&signature, &key, &mut out)?;
//!
//! // Verify, anywhere. An unverified object gives hints, and no payload.
//! let unverified = UnverifiedSign1::parse(object)?;
//! assert_eq!(unverified.kid(), Some(&b"sensor/1"[..]));
//! let verified = unverified.verify(&key)?;
//! assert_eq!(verified.payload(), Some(&payload[..]));
//! # Ok::<(), splitsign_core::Error>(())
//! ```
//!
//! The folder `examples` has one program for each thing that you may want next: a KMS that answers in DER, a detached
//! JWS, a DSSE envelope, payloads in pieces, prepared keys, buffers and errors.
//!
//! # Modules
//!
//! | module | what |
//! |---|---|
//! | [`cose`] | COSE_Sign1 (RFC 9052) |
//! | [`jws`] | JWS (RFC 7515, RFC 7797) |
//! | [`dsse`] | DSSE envelopes (in-toto, Sigstore) |
//! | [`ecdsa`] | public keys, signatures, verification, prepared keys |
//! | [`digest`] | SHA-256 |
//! | [`x509`] | certificate chains as bytes |
//! | [`encoding`], [`sink`] | what the formats are written with |
//! | [`limits`], [`operations`] | every limit; the closed list of operations |
//!
//! # Features
//!
//! None is on by default, and none changes a verdict.
//!
//! | feature | what it adds | what it costs |
//! |---|---|---|
//! | `alloc` | tables of prepared keys in boxes and vectors ([`TableMemory`](ecdsa::TableMemory)) | an allocator |
//! | `large-generator-table` | prepared keys verify with half of the additions and without the doublings of the generator's table ([`PreparedKey`](ecdsa::PreparedKey)) | 256 KiB of read-only memory instead of 8 KiB |
//!
//! # Errors and limits
//!
//! An [`Error`] is a [`Code`] and the offset of the first byte that is wrong. Each code has a number, which is the same in
//! every language binding and is never reused, a name, a sentence, and a remedy. [`Code::OutputTooSmall`] has the size
//! that is needed in place of the offset, and nothing was written. Everything that could grow has a limit in [`limits`],
//! with its unit and the reason for its value.
//!
//! # What is not checked
//!
//! - **Whether the key is the right one.** Verifying shows that *this* key signed *these* bytes. Whose key it is, whether
//!   it is revoked, and whether its owner may sign this, is for you to know.
//! - **Certificates.** Chains are carried as bytes. Nothing in them is validated, and no key is taken from them.
//! - **Time.** There is no clock here: `exp` of a JWT, validity, and freshness are yours.
//! - **What the payload means.** It is bytes. The content type is signed, and not compared with the bytes.
//!
//! Each `parse` and each `verify` says what it refuses, and what it leaves unchecked.
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
