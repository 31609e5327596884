//! Public keys, signatures, and the verdict on a digest.

use alloc::vec::Vec;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::parameters::Flags;
use crate::thrown::{Result, Thrown};
use crate::verifiers::chosen;

/// The key that `js/` holds as the bytes that it got from here.
pub(crate) fn key(sec1: &[u8]) -> Result<PublicKey> {
    Ok(PublicKey::from_sec1(sec1)?)
}

/// The raw signature.
pub(crate) fn signature(raw: &[u8]) -> Result<Signature> {
    Ok(Signature::from_raw(raw)?)
}

fn normal(key: splitsign_core::Result<PublicKey>) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(key.map_err(Thrown::from)?.to_sec1().to_vec())
}

/// A SEC 1 point, to 65 bytes.
///
/// # Errors
/// Those of `PublicKey::from_sec1`.
#[wasm_bindgen]
pub fn key_from_sec1(sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    normal(PublicKey::from_sec1(sec1))
}

/// A SubjectPublicKeyInfo, to 65 bytes.
///
/// # Errors
/// Those of `PublicKey::from_spki`.
#[wasm_bindgen]
pub fn key_from_spki(spki: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    normal(PublicKey::from_spki(spki))
}

/// A JWK, to 65 bytes.
///
/// # Errors
/// Those of `PublicKey::from_jwk`.
#[wasm_bindgen]
pub fn key_from_jwk(jwk: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    normal(PublicKey::from_jwk(jwk))
}

/// A COSE_Key, to 65 bytes.
///
/// # Errors
/// Those of `PublicKey::from_cose_key`.
#[wasm_bindgen]
pub fn key_from_cose_key(cose_key: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    normal(PublicKey::from_cose_key(cose_key))
}

/// The key as SubjectPublicKeyInfo.
///
/// # Errors
/// Those of `PublicKey::from_sec1`.
#[wasm_bindgen]
pub fn key_to_spki(sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(key(sec1)?.to_spki().to_vec())
}

/// The key as JWK.
///
/// # Errors
/// Those of `PublicKey::from_sec1`.
#[wasm_bindgen]
pub fn key_to_jwk(sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(key(sec1)?.to_jwk(&mut [0; 160]).map_err(Thrown::from)?.to_vec())
}

/// The key as COSE_Key.
///
/// # Errors
/// Those of `PublicKey::from_sec1`.
#[wasm_bindgen]
pub fn key_to_cose_key(sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(key(sec1)?.to_cose_key(&mut [0; 96]).map_err(Thrown::from)?.to_vec())
}

/// The JWK thumbprint, 32 bytes.
///
/// # Errors
/// Those of `PublicKey::from_sec1`.
#[wasm_bindgen]
pub fn key_thumbprint(sec1: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(key(sec1)?.jwk_thumbprint().as_bytes().to_vec())
}

/// A strict DER signature, to 64 bytes.
///
/// # Errors
/// Those of `Signature::from_der`.
#[wasm_bindgen]
pub fn signature_from_der(der: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(Signature::from_der(der).map_err(Thrown::from)?.as_bytes().to_vec())
}

/// A raw signature, to DER.
///
/// # Errors
/// Those of `Signature::from_raw`.
#[wasm_bindgen]
pub fn signature_to_der(raw: &[u8]) -> core::result::Result<Vec<u8>, JsValue> {
    Ok(signature(raw)?.to_der(&mut [0; Signature::DER_LENGTH_MAX]).map_err(Thrown::from)?.to_vec())
}

/// Whether `raw` is this key's signature over `digest`.
///
/// # Errors
/// `BadSignature`; `SignatureHighS` by policy; those of what is read.
#[wasm_bindgen]
pub fn verify_digest(flags: u32, sec1: &[u8], digest: &[u8], raw: &[u8]) -> core::result::Result<(), JsValue> {
    let digest = Sha256Digest::from_slice(digest).map_err(Thrown::from)?;
    let signature = signature(raw)?.with_policy(Flags::new(flags).low_s()).map_err(Thrown::from)?;
    Ok(chosen(sec1)?.verifier().verify_digest(&digest, &signature).map_err(Thrown::from)?)
}
