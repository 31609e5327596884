//! Signatures by themselves.

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{LowS, Signature};

use crate::key::{Chosen, splitsign_key, written};
use crate::memory::{Room, put, splitsign_bytes, write};
use crate::outcome::{Result, invalid_argument, returned};
use crate::prepared::splitsign_prepared_key;

/// A signature whose s is in the upper half of its range is accepted. The default: 0.
pub const SPLITSIGN_LOW_S_ACCEPT: i32 = 0;
/// It is refused, as `SPLITSIGN_SIGNATURE_HIGH_S`.
pub const SPLITSIGN_LOW_S_REQUIRE: i32 = 1;
/// What is written has the low s, which is as valid.
pub const SPLITSIGN_LOW_S_NORMALISE: i32 = 2;

pub(crate) fn low_s_of(low_s: i32) -> Result<LowS> {
    match low_s {
        SPLITSIGN_LOW_S_ACCEPT => Ok(LowS::Accept),
        SPLITSIGN_LOW_S_REQUIRE => Ok(LowS::Require),
        SPLITSIGN_LOW_S_NORMALISE => Ok(LowS::Normalise),
        _ => Err(invalid_argument()),
    }
}

/// Reads a strict DER signature, as key services return it (RFC 3279, 2.2.3), and writes r‖s to the 64 bytes at `signature`.
///
/// Returns 0, `SPLITSIGN_DER_…` or `SPLITSIGN_SIGNATURE_…`. `signature` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_signature_from_der(data: splitsign_bytes, signature: *mut u8, at: *mut u32) -> i32 {
    let run = || {
        write(signature)?;
        put(signature, Signature::from_der(data.bytes()?)?.as_bytes())
    };
    returned(run(), at)
}

/// Writes the DER form of r‖s: 72 bytes at most (`SPLITSIGN_SIGNATURE_DER_MAX`).
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many bytes are enough; `SPLITSIGN_SIGNATURE_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_signature_to_der(
    signature: splitsign_bytes,
    out: *mut u8,
    out_cap: usize,
    out_len: *mut usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        let raw = Signature::from_raw(signature.bytes()?)?;
        written(Room::new(out, out_cap).apart_from(&[signature])?, out_len, |room| Ok(raw.to_der(room)?))
    };
    returned(run(), at)
}

/// Whether `signature` (r‖s) over the 32 bytes of `digest` is that of the key (FIPS 186-5, 6.4.2). Of `key` and `prepared` one is
/// NULL.
///
/// Returns 0 if it is; `SPLITSIGN_BAD_SIGNATURE` if it is not; `SPLITSIGN_KEY_…`, `SPLITSIGN_DIGEST_WRONG_LENGTH`,
/// `SPLITSIGN_SIGNATURE_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_verify_digest(
    key: *const splitsign_key,
    prepared: *const splitsign_prepared_key,
    digest: splitsign_bytes,
    signature: splitsign_bytes,
    low_s: i32,
    at: *mut u32,
) -> i32 {
    let run = || {
        let key = Chosen::of(key, prepared)?;
        let digest = Sha256Digest::from_slice(digest.bytes()?)?;
        let signature = Signature::from_raw(signature.bytes()?)?.with_policy(low_s_of(low_s)?)?;
        Ok(key.verifier().verify_digest(&digest, &signature)?)
    };
    returned(run(), at)
}
