//! The core's one-shot verification, without the glue of the npm package and built as its peer is.
//! Beside it, what the npm package's calls do, for what its border costs.

pub mod border;

use std::sync::atomic::{AtomicU8, Ordering};

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

/// Signatures that there is room for.
const ITEMS: usize = 64;
/// The uncompressed key, the digest, r‖s.
const ITEM_BYTES: usize = 65 + 32 + 64;

/// Written by the bench before anything is measured.
static INPUT: [AtomicU8; ITEMS * ITEM_BYTES] = [const { AtomicU8::new(0) }; ITEMS * ITEM_BYTES];

/// Where the items go.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn input() -> *const AtomicU8 {
    INPUT.as_ptr()
}

/// Whether the item's signature is valid.
#[expect(unsafe_code, reason = "an export by its plain name; there is one of this name in the module")]
#[unsafe(no_mangle)]
pub extern "C" fn verify(index: usize) -> bool {
    let mut item = [0; ITEM_BYTES];
    for (byte, place) in item.iter_mut().zip(INPUT.iter().skip(index * ITEM_BYTES)) {
        *byte = place.load(Ordering::Relaxed);
    }
    valid(&item).unwrap_or(false)
}

fn valid(item: &[u8]) -> Option<bool> {
    let (key, rest) = item.split_at_checked(65)?;
    let (digest, signature) = rest.split_at_checked(32)?;
    let key = PublicKey::from_sec1(key).ok()?;
    let signature = Signature::from_raw(signature).ok()?;
    Some(key.verify_digest(&Sha256Digest::from_slice(digest).ok()?, &signature).is_ok())
}
