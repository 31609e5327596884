//! Links every operation of the core into an artifact that has no global allocator.
//!
//! rustc refuses to link `alloc` without one, so that this crate builds for `thumbv7em-none-eabihf` and
//! `wasm32-unknown-unknown` is the proof (`cargo xtask check`). On a host with `std` it is an ordinary library.
#![cfg_attr(any(target_os = "none", target_arch = "wasm32"), no_std)]
#![cfg_attr(
    any(target_os = "none", target_arch = "wasm32"),
    expect(unsafe_code, reason = "`no_mangle` keeps the entry in the artifact; there is no unsafe block")
)]

#[cfg(feature = "control-with-allocator")]
extern crate alloc;

use splitsign_core::Result;
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::dsse::{Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::jws::{Jws, UnverifiedJws};
use splitsign_core::operations::Operation;

#[cfg(any(target_os = "none", target_arch = "wasm32"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Runs one operation on whatever lies in `buffer`; its number is the index into `Operation::ALL`.
/// `u32::MAX` if there is no such operation, or none that this crate knows.
#[cfg_attr(any(target_os = "none", target_arch = "wasm32"), unsafe(no_mangle))]
pub extern "C" fn splitsign_exercise(operation: u32, buffer: &mut [u8; 4096]) -> u32 {
    let (input, out) = buffer.split_at_mut(2048);
    let operation = usize::try_from(operation).ok().and_then(|index| Operation::ALL.get(index));
    match operation.and_then(|operation| exercise(*operation, input, out).transpose()) {
        Some(Ok(length)) => u32::try_from(length).unwrap_or(u32::MAX),
        Some(Err(error)) => u32::from(error.code().number()),
        None => u32::MAX,
    }
}

fn exercise(operation: Operation, input: &[u8], out: &mut [u8]) -> Result<Option<usize>> {
    let digest = Sha256Digest::from_bytes([0; 32]);
    let key = || PublicKey::from_sec1(input.get(..65).unwrap_or_default());
    let signature = || Signature::from_raw(input.get(65..129).unwrap_or_default());
    let length = match operation {
        Operation::Sha256 => Ok(usize::from(Sha256::digest(input).as_bytes()[0])),
        Operation::KeyFromSec1 => Ok(key()?.to_spki().len()),
        Operation::KeyFromSpki => Ok(PublicKey::from_spki(input)?.to_jwk(out)?.len()),
        Operation::KeyFromJwk => Ok(PublicKey::from_jwk(input)?.to_cose_key(out)?.len()),
        Operation::KeyFromCoseKey => Ok(PublicKey::from_cose_key(input)?.to_sec1().len()),
        Operation::SignatureFromDer => Ok(Signature::from_der(input)?.as_bytes().len()),
        Operation::SignatureToDer => Ok(signature()?.to_der(out)?.len()),
        Operation::VerifyDigest => key()?.verify_digest(&digest, &signature()?).map(|()| 0),
        Operation::CoseSign1Prepare => Ok(usize::from(Sign1::detached(input).prepare()?.digest().as_bytes()[0])),
        Operation::CoseSign1Attach => Ok(Sign1::embedded(input).prepare()?.attach(&signature()?, &key()?, out)?.len()),
        Operation::CoseSign1Verify => {
            Ok(UnverifiedSign1::parse(input)?.verify(&key()?)?.payload().map_or(0, <[u8]>::len))
        }
        Operation::JwsPrepare => Ok(usize::from(Jws::detached(input).prepare()?.digest().as_bytes()[0])),
        Operation::JwsAttach => Ok(Jws::attached(input).prepare()?.attach(&signature()?, &key()?, out)?.len()),
        Operation::JwsVerify => Ok(usize::from(UnverifiedJws::parse(input, out)?.verify(&key()?)?.kid().is_some())),
        Operation::DssePrepare => Ok(usize::from(Envelope::new("t", input).prepare()?.digest().as_bytes()[0])),
        Operation::DsseAttach => Ok(Envelope::new("t", input).prepare()?.attach(&signature()?, &key()?, out)?.len()),
        Operation::DsseVerify => Ok(UnverifiedEnvelope::parse(input)?.verify(&key()?)?.payload(out)?.len()),
        _ => return Ok(None),
    };
    length.map(Some)
}

#[cfg(test)]
mod tests {
    use super::splitsign_exercise;
    use splitsign_core::operations::Operation;

    #[test]
    fn every_operation_is_exercised() {
        for (index, operation) in Operation::ALL.iter().enumerate() {
            let index = u32::try_from(index).expect("there are few");
            assert_ne!(splitsign_exercise(index, &mut [0; 4096]), u32::MAX, "{operation:?}");
        }
    }
}
