//! COSE_Sign1.

use splitsign_core::cose::{
    ContentType, PreparedSign1, Sign1, Sign1Digest, Sign1Verifier, UnverifiedSign1, VerifiedSign1,
};
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;
use splitsign_core::limits;
use splitsign_core::x509::Chain;

use crate::context;
use crate::key::{Chosen, key_of, splitsign_key, written};
use crate::memory::{Room, items, put_digest, read, splitsign_bytes, write, write_apart};
use crate::outcome::{Result, invalid_argument, returned};
use crate::prepared::splitsign_prepared_key;
use crate::preparing;
use crate::signature::low_s_of;

/// The payload is not in the object.
pub const SPLITSIGN_COSE_DETACHED: u32 = 1;
/// The object has no tag 18.
pub const SPLITSIGN_COSE_UNTAGGED: u32 = 1 << 1;
/// `coap_format` is there.
pub const SPLITSIGN_COSE_COAP_FORMAT: u32 = 1 << 2;
const FLAGS: u32 = SPLITSIGN_COSE_DETACHED | SPLITSIGN_COSE_UNTAGGED | SPLITSIGN_COSE_COAP_FORMAT;

/// What goes into a COSE_Sign1. All zero is an embedded empty payload and `alg`, and nothing else. Whatever is here but
/// `external_aad` and `payload` goes into the protected header.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_cose_sign1_params {
    /// The payload. Absent is empty.
    pub payload: splitsign_bytes,
    /// Names the key (label 4).
    pub kid: splitsign_bytes,
    /// A media type (label 3), UTF-8. Not together with `coap_format`.
    pub content_type: splitsign_bytes,
    /// Bytes that are signed and not carried.
    pub external_aad: splitsign_bytes,
    /// Certificates in DER (label 33), leaf first: NULL for none. They are not validated.
    pub x5chain: *const splitsign_bytes,
    /// How many; at most `SPLITSIGN_CHAIN_CERTIFICATES`.
    pub x5chain_len: usize,
    /// `SPLITSIGN_COSE_…` or'ed.
    pub flags: u32,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
    /// A number of the CoAP Content-Formats registry (label 3), with `SPLITSIGN_COSE_COAP_FORMAT`.
    pub coap_format: u16,
}

/// A detached payload that is signed in pieces, in the caller's memory.
///
/// It holds views of what it was started with: those stay as they are, and where they are, until it is finished.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_cose_sign1_prepare_context {
    /// Not to be touched.
    pub opaque: [u64; 96],
}

/// A detached payload that is verified in pieces, in the caller's memory.
///
/// It holds views of the object: that stays as it is, and where it is, until it is finished.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_cose_sign1_verify_context {
    /// Not to be touched.
    pub opaque: [u64; 96],
}

/// How an object is verified.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_cose_sign1_expect {
    /// The key. Of `key` and `prepared` one is NULL.
    pub key: *const splitsign_key,
    /// The key with its table.
    pub prepared: *const splitsign_prepared_key,
    /// The payload, if it is detached; absent, if it is in the object. An empty detached payload is present.
    pub payload: splitsign_bytes,
    /// Bytes that were signed and are not carried.
    pub external_aad: splitsign_bytes,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
}

/// What an object says: views of it, or of the detached payload.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_cose_sign1 {
    /// The payload; absent, if it is detached and was not given, or came in pieces.
    pub payload: splitsign_bytes,
    /// `kid`.
    pub kid: splitsign_bytes,
    /// The media type.
    pub content_type: splitsign_bytes,
    /// The certificates, leaf first. They are not validated.
    pub x5chain: [splitsign_bytes; SPLITSIGN_CHAIN_CERTIFICATES],
    /// How many.
    pub x5chain_len: usize,
    /// The number of the content format, or −1.
    pub coap_format: i32,
    /// Whether the payload is not in the object: 1 or 0.
    pub detached: i32,
}

/// Certificates that a chain may have.
pub const SPLITSIGN_CHAIN_CERTIFICATES: usize = 10;
const _: () = assert!(SPLITSIGN_CHAIN_CERTIFICATES == limits::CHAIN_CERTIFICATES);

/// Room for the certificates of a draft, as the core has them. One more, so that too many are still too many.
pub(crate) type Certificates<'a> = [&'a [u8]; SPLITSIGN_CHAIN_CERTIFICATES + 1];

/// The chain that C gives, laid out in `room`; `None`, if there is none.
pub(crate) fn chain_of<'a>(
    first: *const splitsign_bytes,
    len: usize,
    room: &'a mut Certificates<'a>,
) -> Result<Option<Chain<'a>>> {
    if first.is_null() && len == 0 {
        return Ok(None);
    }
    let given = items(first, len)?;
    for (place, certificate) in room.iter_mut().zip(given) {
        *place = certificate.bytes()?;
    }
    Ok(Some(Chain::from_slices(room.get(..given.len()).unwrap_or(&*room))?))
}

fn draft<'a>(
    given: &splitsign_cose_sign1_params,
    streamed: Option<u64>,
    room: &'a mut Certificates<'a>,
) -> Result<Sign1<'a>> {
    if given.flags & !FLAGS != 0 {
        return Err(invalid_argument());
    }
    let mut draft = match streamed {
        Some(length) => Sign1::detached_stream(length),
        None if given.flags & SPLITSIGN_COSE_DETACHED != 0 => Sign1::detached(given.payload.bytes()?),
        None => Sign1::embedded(given.payload.bytes()?),
    };
    draft = draft.external_aad(given.external_aad.bytes()?).low_s(low_s_of(given.low_s)?);
    if let Some(kid) = given.kid.optional()? {
        draft = draft.kid(kid);
    }
    let coap = given.flags & SPLITSIGN_COSE_COAP_FORMAT != 0;
    match (given.content_type.text()?, coap) {
        (Some(media_type), false) => draft = draft.content_type(ContentType::MediaType(media_type)),
        (None, true) => draft = draft.content_type(ContentType::CoapFormat(given.coap_format)),
        (None, false) => {}
        (Some(_), true) => return Err(invalid_argument()),
    }
    if let Some(chain) = chain_of(given.x5chain, given.x5chain_len, room)? {
        draft = draft.x5chain(chain);
    }
    Ok(if given.flags & SPLITSIGN_COSE_UNTAGGED == 0 { draft } else { draft.untagged() })
}

/// Writes to the 32 bytes at `digest` what is to be signed: SHA-256 of the Sig_structure (RFC 9052, 4.4).
///
/// Returns 0, `SPLITSIGN_COSE_…`, `SPLITSIGN_CHAIN_…`, `SPLITSIGN_LIMIT_EXCEEDED` or `SPLITSIGN_INVALID_ARGUMENT`. For a certificate `*at` is
/// its number, from zero.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_prepare(
    params: *const splitsign_cose_sign1_params,
    digest: *mut u8,
    at: *mut u32,
) -> i32 {
    let run = || put_digest(digest, draft(read(params)?, None, &mut [&[]; 11])?.prepare()?.digest());
    returned(run(), at)
}

/// Checks `signature` (r‖s) against the key, and writes the object. The payload is hashed again, so that what is written is what
/// is signed; nothing is written unless the signature is right.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many bytes are enough; `SPLITSIGN_BAD_SIGNATURE`; what
/// `splitsign_cose_sign1_prepare` returns; `SPLITSIGN_KEY_…`, `SPLITSIGN_SIGNATURE_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_attach(
    params: *const splitsign_cose_sign1_params,
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
        let room = room_of(given, signature, key, out, out_cap)?;
        attached(draft(given, None, &mut [&[]; 11])?.prepare()?, signature, &public, room, out_len)
    };
    returned(run(), at)
}

/// As `splitsign_cose_sign1_attach`, for a detached payload of `payload_len` bytes that is not at hand any more, and whose digest
/// was computed in pieces. `params->payload` is not looked at.
///
/// Returns as `splitsign_cose_sign1_attach`; `SPLITSIGN_BAD_SIGNATURE` also if the digest is another one.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_attach_digest(
    params: *const splitsign_cose_sign1_params,
    payload_len: u64,
    digest: splitsign_bytes,
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
        let room = room_of(given, signature, key, out, out_cap)?.apart_from(&[digest])?;
        let digest = Sha256Digest::from_slice(digest.bytes()?)?;
        attached(draft(given, Some(payload_len), &mut [&[]; 11])?.resume(&digest)?, signature, &public, room, out_len)
    };
    returned(run(), at)
}

/// The room for the object, if it lies over nothing that is read.
fn room_of(
    given: &splitsign_cose_sign1_params,
    signature: splitsign_bytes,
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
) -> Result<Room> {
    let room = Room::new(out, out_cap).apart_from_item(given)?.apart_from_item(key)?;
    let room = room.apart_from(&[given.payload, given.kid, given.content_type, given.external_aad, signature])?;
    room.apart_from_list(given.x5chain, given.x5chain_len)
}

fn attached(
    prepared: PreparedSign1<'_>,
    signature: splitsign_bytes,
    key: &splitsign_core::ecdsa::PublicKey,
    room: Room,
    out_len: *mut usize,
) -> Result<()> {
    let signature = Signature::from_raw(signature.bytes()?)?;
    written(room, out_len, |out| Ok(prepared.attach(&signature, key, out)?))
}

/// Starts to take a detached payload of `payload_len` bytes in pieces. `params->payload` is not looked at.
///
/// Returns as `splitsign_cose_sign1_prepare`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_prepare_init(
    context: *mut splitsign_cose_sign1_prepare_context,
    params: *const splitsign_cose_sign1_params,
    payload_len: u64,
    at: *mut u32,
) -> i32 {
    let run = || {
        let given = read(params)?;
        preparing::start(context, |certificates| Ok(draft(given, Some(payload_len), certificates)?.stream()?))
    };
    returned(run(), at)
}

/// Takes the next bytes of the payload.
///
/// Returns 0; `SPLITSIGN_LENGTH_MISMATCH`, and in `*at` the first byte that is too many; `SPLITSIGN_INVALID_ARGUMENT`, also for a
/// context that was not started, is finished, or was moved.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_prepare_update(
    context: *mut splitsign_cose_sign1_prepare_context,
    data: splitsign_bytes,
    at: *mut u32,
) -> i32 {
    let run = || {
        let bytes = data.bytes()?;
        Ok(preparing::started::<_, Sign1Digest<'static>>(context)?.update(bytes)?)
    };
    returned(run(), at)
}

/// Writes what is to be signed to the 32 bytes at `digest`; sign it, and go on with `splitsign_cose_sign1_attach_digest`. The context can be
/// started anew.
///
/// Returns 0; `SPLITSIGN_LENGTH_MISMATCH` if bytes are missing; `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_prepare_finish(
    context: *mut splitsign_cose_sign1_prepare_context,
    digest: *mut u8,
    at: *mut u32,
) -> i32 {
    let run = || {
        write(digest)?;
        preparing::finish(context, |stream: Sign1Digest<'static>| put_digest(digest, stream.finish()?.digest()))
    };
    returned(run(), at)
}

fn unverified<'a>(object: splitsign_bytes, expect: &splitsign_cose_sign1_expect) -> Result<UnverifiedSign1<'a>> {
    let unverified = UnverifiedSign1::parse(object.bytes()?)?;
    Ok(unverified.external_aad(expect.external_aad.bytes()?).low_s(low_s_of(expect.low_s)?))
}

/// Verifies a COSE_Sign1 (RFC 9052, 4.4), tagged with 18 or untagged. What is in `*result` afterwards is covered by the signature: the
/// protected header, and the payload.
///
/// Not checked: the certificates; whether the key is one to trust; the order of map keys.
///
/// Returns 0 if the signature is right; `SPLITSIGN_BAD_SIGNATURE`; `SPLITSIGN_CBOR_…`, `SPLITSIGN_COSE_…`, `SPLITSIGN_SIGNATURE_…` with the
/// offset in `object`; `SPLITSIGN_KEY_…`. `*result` is written only if it is 0, and may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_verify(
    object: splitsign_bytes,
    expect: *const splitsign_cose_sign1_expect,
    result: *mut splitsign_cose_sign1,
    at: *mut u32,
) -> i32 {
    let run = || {
        let expect = read(expect)?;
        let key = Chosen::of(expect.key, expect.prepared)?;
        if !result.is_null() {
            write_apart(result, &[object, expect.payload])?;
        }
        let unverified = unverified(object, expect)?;
        let detached = expect.payload.optional()?;
        let unverified = detached.map_or(unverified, |payload| unverified.detached(payload));
        let verified = unverified.verify(key.verifier())?;
        if !result.is_null() {
            *write(result)? = known(&verified, detached.is_some());
        }
        Ok(())
    };
    returned(run(), at)
}

/// Starts to verify an object whose payload comes in pieces, `payload_len` bytes in all. Of `expect` the key and the payload are not
/// looked at.
///
/// Returns as `splitsign_cose_sign1_verify`; `SPLITSIGN_COSE_PAYLOAD_EMBEDDED` if the payload is in the object.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_verify_init(
    context: *mut splitsign_cose_sign1_verify_context,
    object: splitsign_bytes,
    expect: *const splitsign_cose_sign1_expect,
    payload_len: u64,
    at: *mut u32,
) -> i32 {
    let run = || {
        let stream: Sign1Verifier<'static> = unverified(object, read(expect)?)?.stream(payload_len)?;
        context::start(context, stream)
    };
    returned(run(), at)
}

/// Takes the next bytes of the payload.
///
/// Returns as `splitsign_cose_sign1_prepare_update`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_verify_update(
    context: *mut splitsign_cose_sign1_verify_context,
    data: splitsign_bytes,
    at: *mut u32,
) -> i32 {
    let run = || {
        let bytes = data.bytes()?;
        Ok(context::started::<_, Sign1Verifier<'static>>(context)?.update(bytes)?)
    };
    returned(run(), at)
}

/// The verdict, once all bytes have come. Of `key` and `prepared` one is NULL. The context can be started anew.
///
/// Returns 0 if the signature is right; `SPLITSIGN_BAD_SIGNATURE`; `SPLITSIGN_LENGTH_MISMATCH` if bytes are missing; `SPLITSIGN_KEY_…`;
/// `SPLITSIGN_INVALID_ARGUMENT`. `*result` is written only if it is 0, and may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_verify_finish(
    context: *mut splitsign_cose_sign1_verify_context,
    key: *const splitsign_key,
    prepared: *const splitsign_prepared_key,
    result: *mut splitsign_cose_sign1,
    at: *mut u32,
) -> i32 {
    let run = || {
        let key = Chosen::of(key, prepared)?;
        let verified = context::finish::<_, Sign1Verifier<'static>>(context)?.finish(key.verifier())?;
        if !result.is_null() {
            *write(result)? = known(&verified, true);
        }
        Ok(())
    };
    returned(run(), at)
}

/// Tells what an object claims: hints for choosing a key. **Nothing of it is verified.** The payload is not told.
///
/// Returns 0, `SPLITSIGN_CBOR_…`, `SPLITSIGN_COSE_…` or `SPLITSIGN_SIGNATURE_…` with the offset in `object`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_cose_sign1_inspect(
    object: splitsign_bytes,
    result: *mut splitsign_cose_sign1,
    at: *mut u32,
) -> i32 {
    let run = || {
        let result = write_apart(result, &[object])?;
        let unverified = UnverifiedSign1::parse(object.bytes()?)?;
        let mut found = EMPTY;
        found.kid = splitsign_bytes::of_optional(unverified.kid());
        put_chain(unverified.x5chain(), &mut found);
        found.detached = i32::from(unverified.is_detached());
        *result = found;
        Ok(())
    };
    returned(run(), at)
}

const EMPTY: splitsign_cose_sign1 = splitsign_cose_sign1 {
    payload: splitsign_bytes::ABSENT,
    kid: splitsign_bytes::ABSENT,
    content_type: splitsign_bytes::ABSENT,
    x5chain: [splitsign_bytes::ABSENT; SPLITSIGN_CHAIN_CERTIFICATES],
    x5chain_len: 0,
    coap_format: -1,
    detached: 0,
};

fn known(verified: &VerifiedSign1<'_>, detached: bool) -> splitsign_cose_sign1 {
    let mut found = EMPTY;
    found.payload = splitsign_bytes::of_optional(verified.payload());
    found.kid = splitsign_bytes::of_optional(verified.kid());
    match verified.content_type() {
        Some(ContentType::MediaType(media_type)) => found.content_type = splitsign_bytes::of(media_type.as_bytes()),
        Some(ContentType::CoapFormat(number)) => found.coap_format = i32::from(number),
        None => {}
    }
    put_chain(verified.x5chain(), &mut found);
    found.detached = i32::from(detached);
    found
}

fn put_chain<'a>(chain: impl Iterator<Item = &'a [u8]>, found: &mut splitsign_cose_sign1) {
    for (place, certificate) in found.x5chain.iter_mut().zip(chain) {
        *place = splitsign_bytes::of(certificate);
        found.x5chain_len += 1;
    }
}
