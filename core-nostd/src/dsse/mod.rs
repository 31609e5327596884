//! DSSE, the Dead Simple Signing Envelope of in-toto and Sigstore, version 1.0.2, with ES256.
//!
//! ```text
//! PAE(type, payload) = "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload      ; what is signed; LEN in decimal
//! envelope = { "payload": base64, "payloadType": string, "signatures": [ { "keyid": string, "sig": base64 } ] }
//! ```
//!
//! ```
//! # use p256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};
//! # let remote = SigningKey::from_slice(&[7; 32]).expect("a valid scalar");
//! # let sign_remotely = |digest: &[u8; 32]| -> p256::ecdsa::Signature { remote.sign_prehash(digest).expect("signs") };
//! # let sec1 = remote.verifying_key().to_sec1_point(false);
//! use splitsign_core::{dsse, ecdsa::{PublicKey, Signature}};
//!
//! let key = PublicKey::from_sec1(sec1.as_bytes())?;
//! let prepared = dsse::Envelope::new("application/vnd.in-toto+json", b"{}").keyid("acme/1").prepare()?;
//! let signature = sign_remotely(prepared.digest().as_bytes());
//! let mut out = [0; 512];
//! let envelope = prepared.attach(&Signature::from_raw(&signature.to_bytes())?, &key, &mut out)?;
//!
//! let verified = dsse::UnverifiedEnvelope::parse(envelope)?.verify(&key)?;
//! assert!(verified.payload_type().is("application/vnd.in-toto+json"));
//! assert_eq!(verified.payload(&mut [0; 16])?, b"{}");
//! # Ok::<(), splitsign_core::Error>(())
//! ```

mod envelope;
mod verify;

pub use envelope::{Envelope, PreparedEnvelope, SignatureEncoding};
pub use verify::{UnverifiedEnvelope, VerifiedEnvelope};

use crate::sink::{Encode, Sink};

/// Writes the pre-authentication encoding up to the payload. The payload's bytes follow, and nothing after them.
fn put_pae(sink: &mut dyn Sink, payload_type: &(impl Encode + ?Sized), payload_bytes: u64) {
    sink.put(b"DSSEv1 ");
    put_decimal(sink, payload_type.encoded_len());
    sink.put(b" ");
    payload_type.encode(sink);
    sink.put(b" ");
    put_decimal(sink, payload_bytes);
    sink.put(b" ");
}

/// Decimal digits without leading zeros.
fn put_decimal(sink: &mut dyn Sink, mut value: u64) {
    // 20 digits are enough for 64 bits.
    let mut digits = [b'0'; 20];
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = u8::try_from(value % 10).unwrap_or(0) + b'0';
        value /= 10;
        used += 1;
        if value == 0 {
            break;
        }
    }
    sink.put(digits.get(digits.len() - used..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{put_decimal, put_pae};
    use crate::sink::SliceSink;

    #[test]
    fn decimal_has_no_leading_zeros() {
        for value in [0, 1, 9, 10, 99, 100, 4096, u64::MAX] {
            let mut out = [0; 20];
            let mut sink = SliceSink::new(&mut out);
            put_decimal(&mut sink, value);
            assert_eq!(sink.finish().unwrap(), alloc::format!("{value}").as_bytes());
        }
    }

    #[test]
    fn pae_is_that_of_the_protocol_document() {
        let mut out = [0; 99];
        let mut sink = SliceSink::new(&mut out);
        put_pae(&mut sink, b"http://example.com/HelloWorld".as_slice(), 11);
        assert_eq!(sink.finish().unwrap(), b"DSSEv1 29 http://example.com/HelloWorld 11 ");
    }
}
