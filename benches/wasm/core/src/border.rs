//! What the npm package does in its calls, without the calls: one module's own time for the same work.

use std::sync::{Mutex, MutexGuard, PoisonError};

use splitsign_core::cose::Sign1;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{GeneratorTable, PreparedKey, PublicKey, Signature, TablePoint};

/// The tables of the npm package: 44 KiB for the key, 76 KiB for the generator.
const KEY_POINTS: usize = 704;
const GENERATOR_POINTS: usize = 1216;

/// What the bench writes, and what comes out.
struct Border {
    input: Vec<u8>,
    output: Vec<u8>,
    key: Option<PreparedKey<'static, Box<[TablePoint]>>>,
}

static BORDER: Mutex<Border> = Mutex::new(Border { input: Vec::new(), output: Vec::new(), key: None });

fn border() -> MutexGuard<'static, Border> {
    BORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for input of so many bytes.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn border_input(bytes: usize) -> *mut u8 {
    let mut border = border();
    border.input = vec![0; bytes];
    border.input.as_mut_ptr()
}

/// Where what came out is.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn border_output() -> *const u8 {
    border().output.as_ptr()
}

/// SHA-256 of the input.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn border_digest() {
    let mut border = border();
    let digest = Sha256::digest(&border.input);
    border.output.clear();
    border.output.extend_from_slice(digest.as_bytes());
}

/// Makes the tables of the key of 65 bytes at the start of the input.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn border_key() -> bool {
    let mut border = border();
    border.key = border.input.get(..65).and_then(prepared);
    border.key.is_some()
}

fn prepared(sec1: &[u8]) -> Option<PreparedKey<'static, Box<[TablePoint]>>> {
    let generator = Box::leak(vec![TablePoint::EMPTY; GENERATOR_POINTS].into_boxed_slice());
    let memory = vec![TablePoint::EMPTY; KEY_POINTS].into_boxed_slice();
    let generator = GeneratorTable::compute(generator).ok()?;
    PreparedKey::with_generator(&PublicKey::from_sec1(sec1).ok()?, memory, generator).ok()
}

/// Prepares and attaches: the input is the key, the signature (64 bytes) and the payload. The length of the object, or 0.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn border_prepare_and_attach() -> usize {
    let mut border = border();
    let Border { input, output, key } = &mut *border;
    prepare_and_attach(input, output, key.as_ref()).unwrap_or(0)
}

fn prepare_and_attach(
    input: &[u8],
    output: &mut Vec<u8>,
    key: Option<&PreparedKey<'static, Box<[TablePoint]>>>,
) -> Option<usize> {
    let (_, rest) = input.split_at_checked(65)?;
    let (signature, payload) = rest.split_at_checked(64)?;
    let prepared = Sign1::embedded(payload).kid(b"bench").prepare().ok()?;
    output.resize(usize::try_from(prepared.object_len()).ok()?, 0);
    Some(prepared.attach(&Signature::from_raw(signature).ok()?, key?, output).ok()?.len())
}
