//! JWS.

use splitsign_core::Code;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;
use splitsign_core::jws::{Jws, JwsDigest, JwsVerifier, PreparedJws, UnverifiedJws, VerifiedJws};

use crate::context;
use crate::cose::{Certificates, SPLITSIGN_CHAIN_CERTIFICATES, chain_of};
use crate::key::{Chosen, key_of, splitsign_key, written};
use crate::memory::{Room, put_digest, read, splitsign_bytes, write, write_apart};
use crate::outcome::{Result, invalid_argument, output_too_small, returned};
use crate::prepared::splitsign_prepared_key;
use crate::preparing;
use crate::signature::low_s_of;
use crate::work::Work;

/// The payload is not in the object.
pub const SPLITSIGN_JWS_DETACHED: u32 = 1;
/// The payload is signed as it is, `b64` false (RFC 7797).
pub const SPLITSIGN_JWS_UNENCODED: u32 = 1 << 1;
/// The object is flattened JSON (RFC 7515, 7.2.2), and not compact.
pub const SPLITSIGN_JWS_FLATTENED: u32 = 1 << 2;
const FLAGS: u32 = SPLITSIGN_JWS_DETACHED | SPLITSIGN_JWS_UNENCODED | SPLITSIGN_JWS_FLATTENED;

/// What goes into a JWS. All zero is an attached empty payload in compact form, with `alg`, and nothing else. Text is UTF-8.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_jws_params {
    /// The payload. Absent is empty.
    pub payload: splitsign_bytes,
    /// Names the key.
    pub kid: splitsign_bytes,
    /// The type of the whole, say `JWT`.
    pub typ: splitsign_bytes,
    /// The type of the payload.
    pub cty: splitsign_bytes,
    /// Certificates in DER, leaf first: NULL for none. They are not validated.
    pub x5c: *const splitsign_bytes,
    /// How many; at most `SPLITSIGN_CHAIN_CERTIFICATES`.
    pub x5c_len: usize,
    /// `SPLITSIGN_JWS_…` or'ed.
    pub flags: u32,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
}

/// A detached payload that is signed in pieces, in the caller's memory.
///
/// It holds views of what it was started with: those stay as they are, and where they are, until it is finished.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_jws_prepare_context {
    /// Not to be touched.
    pub opaque: [u64; 96],
}

/// A detached payload that is verified in pieces, in the caller's memory.
///
/// It holds views of the object and of the work memory: those stay as they are, and where they are, until it is finished.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_jws_verify_context {
    /// Not to be touched.
    pub opaque: [u64; 128],
}

/// How an object is verified.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_jws_expect {
    /// The key. Of `key` and `prepared` one is NULL.
    pub key: *const splitsign_key,
    /// The key with its table.
    pub prepared: *const splitsign_prepared_key,
    /// The payload, if it is detached; absent, if it is in the object. An empty detached payload is present.
    pub payload: splitsign_bytes,
    /// What is done with a high s: `SPLITSIGN_LOW_S_…`.
    pub low_s: i32,
}

/// What a JWS says, decoded: views of the work memory, or of the detached payload.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct splitsign_jws {
    /// The payload; absent, if it came in pieces.
    pub payload: splitsign_bytes,
    /// `kid`.
    pub kid: splitsign_bytes,
    /// `typ`.
    pub typ: splitsign_bytes,
    /// `cty`.
    pub cty: splitsign_bytes,
    /// The certificates, leaf first. They are not validated.
    pub x5c: [splitsign_bytes; SPLITSIGN_CHAIN_CERTIFICATES],
    /// How many.
    pub x5c_len: usize,
    /// Whether the payload is not in the object: 1 or 0.
    pub detached: i32,
}

fn draft<'a>(given: &splitsign_jws_params, streamed: bool, room: &'a mut Certificates<'a>) -> Result<Jws<'a>> {
    if given.flags & !FLAGS != 0 {
        return Err(invalid_argument());
    }
    let mut draft = if streamed {
        Jws::detached_stream()
    } else if given.flags & SPLITSIGN_JWS_DETACHED != 0 {
        Jws::detached(given.payload.bytes()?)
    } else {
        Jws::attached(given.payload.bytes()?)
    };
    draft = draft.low_s(low_s_of(given.low_s)?);
    if let Some(kid) = given.kid.text()? {
        draft = draft.kid(kid);
    }
    if let Some(typ) = given.typ.text()? {
        draft = draft.typ(typ);
    }
    if let Some(cty) = given.cty.text()? {
        draft = draft.cty(cty);
    }
    if let Some(chain) = chain_of(given.x5c, given.x5c_len, room)? {
        draft = draft.x5c(chain);
    }
    if given.flags & SPLITSIGN_JWS_UNENCODED != 0 {
        draft = draft.unencoded();
    }
    Ok(if given.flags & SPLITSIGN_JWS_FLATTENED == 0 { draft } else { draft.flattened() })
}

/// Writes to the 32 bytes at `digest` what is to be signed: SHA-256 of the signing input (RFC 7515, 5.1).
///
/// Returns 0, `SPLITSIGN_JWS_…`, `SPLITSIGN_CHAIN_…`, `SPLITSIGN_LIMIT_EXCEEDED` or `SPLITSIGN_INVALID_ARGUMENT`. For a certificate `*at` is
/// its number, from zero.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_prepare(params: *const splitsign_jws_params, digest: *mut u8, at: *mut u32) -> i32 {
    let run = || put_digest(digest, draft(read(params)?, false, &mut [&[]; 11])?.prepare()?.digest());
    returned(run(), at)
}

/// Checks `signature` (r‖s) against the key, and writes the object, which is text and is not ended by a zero. The payload is hashed
/// again, so that what is written is what is signed; nothing is written unless the signature is right.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how many bytes are enough; `SPLITSIGN_BAD_SIGNATURE`; what
/// `splitsign_jws_prepare` returns; `SPLITSIGN_KEY_…`, `SPLITSIGN_SIGNATURE_…`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_attach(
    params: *const splitsign_jws_params,
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
        attached(draft(given, false, &mut [&[]; 11])?.prepare()?, signature, &public, room, out_len)
    };
    returned(run(), at)
}

/// As `splitsign_jws_attach`, for a detached payload that is not at hand any more, and whose digest was computed in pieces.
/// `params->payload` is not looked at.
///
/// Returns as `splitsign_jws_attach`; `SPLITSIGN_BAD_SIGNATURE` also if the digest is another one.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_attach_digest(
    params: *const splitsign_jws_params,
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
        attached(draft(given, true, &mut [&[]; 11])?.resume(&digest)?, signature, &public, room, out_len)
    };
    returned(run(), at)
}

/// The room for the object, if it lies over nothing that is read.
fn room_of(
    given: &splitsign_jws_params,
    signature: splitsign_bytes,
    key: *const splitsign_key,
    out: *mut u8,
    out_cap: usize,
) -> Result<Room> {
    let room = Room::new(out, out_cap).apart_from_item(given)?.apart_from_item(key)?;
    let room = room.apart_from(&[given.payload, given.kid, given.typ, given.cty, signature])?;
    room.apart_from_list(given.x5c, given.x5c_len)
}

fn attached(
    prepared: PreparedJws<'_>,
    signature: splitsign_bytes,
    key: &splitsign_core::ecdsa::PublicKey,
    room: Room,
    out_len: *mut usize,
) -> Result<()> {
    let signature = Signature::from_raw(signature.bytes()?)?;
    written(room, out_len, |out| Ok(prepared.attach(&signature, key, out)?))
}

/// Starts to take a detached payload in pieces. `params->payload` is not looked at.
///
/// Returns as `splitsign_jws_prepare`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_prepare_init(
    context: *mut splitsign_jws_prepare_context,
    params: *const splitsign_jws_params,
    at: *mut u32,
) -> i32 {
    let run = || {
        let given = read(params)?;
        preparing::start(context, |certificates| Ok(draft(given, true, certificates)?.stream()?))
    };
    returned(run(), at)
}

/// Takes the next bytes of the payload.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`, also for a context that was not started, is finished, or was moved.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_prepare_update(
    context: *mut splitsign_jws_prepare_context,
    data: splitsign_bytes,
    at: *mut u32,
) -> i32 {
    let run = || {
        let bytes = data.bytes()?;
        preparing::started::<_, JwsDigest<'static>>(context)?.update(bytes);
        Ok(())
    };
    returned(run(), at)
}

/// Writes what is to be signed to the 32 bytes at `digest`; sign it, and go on with `splitsign_jws_attach_digest`. The context can be started
/// anew.
///
/// Returns 0 or `SPLITSIGN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_prepare_finish(
    context: *mut splitsign_jws_prepare_context,
    digest: *mut u8,
    at: *mut u32,
) -> i32 {
    let run = || {
        write(digest)?;
        preparing::finish(context, |stream: JwsDigest<'static>| put_digest(digest, stream.finish().digest()))
    };
    returned(run(), at)
}

/// How much work memory is enough for a JWS of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_work_bytes(object_len: usize) -> usize {
    // The header decoded, the payload, and the header's texts and certificates once more.
    object_len.saturating_mul(3)
}

/// The object, and memory for what is decoded, of which the header has the front.
fn unverified<'a>(object: splitsign_bytes, room: Room) -> Result<(UnverifiedJws<'a>, Work<'a>)> {
    let bytes = object.bytes()?;
    let enough = splitsign_jws_work_bytes(bytes.len());
    let work = room.apart_from(&[object])?.bytes()?;
    let header = match UnverifiedJws::parse(bytes, &mut []) {
        Err(error) if error.is(Code::OutputTooSmall) => usize::try_from(error.at()).unwrap_or(usize::MAX),
        // Whatever is wrong is found again.
        Ok(_) | Err(_) => 0,
    };
    let (header, rest) = work.split_at_mut_checked(header).ok_or_else(|| output_too_small(enough))?;
    Ok((UnverifiedJws::parse(bytes, header)?, Work::new(rest, enough)))
}

/// Verifies a JWS, compact or flattened (RFC 7515, 5.2). What is in `*result` afterwards is covered by the signature.
///
/// `work` is memory for what is decoded: `splitsign_jws_work_bytes(object.len)` bytes are enough. `*result` has views of it.
///
/// Not checked: the certificates; whether the key is one to trust; the claims of a JWT.
///
/// Returns 0 if the signature is right; `SPLITSIGN_BAD_SIGNATURE`; `SPLITSIGN_OUTPUT_TOO_SMALL`, and in `*at` how much work memory is
/// enough; `SPLITSIGN_JSON_…`, `SPLITSIGN_BASE64_…`, `SPLITSIGN_JWS_…`, `SPLITSIGN_SIGNATURE_…` with the offset in `object`; `SPLITSIGN_KEY_…`. `*result`
/// is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_verify(
    object: splitsign_bytes,
    expect: *const splitsign_jws_expect,
    work: *mut u8,
    work_len: usize,
    result: *mut splitsign_jws,
    at: *mut u32,
) -> i32 {
    let run = || {
        let expect = read(expect)?;
        let result = write_apart(result, &[object, expect.payload])?;
        let key = Chosen::of(expect.key, expect.prepared)?;
        let room = Room::new(work, work_len).apart_from_item(expect)?.apart_from_item(expect.key)?;
        let room = room
            .apart_from_item(expect.prepared)?
            .apart_from_item(&raw const *result)?
            .apart_from(&[expect.payload])?;
        let (unverified, mut work) = unverified(object, room)?;
        let unverified = unverified.low_s(low_s_of(expect.low_s)?);
        let detached = expect.payload.optional()?;
        let unverified = detached.map_or(unverified, |payload| unverified.detached(payload));
        let verified = unverified.verify(key.verifier())?;
        let mut found = known(&verified, &mut work)?;
        found.payload = match (detached, verified.payload_len()) {
            (Some(payload), _) => splitsign_bytes::of(payload),
            (None, Some(_)) => work.take(|out| verified.payload(out))?,
            (None, None) => splitsign_bytes::ABSENT,
        };
        found.detached = i32::from(detached.is_some());
        *result = found;
        Ok(())
    };
    returned(run(), at)
}

/// What a stream of a verification holds.
struct Verifying {
    verifier: JwsVerifier<'static>,
    work: Work<'static>,
}

/// Starts to verify an object whose payload comes in pieces. Of `expect` the key and the payload are not looked at. For `work` see
/// `splitsign_jws_verify`; it stays until the context is finished, and as long as `*result` is used.
///
/// Returns as `splitsign_jws_verify`; `SPLITSIGN_JWS_PAYLOAD_ATTACHED` if the payload is in the object.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_verify_init(
    context: *mut splitsign_jws_verify_context,
    object: splitsign_bytes,
    expect: *const splitsign_jws_expect,
    work: *mut u8,
    work_len: usize,
    at: *mut u32,
) -> i32 {
    let run = || {
        let expect = read(expect)?;
        let room = Room::new(work, work_len).apart_from_item(expect)?.apart_from_item(context)?;
        let (unverified, work) = unverified(object, room)?;
        let verifier = unverified.low_s(low_s_of(expect.low_s)?).stream()?;
        context::start(context, Verifying { verifier, work })
    };
    returned(run(), at)
}

/// Takes the next bytes of the payload.
///
/// Returns as `splitsign_jws_prepare_update`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_verify_update(
    context: *mut splitsign_jws_verify_context,
    data: splitsign_bytes,
    at: *mut u32,
) -> i32 {
    let run = || {
        let bytes = data.bytes()?;
        context::started::<_, Verifying>(context)?.verifier.update(bytes);
        Ok(())
    };
    returned(run(), at)
}

/// The verdict, once all bytes have come. Of `key` and `prepared` one is NULL. The context can be started anew.
///
/// Returns 0 if the signature is right; `SPLITSIGN_BAD_SIGNATURE`; `SPLITSIGN_OUTPUT_TOO_SMALL` as for `splitsign_jws_verify`; `SPLITSIGN_KEY_…`;
/// `SPLITSIGN_INVALID_ARGUMENT`. `*result` is written only if it is 0.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_verify_finish(
    context: *mut splitsign_jws_verify_context,
    key: *const splitsign_key,
    prepared: *const splitsign_prepared_key,
    result: *mut splitsign_jws,
    at: *mut u32,
) -> i32 {
    let run = || {
        let result = write(result)?;
        let key = Chosen::of(key, prepared)?;
        let Verifying { verifier, mut work } = context::finish::<_, Verifying>(context)?;
        let verified = verifier.finish(key.verifier())?;
        *result = known(&verified, &mut work)?;
        result.detached = 1;
        Ok(())
    };
    returned(run(), at)
}

/// Tells what an object claims: hints for choosing a key. **Nothing of it is verified.** The payload is not told. For `work` see
/// `splitsign_jws_verify`.
///
/// Returns 0; `SPLITSIGN_OUTPUT_TOO_SMALL`, `SPLITSIGN_JSON_…`, `SPLITSIGN_BASE64_…`, `SPLITSIGN_JWS_…` or `SPLITSIGN_SIGNATURE_…` as for
/// `splitsign_jws_verify`.
#[unsafe(no_mangle)]
pub extern "C" fn splitsign_jws_inspect(
    object: splitsign_bytes,
    work: *mut u8,
    work_len: usize,
    result: *mut splitsign_jws,
    at: *mut u32,
) -> i32 {
    let run = || {
        let result = write_apart(result, &[object])?;
        let room = Room::new(work, work_len).apart_from_item(&raw const *result)?;
        let (unverified, mut work) = unverified(object, room)?;
        let mut found = EMPTY;
        found.kid = work.text(unverified.kid())?;
        put_chain(&mut work, &mut found, &|index, out| unverified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?;
        found.detached = i32::from(unverified.is_detached());
        *result = found;
        Ok(())
    };
    returned(run(), at)
}

const EMPTY: splitsign_jws = splitsign_jws {
    payload: splitsign_bytes::ABSENT,
    kid: splitsign_bytes::ABSENT,
    typ: splitsign_bytes::ABSENT,
    cty: splitsign_bytes::ABSENT,
    x5c: [splitsign_bytes::ABSENT; SPLITSIGN_CHAIN_CERTIFICATES],
    x5c_len: 0,
    detached: 0,
};

fn known(verified: &VerifiedJws<'_>, work: &mut Work<'_>) -> Result<splitsign_jws> {
    let mut found = EMPTY;
    found.kid = work.text(verified.kid())?;
    found.typ = work.text(verified.typ())?;
    found.cty = work.text(verified.cty())?;
    put_chain(work, &mut found, &|index, out| verified.x5c(index, out).map(|der| der.map(<[u8]>::len)))?;
    Ok(found)
}

/// Writes the certificate of an index into a buffer and says its length.
type Get<'f> = dyn Fn(usize, &mut [u8]) -> splitsign_core::Result<Option<usize>> + 'f;

fn put_chain(work: &mut Work<'_>, found: &mut splitsign_jws, get: &Get<'_>) -> Result<()> {
    for (index, place) in found.x5c.iter_mut().enumerate() {
        let Some(certificate) = work.take_if(|out| get(index, out))? else { break };
        *place = certificate;
        found.x5c_len += 1;
    }
    Ok(())
}
