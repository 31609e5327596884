//! A request that is made once, with a digest that differs each time.

use anyhow::{Context as _, Result, ensure};
use data_encoding::{BASE64, BASE64URL_NOPAD, Encoding};
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::message::Message;

/// What stands for the digest in a body.
const PLACE: &str = "{digest}";

/// Whom to ask for what.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// `127.0.0.1:8700`
    pub(crate) address: String,
    pub(crate) path: String,
    /// Lines of the head, among them what authenticates.
    pub(crate) fields: Vec<String>,
    /// JSON with `{digest}` in it.
    pub(crate) body: String,
    pub(crate) digest_encoding: DigestEncoding,
    /// What is before the signature in the member `signature` of the reply; the signature is `r‖s` in base64url.
    pub(crate) signature_prefix: String,
    /// The key that signs: SubjectPublicKeyInfo in base64.
    pub(crate) spki: String,
    /// One of so many signatures is verified here. The verifier takes time from those who sign.
    pub(crate) verify_every: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DigestEncoding {
    Base64,
    Base64url,
}

/// The bytes of a request.
pub(crate) struct Request {
    bytes: Vec<u8>,
    place: usize,
    encoding: Encoding,
    prefix: String,
    key: PublicKey,
    verify_every: u64,
}

impl Request {
    pub(crate) fn new(target: &Target) -> Result<Self> {
        let encoding = match target.digest_encoding {
            DigestEncoding::Base64 => BASE64,
            DigestEncoding::Base64url => BASE64URL_NOPAD,
        };
        let body = target.body.replace(PLACE, &encoding.encode(&[0; 32]));
        let mut head = format!("POST {} HTTP/1.1\r\nHost: {}\r\n", target.path, target.address);
        for field in &target.fields {
            head.push_str(field);
            head.push_str("\r\n");
        }
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len()));
        let place = head.len() + target.body.find(PLACE).context("the body has no place for a digest")?;
        let spki = BASE64.decode(target.spki.as_bytes()).context("the public key is not base64")?;
        let key = PublicKey::from_spki(&spki).context("the public key is none")?;
        let verify_every = target.verify_every.max(1);
        let prefix = target.signature_prefix.clone();
        Ok(Self { bytes: (head + &body).into_bytes(), place, encoding, prefix, key, verify_every })
    }

    /// The request for this digest, written into `bytes`.
    pub(crate) fn write(&self, digest: &[u8; 32], bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&self.bytes);
        let length = self.encoding.encode_len(digest.len());
        if let Some(place) = bytes.get_mut(self.place..self.place + length) {
            self.encoding.encode_mut(digest, place);
        }
    }

    /// Whether the reply has a signature, and for one of many, whether that verifies.
    pub(crate) fn check(&self, number: u64, digest: &[u8; 32], reply: &Message<'_>) -> Result<()> {
        let said = || format!("{}{}", reply.head, String::from_utf8_lossy(reply.body));
        ensure!(reply.status()? == 200, "not signed: {}", said());
        let signature = reply.string("signature").and_then(|text| text.strip_prefix(&self.prefix));
        let signature = signature.with_context(|| format!("no signature: {}", said()))?;
        if number.is_multiple_of(self.verify_every) {
            let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).context("the signature is not base64url")?;
            let signature = Signature::from_raw(&raw).context("the signature is none")?;
            self.key.verify_digest(&Sha256Digest::from_bytes(*digest), &signature).context("a wrong signature")?;
        }
        Ok(())
    }
}

/// 32 bytes that are different for each number (SplitMix64): nobody can answer from memory.
pub(crate) fn digest(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut state = number.wrapping_mul(4);
    for chunk in bytes.chunks_exact_mut(8) {
        state = state.wrapping_add(1);
        let mut mixed = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
    }
    bytes
}
