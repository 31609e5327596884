//! Signatures by themselves.

use std::sync::Arc;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{self, Signature};

use crate::Result;
use crate::key::PublicKey;
use crate::output::asked;

/// What to do with a signature whose s is in the upper half of its range. Absent, it is `Accept`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum LowS {
    /// Take either.
    Accept,
    /// Refuse the high one: `signature_high_s`.
    Require,
    /// Take either and write the low one.
    Normalise,
}

impl LowS {
    pub(crate) fn policy(given: Option<Self>) -> ecdsa::LowS {
        match given {
            None | Some(Self::Accept) => ecdsa::LowS::Accept,
            Some(Self::Require) => ecdsa::LowS::Require,
            Some(Self::Normalise) => ecdsa::LowS::Normalise,
        }
    }
}

/// A strict DER signature, as key services return it, in raw form: 64 bytes, r‖s.
///
/// # Errors
/// The codes `der_…`, and `signature_out_of_range`.
#[uniffi::export]
pub fn signature_from_der(der: Vec<u8>) -> Result<Vec<u8>> {
    Ok(Signature::from_der(&der)?.as_bytes().to_vec())
}

/// A raw signature in DER.
///
/// # Errors
/// `signature_wrong_length`, `signature_out_of_range`.
#[uniffi::export]
pub fn signature_to_der(raw: Vec<u8>) -> Result<Vec<u8>> {
    let signature = Signature::from_raw(&raw)?;
    asked(&|out| signature.to_der(out))
}

/// Fails unless `signature` (raw, 64 bytes) is the key's signature over `digest` (32 bytes).
///
/// # Errors
/// `digest_wrong_length`; the codes `signature_…`; `bad_signature`.
#[uniffi::export(default(low_s = None))]
pub fn verify_digest(digest: Vec<u8>, signature: Vec<u8>, key: Arc<PublicKey>, low_s: Option<LowS>) -> Result<()> {
    let digest = Sha256Digest::from_slice(&digest)?;
    let signature = Signature::from_raw(&signature)?.with_policy(LowS::policy(low_s))?;
    Ok(key.verifier().verify_digest(&digest, &signature)?)
}
