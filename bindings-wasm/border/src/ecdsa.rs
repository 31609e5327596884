//! Public keys, signatures, and the verdict on a digest.

use alloc::vec::Vec;

use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::border::Border;
use crate::failure::Result;
use crate::record::Tag;
use crate::request::{Request, owned};

fn normal(key: splitsign_core::Result<PublicKey>) -> Result<Vec<u8>> {
    Ok(key?.to_sec1().to_vec())
}

/// A SEC 1 point, to 65 bytes.
pub(crate) fn key_from_sec1(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    normal(PublicKey::from_sec1(request.long()))
}

/// A SubjectPublicKeyInfo, to 65 bytes.
pub(crate) fn key_from_spki(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    normal(PublicKey::from_spki(request.long()))
}

/// A JWK, to 65 bytes.
pub(crate) fn key_from_jwk(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    normal(PublicKey::from_jwk(request.long()))
}

/// A COSE_Key, to 65 bytes.
pub(crate) fn key_from_cose_key(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    normal(PublicKey::from_cose_key(request.long()))
}

/// The key, as JavaScript holds it: the bytes that it got from here.
fn key(request: &Request<'_>) -> Result<PublicKey> {
    Ok(PublicKey::from_sec1(request.bytes(Tag::Key))?)
}

/// The key as SubjectPublicKeyInfo.
pub(crate) fn key_to_spki(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(key(request)?.to_spki().to_vec())
}

/// The key as JWK.
pub(crate) fn key_to_jwk(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(key(request)?.to_jwk(&mut [0; 160])?.to_vec())
}

/// The key as COSE_Key.
pub(crate) fn key_to_cose_key(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(key(request)?.to_cose_key(&mut [0; 96])?.to_vec())
}

/// The JWK thumbprint, 32 bytes.
pub(crate) fn key_thumbprint(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(owned(&key(request)?.jwk_thumbprint()))
}

/// A strict DER signature, to 64 bytes.
pub(crate) fn signature_from_der(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(Signature::from_der(request.long())?.as_bytes().to_vec())
}

/// A raw signature, to DER.
pub(crate) fn signature_to_der(_: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    Ok(request.signature()?.to_der(&mut [0; Signature::DER_LENGTH_MAX])?.to_vec())
}

/// Whether the raw signature over the digest is this key's.
pub(crate) fn verify_digest(border: &mut Border, request: &Request<'_>) -> Result<Vec<u8>> {
    let digest = request.digest()?;
    let signature = request.signature()?.with_policy(request.low_s())?;
    border.key(request)?.verifier().verify_digest(&digest, &signature)?;
    Ok(Vec::new())
}
