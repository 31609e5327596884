//! Public keys.

use splitsign_core::ecdsa::{PublicKey, Verifier};

use crate::context;
use crate::memory::{Room, put_digest, read, splitsign_bytes, write};
use crate::outcome::{Result, invalid_argument, returned};
use crate::prepared::{Prepared, splitsign_prepared_key};

/// A public key for ES256: an uncompressed SEC 1 point of P-256. Get one from a `splitsign_key_from_…`; bytes that came from
/// elsewhere are checked wherever a key is used.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_key {
    /// 4, x, y; 32 bytes each, big-endian.
    pub sec1: [u8; 65],
}

/// The key that C gives, checked.
pub(crate) fn key_of(key: *const splitsign_key) -> Result<PublicKey> {
    Ok(PublicKey::from_sec1(&read(key)?.sec1)?)
}

/// What verifies: a key, or a prepared one.
pub(crate) enum Chosen<'a> {
    Plain(PublicKey),
    Prepared(&'a Prepared),
}

impl Chosen<'_> {
    /// Of the two, exactly one must be there.
    pub(crate) fn of(key: *const splitsign_key, prepared: *const splitsign_prepared_key) -> Result<Self> {
        match (key.is_null(), prepared.is_null()) {
            (false, true) => Ok(Self::Plain(key_of(key)?)),
            (true, false) => Ok(Self::Prepared(context::running::<splitsign_prepared_key, Prepared>(prepared)?)),
            (true, true) | (false, false) => Err(invalid_argument()),
        }
    }

    pub(crate) fn verifier(&self) -> &dyn Verifier {
        match self {
            Self::Plain(key) => key,
            Self::Prepared(key) => *key,
        }
    }
}

type ReadKey = fn(&[u8]) -> splitsign_core::Result<PublicKey>;

fn key_from(form: ReadKey, data: splitsign_bytes, key: *mut splitsign_key, at: *mut u32) -> i32 {
    let run = || {
        // Looked at first, written last: the bytes that are read may be there.
        write(key)?;
        let point = form(data.bytes()?)?.to_sec1();
        write(key)?.sec1 = point;
        Ok(())
    };
    returned(run(), at)
}

/// Reads a SEC 1 point of 65 bytes, or of 33 if it is compressed (SEC 1, 2.3.4).
///
/// Returns 0 or `SPLITSIGN_KEY_…`. `*key` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_from_sec1(data: splitsign_bytes, key: *mut splitsign_key, at: *mut u32) -> i32 {
    key_from(PublicKey::from_sec1, data, key, at)
}

/// Reads a SubjectPublicKeyInfo in DER (RFC 5480).
///
/// Returns 0, `SPLITSIGN_DER_…` or `SPLITSIGN_KEY_…`. `*key` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_from_spki(data: splitsign_bytes, key: *mut splitsign_key, at: *mut u32) -> i32 {
    key_from(PublicKey::from_spki, data, key, at)
}

/// Reads a JWK, JSON text in UTF-8 (RFC 7517, RFC 7518 section 6.2). A private key is refused.
///
/// Returns 0, `SPLITSIGN_JSON_…`, `SPLITSIGN_BASE64_…` or `SPLITSIGN_KEY_…`. `*key` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_from_jwk(data: splitsign_bytes, key: *mut splitsign_key, at: *mut u32) -> i32 {
    key_from(PublicKey::from_jwk, data, key, at)
}

/// Reads a COSE_Key (RFC 9052 section 7, RFC 9053 section 7.1.1). A private key is refused.
///
/// Returns 0, `SPLITSIGN_CBOR_…` or `SPLITSIGN_KEY_…`. `*key` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_from_cose_key(data: splitsign_bytes, key: *mut splitsign_key, at: *mut u32) -> i32 {
    key_from(PublicKey::from_cose_key, data, key, at)
}

/// Writes what `write` writes into the room of the caller, and how much that is.
pub(crate) fn written<'a>(
    room: Room,
    out_len: *mut usize,
    write_into: impl FnOnce(&'a mut [u8]) -> Result<&'a [u8]>,
) -> Result<()> {
    // Looked at first, so that nothing is written when there is no place for its length.
    let place = write(out_len)?;
    *place = write_into(room.bytes()?)?.len();
    Ok(())
}

/// Writes the key as SubjectPublicKeyInfo in DER (RFC 5480): 91 bytes.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many bytes are enough; `SPLITSIGN_KEY_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_to_spki(
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
    out_len: *mut usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        write(out_len)?;
        let spki = key_of(key)?.to_spki();
        let room = Room::new(out, out_cap).apart_from_item(key)?.bytes()?;
        let place = room.get_mut(..spki.len()).ok_or_else(|| crate::outcome::output_too_small(spki.len()))?;
        place.copy_from_slice(&spki);
        *write(out_len)? = spki.len();
        Ok(())
    };
    returned(run(), at)
}

/// Writes the key as JWK with the required members, in the order of a thumbprint (RFC 7638).
///
/// Returns as `splitsign_key_to_spki`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_to_jwk(
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
    out_len: *mut usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        let public = key_of(key)?;
        written(Room::new(out, out_cap).apart_from_item(key)?, out_len, |room| Ok(public.to_jwk(room)?))
    };
    returned(run(), at)
}

/// Writes the key as COSE_Key, deterministically encoded (RFC 9052 section 7).
///
/// Returns as `splitsign_key_to_spki`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_to_cose_key(
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
    out_len: *mut usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        let public = key_of(key)?;
        written(Room::new(out, out_cap).apart_from_item(key)?, out_len, |room| Ok(public.to_cose_key(room)?))
    };
    returned(run(), at)
}

/// Writes the JWK thumbprint with SHA-256 (RFC 7638) to the 32 bytes at `digest`.
///
/// Returns 0 or `SPLITSIGN_KEY_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_key_thumbprint(key: *const splitsign_key, digest: *mut u8, at: *mut u32) -> i32 {
    let run = || put_digest(digest, &key_of(key)?.jwk_thumbprint());
    returned(run(), at)
}
