//! DSSE envelopes.

use splitsign_core::dsse::{Envelope, SignatureEncoding, UnverifiedEnvelope};
use splitsign_core::ecdsa::Signature;
use splitsign_core::limits;

use crate::key::{Chosen, key_of, splitsign_key, written};
use crate::memory::{Room, put_digest, read, splitsign_bytes, write_apart};
use crate::outcome::{Result, invalid_argument, returned};
use crate::prepared::splitsign_prepared_key;
use crate::signature::low_s_of;
use crate::work::Work;

/// The envelope has the signature as r‖s, and not in DER.
pub const SPLITSIGN_DSSE_RAW_SIGNATURE: u32 = 1;

/// Signatures that an envelope may have.
pub const SPLITSIGN_DSSE_SIGNATURES: usize = 16;
const _: () = assert!(SPLITSIGN_DSSE_SIGNATURES == limits::DSSE_SIGNATURES);

/// What goes into an envelope. Text is UTF-8.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_dsse_params {
    /// The type of the payload: must be there.
    pub payload_type: splitsign_bytes,
    /// The payload. Absent is empty.
    pub payload: splitsign_bytes,
    /// Names the key. It is not signed.
    pub keyid: splitsign_bytes,
    /// `SPLITSIGN_DSSE_…` or'ed.
    pub flags: u32,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
}

/// How an envelope is verified.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_dsse_expect {
    /// The key. Of `key` and `prepared` one is NULL.
    pub key: *const splitsign_key,
    /// The key with its table.
    pub prepared: *const splitsign_prepared_key,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
}

/// What an envelope says, decoded: views of the work memory.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_dsse {
    /// The payload.
    pub payload: splitsign_bytes,
    /// Its type.
    pub payload_type: splitsign_bytes,
    /// The key id beside the signature that is right. **It is not signed.**
    pub keyid: splitsign_bytes,
}

/// What an envelope claims, decoded: views of the work memory.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_dsse_claims {
    /// One for each signature; absent, where it has none.
    pub keyids: [splitsign_bytes; SPLITSIGN_DSSE_SIGNATURES],
    /// How many signatures.
    pub keyids_len: usize,
}

fn draft<'a>(given: &splitsign_dsse_params) -> Result<Envelope<'a>> {
    if given.flags & !SPLITSIGN_DSSE_RAW_SIGNATURE != 0 {
        return Err(invalid_argument());
    }
    let payload_type = given.payload_type.text()?.unwrap_or_default();
    let mut draft = Envelope::new(payload_type, given.payload.bytes()?).low_s(low_s_of(given.low_s)?);
    if let Some(keyid) = given.keyid.text()? {
        draft = draft.keyid(keyid);
    }
    let raw = given.flags & SPLITSIGN_DSSE_RAW_SIGNATURE != 0;
    Ok(if raw { draft.signature_encoding(SignatureEncoding::Raw) } else { draft })
}

/// Writes to the 32 bytes at `digest` what is to be signed: SHA-256 of the pre-authentication encoding.
///
/// Returns 0, `SPLITSIGN_DSSE_…`, `SPLITSIGN_LIMIT_EXCEEDED` or `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_dsse_prepare(params: *const splitsign_dsse_params, digest: *mut u8, at: *mut u32) -> i32 {
    let run = || put_digest(digest, draft(read(params)?)?.prepare()?.digest());
    returned(run(), at)
}

/// Checks `signature` (r‖s) against the key, and writes the envelope, which is text and is not ended by a zero. Nothing is written
/// unless the signature is right.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many bytes are enough; `SPLITSIGN_BAD_SIGNATURE`; what
/// `splitsign_dsse_prepare` returns; `SPLITSIGN_KEY_…`, `SPLITSIGN_SIGNATURE_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_dsse_attach(
    params: *const splitsign_dsse_params,
    signature: splitsign_bytes,
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
    out_len: *mut usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        let public = key_of(key)?;
        let given = read(params)?;
        let room = Room::new(out, out_cap).apart_from_item(given)?.apart_from_item(key)?;
        let room = room.apart_from(&[given.payload, given.payload_type, given.keyid, signature])?;
        let prepared = draft(given)?.prepare()?;
        let signature = Signature::from_raw(signature.bytes()?)?;
        written(room, out_len, |out| Ok(prepared.attach(&signature, &public, out)?))
    };
    returned(run(), at)
}

/// How much work memory is enough for an envelope of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_dsse_work_bytes(envelope_len: usize) -> usize {
    envelope_len
}

/// Verifies that one of an envelope's signatures is the key's (DSSE 1.0). Payload and type in `*result` are covered by it.
///
/// `work` is memory for what is decoded: `splitsign_dsse_work_bytes(envelope.len)` bytes are enough. `*result` has views of it.
///
/// Returns 0 if one is right; `SPLITSIGN_BAD_SIGNATURE`; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how much work memory is enough;
/// `SPLITSIGN_JSON_…`, `SPLITSIGN_BASE64_…`, `SPLITSIGN_DSSE_…`, `SPLITSIGN_SIGNATURE_…` with the offset in `envelope`; `SPLITSIGN_KEY_…`. `*result` is
/// written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_dsse_verify(
    envelope: splitsign_bytes,
    expect: *const splitsign_dsse_expect,
    work: *mut u8,
    work_len: usize,
    result: *mut splitsign_dsse,
    at: *mut u32,
) -> i32 {
    let run = || {
        let expect = read(expect)?;
        let result = write_apart(result, &[envelope])?;
        let key = Chosen::of(expect.key, expect.prepared)?;
        let room = Room::new(work, work_len).apart_from_item(expect)?.apart_from_item(expect.key)?;
        let room =
            room.apart_from_item(expect.prepared)?.apart_from_item(&raw const *result)?.apart_from(&[envelope])?;
        let bytes = envelope.bytes()?;
        let unverified = UnverifiedEnvelope::parse(bytes)?.low_s(low_s_of(expect.low_s)?);
        let verified = unverified.verify(key.verifier())?;
        let mut work = Work::new(room.bytes()?, splitsign_dsse_work_bytes(bytes.len()));
        *result = splitsign_dsse {
            payload: work.take(|out| verified.payload(out))?,
            payload_type: work.text(Some(verified.payload_type()))?,
            keyid: work.text(verified.keyid())?,
        };
        Ok(())
    };
    returned(run(), at)
}

/// Tells the key ids of an envelope: hints for choosing a key. **Nothing of it is verified**, and key ids are never signed. For
/// `work` see `splitsign_dsse_verify`.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, `SPLITSIGN_JSON_…`, `SPLITSIGN_BASE64_…`, `SPLITSIGN_DSSE_…` or `SPLITSIGN_SIGNATURE_…` as for
/// `splitsign_dsse_verify`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_dsse_inspect(
    envelope: splitsign_bytes,
    work: *mut u8,
    work_len: usize,
    result: *mut splitsign_dsse_claims,
    at: *mut u32,
) -> i32 {
    let run = || {
        let result = write_apart(result, &[envelope])?;
        let room = Room::new(work, work_len).apart_from_item(&raw const *result)?.apart_from(&[envelope])?;
        let bytes = envelope.bytes()?;
        let unverified = UnverifiedEnvelope::parse(bytes)?;
        let mut work = Work::new(room.bytes()?, splitsign_dsse_work_bytes(bytes.len()));
        let mut found =
            splitsign_dsse_claims { keyids: [splitsign_bytes::ABSENT; SPLITSIGN_DSSE_SIGNATURES], keyids_len: 0 };
        for (place, keyid) in found.keyids.iter_mut().zip(unverified.keyids()) {
            *place = work.text(keyid)?;
            found.keyids_len += 1;
        }
        *result = found;
        Ok(())
    };
    returned(run(), at)
}
