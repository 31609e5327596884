//! COSE_Sign1 (RFC 9052, RFC 9053) with ES256.
//!
//! ```cddl
//! COSE_Sign1 = [ protected : bstr .cbor header_map / h'', unprotected : header_map, payload : bstr / nil, signature : bstr ]
//! COSE_Sign1_Tagged = #6.18(COSE_Sign1)
//! Sig_structure = [ "Signature1", body_protected : bstr, external_aad : bstr, payload : bstr ]   ; what is signed
//! ```
//!
//! Prepare and attach:
//!
//! ```
//! # use p256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};
//! # let remote = SigningKey::from_slice(&[7; 32]).expect("a valid scalar");
//! # let sign_remotely = |digest: &[u8; 32]| -> p256::ecdsa::Signature { remote.sign_prehash(digest).expect("signs") };
//! # let sec1 = remote.verifying_key().to_sec1_point(false);
//! use splitsign_core::{cose, ecdsa::{PublicKey, Signature}};
//!
//! let key = PublicKey::from_sec1(sec1.as_bytes())?;
//! let prepared = cose::Sign1::detached(b"hello").kid(b"acme/1").prepare()?;
//! let signature = sign_remotely(prepared.digest().as_bytes());           // only these 32 bytes travel
//! let mut out = [0; 256];
//! let object = prepared.attach(&Signature::from_raw(&signature.to_bytes())?, &key, &mut out)?;
//!
//! let verified = cose::UnverifiedSign1::parse(object)?.detached(b"hello").verify(&key)?;
//! assert_eq!(verified.kid(), Some(&b"acme/1"[..]));
//! # Ok::<(), splitsign_core::Error>(())
//! ```

mod header;
mod sign1;
mod verify;

pub use header::ContentType;
pub use sign1::{PreparedSign1, Sign1, Sign1Digest};
pub use verify::{Sign1Verifier, UnverifiedSign1, VerifiedSign1};

use crate::digest::{Sha256, Sha256Digest};
use crate::encoding::cbor::{self, Major};
use crate::error::{Code, Error, Result};
use crate::sink::{Encode, Sink};

/// The tag of COSE_Sign1.
const TAG_SIGN1: u64 = 18;

/// Writes the `Sig_structure` up to the payload's length. The payload's bytes follow, and nothing after them: so it
/// can be hashed from where it lies, in as many pieces as it comes.
fn put_sig_structure(sink: &mut dyn Sink, protected: &(impl Encode + ?Sized), aad: &[u8], payload_bytes: u64) {
    cbor::put_head(sink, Major::Array, 4);
    cbor::put_text(sink, "Signature1");
    cbor::put_head(sink, Major::Bytes, protected.encoded_len());
    protected.encode(sink);
    cbor::put_bytes(sink, aad);
    cbor::put_head(sink, Major::Bytes, payload_bytes);
}

/// Hashes a `Sig_structure` whose payload comes in pieces, as many bytes as were announced.
#[derive(Clone, Debug)]
struct PayloadHash {
    hash: Sha256,
    left: u64,
}

impl PayloadHash {
    fn new(protected: &(impl Encode + ?Sized), aad: &[u8], payload_bytes: u64) -> Self {
        let mut hash = Sha256::new();
        put_sig_structure(&mut hash, protected, aad, payload_bytes);
        Self { hash, left: payload_bytes }
    }

    /// The offset of an error is that of the first byte that is too many.
    fn update(&mut self, bytes: &[u8]) -> Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        let too_many = Error::new(Code::LengthMismatch, usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left = left.ok_or(too_many)?;
        self.hash.update(bytes);
        Ok(())
    }

    fn finish(self) -> Result<Sha256Digest> {
        if self.left > 0 { Err(Error::new(Code::LengthMismatch, 0)) } else { Ok(self.hash.finish()) }
    }
}
