//! DSSE envelopes: prepare, attach, verify.

use std::sync::Arc;

use splitsign_core::digest::Sha256Digest;
use splitsign_core::dsse::{self, Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::Signature;

use crate::Result;
use crate::jws::said_text;
use crate::key::PublicKey;
use crate::output::{asked, text, written};
use crate::signature::LowS;

/// How the signature is written into `sig`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum SignatureEncoding {
    /// DER, as securesystemslib, in-toto, Sigstore and cosign write and expect it.
    Der,
    /// `r‖s`, as in the examples of the protocol document.
    Raw,
}

/// What goes into an envelope besides the payload and its type.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DsseParameters {
    /// Names the key: a hint, never signed.
    #[uniffi(default = None)]
    pub keyid: Option<String>,
    /// How the signature is written; absent, it is DER.
    #[uniffi(default = None)]
    pub signature_encoding: Option<SignatureEncoding>,
    /// What to do with a signature whose s is high; absent, it is accepted.
    #[uniffi(default = None)]
    pub low_s: Option<LowS>,
}

/// What a signature covers, and the key id beside it.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct VerifiedDsse {
    /// The type of the payload. Look at it before the payload: it says how that is to be understood.
    pub payload_type: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The key id beside the signature that verified: not signed, never a basis for trust.
    pub keyid: Option<String>,
}

/// What an envelope claims, unverified.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct DsseClaims {
    /// The key ids, one for each signature: hints, never signed.
    pub keyids: Vec<Option<String>>,
}

/// Computes the digest that is to be signed.
///
/// # Errors
/// `dsse_invalid_payload_type`, `limit_exceeded`.
#[uniffi::export(default(parameters))]
pub fn dsse_prepare(payload_type: String, payload: Vec<u8>, parameters: DsseParameters) -> Result<Arc<DsseDraft>> {
    let digest = *envelope(&payload_type, &payload, &parameters).prepare()?.digest();
    Ok(Arc::new(DsseDraft { payload_type, payload, parameters, digest }))
}

/// Verifies that one of an envelope's signatures is this key's. The envelope is JSON in UTF-8.
///
/// # Errors
/// The codes `json_…`, `base64_…`, `dsse_…`; `bad_signature`, `signature_high_s`.
#[uniffi::export(default(low_s = None))]
pub fn dsse_verify(envelope: Vec<u8>, key: Arc<PublicKey>, low_s: Option<LowS>) -> Result<VerifiedDsse> {
    let unverified = UnverifiedEnvelope::parse(&envelope)?.low_s(LowS::policy(low_s));
    let verified = unverified.verify(key.verifier())?;
    Ok(VerifiedDsse {
        payload_type: said_text(verified.payload_type()),
        payload: asked(&|out| verified.payload(out))?,
        keyid: verified.keyid().map(said_text),
    })
}

/// What an envelope claims: one key id for each signature, never signed.
///
/// # Errors
/// The codes `json_…`, `base64_…`, `dsse_…`.
#[uniffi::export]
pub fn dsse_inspect(envelope: Vec<u8>) -> Result<DsseClaims> {
    let unverified = UnverifiedEnvelope::parse(&envelope)?;
    let keyids = unverified.keyids().map(|keyid| keyid.map(said_text)).collect();
    Ok(DsseClaims { keyids })
}

/// An envelope whose digest is known and whose signature is to come.
#[derive(Debug, uniffi::Object)]
pub struct DsseDraft {
    payload_type: String,
    payload: Vec<u8>,
    parameters: DsseParameters,
    digest: Sha256Digest,
}

#[uniffi::export]
impl DsseDraft {
    /// SHA-256 of the pre-authentication encoding: the 32 bytes that the signer signs.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.digest.as_bytes().to_vec()
    }

    /// Checks the signature (raw, 64 bytes) against the key, and gives the envelope.
    ///
    /// # Errors
    /// The codes `signature_…`; `bad_signature`.
    pub fn attach(&self, signature: Vec<u8>, key: Arc<PublicKey>) -> Result<String> {
        let prepared = envelope(&self.payload_type, &self.payload, &self.parameters).resume(&self.digest)?;
        let signature = Signature::from_raw(&signature)?;
        text(written(prepared.object_len_max(), &|out| prepared.attach(&signature, key.verifier(), out))?)
    }
}

fn envelope<'a>(payload_type: &'a str, payload: &'a [u8], parameters: &'a DsseParameters) -> Envelope<'a> {
    let envelope = Envelope::new(payload_type, payload).low_s(LowS::policy(parameters.low_s));
    let envelope = envelope.signature_encoding(match parameters.signature_encoding {
        None | Some(SignatureEncoding::Der) => dsse::SignatureEncoding::Der,
        Some(SignatureEncoding::Raw) => dsse::SignatureEncoding::Raw,
    });
    match &parameters.keyid {
        Some(keyid) => envelope.keyid(keyid),
        None => envelope,
    }
}
