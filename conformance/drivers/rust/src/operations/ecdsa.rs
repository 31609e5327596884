//! Keys, signatures, and the verdict on a digest.

use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};

use super::{Fields, Outcome, Result, key, low_s, written};
use crate::arguments::Arguments;

pub(super) fn key_from(read: fn(&[u8]) -> splitsign_core::Result<PublicKey>, arguments: &Arguments) -> Result<Outcome> {
    Ok(Outcome::Bytes(read(arguments.bytes("data")?)?.to_sec1().to_vec()))
}

pub(super) fn signature_from_der(arguments: &Arguments) -> Result<Outcome> {
    Ok(Outcome::Bytes(Signature::from_der(arguments.bytes("data")?)?.as_bytes().to_vec()))
}

pub(super) fn signature_to_der(arguments: &Arguments) -> Result<Outcome> {
    let signature = Signature::from_raw(arguments.bytes("data")?)?;
    written(|out| Ok(signature.to_der(out)?))
}

pub(super) fn verify_digest(arguments: &Arguments) -> Result<Outcome> {
    let key = key(arguments)?;
    let digest = match arguments.optional("message") {
        Some(message) => Sha256::digest(message),
        None => Sha256Digest::from_slice(arguments.bytes("digest")?)?,
    };
    let signature = match arguments.optional("signature_der") {
        Some(der) => Signature::from_der(der)?,
        None => Signature::from_raw(arguments.bytes("signature")?)?,
    };
    key.verify_digest(&digest, &signature.with_policy(low_s(arguments)?)?)?;
    Ok(Outcome::Accepted(Fields::default()))
}
