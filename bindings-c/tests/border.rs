//! The border as Rust sees it, for Miri: pointers of C, contexts in the caller's memory, views of what was decoded. What needs the
//! arithmetic of the curve is tested from C, under sanitizers and Valgrind.
#![expect(unsafe_code, reason = "what C gives and gets is looked at")]

use core::mem::{MaybeUninit, zeroed};
use core::ptr::{null, null_mut};

use splitsign::*;
use splitsign_core::Code;

fn view(bytes: &[u8]) -> splitsign_bytes {
    splitsign_bytes { data: bytes.as_ptr(), len: bytes.len() }
}

const ABSENT: splitsign_bytes = splitsign_bytes { data: null(), len: 0 };

fn shown<'a>(bytes: splitsign_bytes) -> &'a [u8] {
    assert!(!bytes.data.is_null());
    // SAFETY: the tests ask only for what is still there.
    unsafe { core::slice::from_raw_parts(bytes.data, bytes.len) }
}

fn number(code: Code) -> i32 {
    i32::from(code.number())
}

/// A value of C, all bits zero.
fn zero<T>() -> T {
    // SAFETY: the tests ask only for structs of integers and pointers.
    unsafe { zeroed() }
}

/// A detached object with `alg` and a `kid`; r and s are numbers, and that is all.
fn detached_cose() -> Vec<u8> {
    let mut object = vec![0xd2, 0x84, 0x47, 0xa2, 0x01, 0x26, 0x04, 0x42, b'i', b'd', 0xa0, 0xf6, 0x58, 0x40];
    object.extend([1; 64]);
    object
}

/// `{"alg":"ES256","kid":"a"}`, detached.
fn detached_jws() -> String {
    format!("eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ..{}Q", "AQEB".repeat(21) + "A")
}

#[test]
fn a_digest_in_pieces_is_that_at_once() {
    let (mut context, mut pieces, mut whole) = (zero::<splitsign_sha256_context>(), [0_u8; 32], [0_u8; 32]);
    assert_eq!(splitsign_sha256_init(&raw mut context), 0);
    for piece in [&b"a"[..], b"", b"bc"] {
        assert_eq!(splitsign_sha256_update(&raw mut context, view(piece)), 0);
    }
    assert_eq!(splitsign_sha256_finish(&raw mut context, pieces.as_mut_ptr()), 0);
    assert_eq!(splitsign_sha256(view(b"abc"), whole.as_mut_ptr()), 0);
    assert_eq!(pieces, whole);
    assert_eq!(splitsign_sha256_finish(&raw mut context, pieces.as_mut_ptr()), number(Code::InvalidArgument));
}

#[test]
fn what_was_copied_or_never_started_is_refused() {
    let mut context = zero::<splitsign_sha256_context>();
    assert_eq!(splitsign_sha256_update(&raw mut context, view(b"a")), number(Code::InvalidArgument));
    assert_eq!(splitsign_sha256_init(&raw mut context), 0);
    let mut copied = Box::new(MaybeUninit::<splitsign_sha256_context>::uninit());
    // SAFETY: both are there, and are two. Bytes are copied, as `memcpy` does: some of a context are never written.
    unsafe { copied.as_mut_ptr().copy_from_nonoverlapping(&raw const context, 1) };
    assert_eq!(splitsign_sha256_update(copied.as_mut_ptr(), view(b"a")), number(Code::InvalidArgument));
    assert_eq!(splitsign_sha256_update(&raw mut context, view(b"a")), 0);
    let inside = (&raw mut context).cast::<u8>().wrapping_add(1).cast();
    assert_eq!(splitsign_sha256_init(inside), number(Code::InvalidArgument));
}

#[test]
fn a_stream_borrows_its_certificates_from_its_own_context() {
    let certificates = [view(&[0x30, 0]), view(&[0x30, 1, 0])];
    let mut params = zero::<splitsign_cose_sign1_params>();
    params.x5chain = certificates.as_ptr();
    params.x5chain_len = certificates.len();
    params.flags = SPLITSIGN_COSE_DETACHED;
    params.payload = view(b"payload");
    let (mut pieces, mut whole) = ([0_u8; 32], [0_u8; 32]);
    assert_eq!(splitsign_cose_sign1_prepare(&raw const params, whole.as_mut_ptr(), null_mut()), 0);

    let mut context = zero::<splitsign_cose_sign1_prepare_context>();
    assert_eq!(splitsign_cose_sign1_prepare_init(&raw mut context, &raw const params, 7, null_mut()), 0);
    for piece in [&b"pay"[..], b"load"] {
        assert_eq!(splitsign_cose_sign1_prepare_update(&raw mut context, view(piece), null_mut()), 0);
    }
    assert_eq!(splitsign_cose_sign1_prepare_finish(&raw mut context, pieces.as_mut_ptr(), null_mut()), 0);
    assert_eq!(pieces, whole);

    // What cannot be started leaves nothing that is taken for started.
    params.x5chain_len = 0;
    let mut at = 9;
    assert_eq!(
        splitsign_cose_sign1_prepare_init(&raw mut context, &raw const params, 7, &raw mut at),
        number(Code::ChainEmpty)
    );
    assert_eq!(at, 0);
    let update = splitsign_cose_sign1_prepare_update(&raw mut context, view(b"a"), null_mut());
    assert_eq!(update, number(Code::InvalidArgument));
}

#[test]
fn claims_of_cose_are_views_of_the_object() {
    let (object, mut found) = (detached_cose(), zero::<splitsign_cose_sign1>());
    assert_eq!(splitsign_cose_sign1_inspect(view(&object), &raw mut found, null_mut()), 0);
    assert_eq!((shown(found.kid), found.detached), (&b"id"[..], 1));
    assert!(object.as_ptr_range().contains(&found.kid.data));
    assert_eq!(splitsign_cose_sign1_inspect(ABSENT, &raw mut found, null_mut()), number(Code::CborTruncated));
}

#[test]
fn claims_of_a_jws_are_views_of_the_work_memory() {
    let (object, mut found) = (detached_jws(), zero::<splitsign_jws>());
    let enough = splitsign_jws_work_bytes(object.len());
    for size in 0..enough {
        let mut work = vec![0; size].into_boxed_slice();
        let mut at = 0;
        let code = splitsign_jws_inspect(view(object.as_bytes()), work.as_mut_ptr(), size, &raw mut found, &raw mut at);
        if code == 0 {
            assert_eq!((shown(found.kid), found.detached), (&b"a"[..], 1));
            assert!(work.as_ptr_range().contains(&found.kid.data));
            return;
        }
        assert_eq!((code, at as usize), (number(Code::OutputTooSmall), enough));
    }
    panic!("{enough} bytes of work memory were not enough");
}

#[test]
fn a_stream_keeps_its_work_memory() {
    let (object, mut work) = (detached_jws(), vec![0; 512]);
    let (expect, mut context) = (zero::<splitsign_jws_expect>(), zero::<splitsign_jws_verify_context>());
    let (work_at, work_len) = (work.as_mut_ptr(), work.len());
    let object = view(object.as_bytes());
    let begun = splitsign_jws_verify_init(&raw mut context, object, &raw const expect, work_at, work_len, null_mut());
    assert_eq!(begun, 0);
    assert_eq!(splitsign_jws_verify_update(&raw mut context, view(b"payload"), null_mut()), 0);
    let mut found = zero::<splitsign_jws>();
    let ended = splitsign_jws_verify_finish(&raw mut context, null(), null(), &raw mut found, null_mut());
    assert_eq!(ended, number(Code::InvalidArgument), "a key was neither given nor prepared");
}

#[test]
fn results_over_what_is_read_are_refused() {
    let mut memory = detached_cose();
    memory.resize(1024, 0);
    let start = memory.as_mut_ptr();
    let object = splitsign_bytes { data: start, len: 78 };
    let over = start.wrapping_add(start.align_offset(8)).cast();
    assert_eq!(splitsign_cose_sign1_inspect(object, over, null_mut()), number(Code::InvalidArgument));
    let mut context = zero::<splitsign_jws>();
    let inspect = splitsign_jws_inspect(object, start, 1024, &raw mut context, null_mut());
    assert_eq!(inspect, number(Code::InvalidArgument));
}

#[test]
fn every_code_has_its_words() {
    for code in Code::ALL {
        let number = number(*code);
        assert_eq!(shown(splitsign_code_name(number)), code.name().as_bytes());
        assert_eq!(shown(splitsign_code_what(number)), code.what().as_bytes());
        assert_eq!(shown(splitsign_code_remedy(number)), code.remedy().as_bytes());
    }
    assert!(splitsign_code_name(0).data.is_null() && splitsign_operation(usize::MAX).data.is_null());
}
