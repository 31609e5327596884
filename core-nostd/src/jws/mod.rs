//! JWS (RFC 7515) with ES256: compact, flattened JSON, detached (appendix F) and unencoded (RFC 7797).
//!
//! ```abnf
//! compact       = BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
//! signing-input = BASE64URL(header) "." ( BASE64URL(payload) / payload )      ; the latter if b64 is false
//! ```
//!
//! ```
//! # use p256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};
//! # let remote = SigningKey::from_slice(&[7; 32]).expect("a valid scalar");
//! # let sign_remotely = |digest: &[u8; 32]| -> p256::ecdsa::Signature { remote.sign_prehash(digest).expect("signs") };
//! # let sec1 = remote.verifying_key().to_sec1_point(false);
//! use splitsign_core::{jws, ecdsa::{PublicKey, Signature}};
//!
//! let key = PublicKey::from_sec1(sec1.as_bytes())?;
//! let prepared = jws::Jws::attached(br#"{"sub":"alice"}"#).kid("acme/1").typ("JWT").prepare()?;
//! let signature = sign_remotely(prepared.digest().as_bytes());
//! let mut out = [0; 256];
//! let token = prepared.attach(&Signature::from_raw(&signature.to_bytes())?, &key, &mut out)?;
//!
//! let mut scratch = [0; 128];                                            // the decoded header is kept here
//! let verified = jws::UnverifiedJws::parse(token, &mut scratch)?.verify(&key)?;
//! assert!(verified.kid().is_some_and(|kid| kid.is("acme/1")));
//! assert_eq!(verified.payload(&mut [0; 64])?, br#"{"sub":"alice"}"#);
//! # Ok::<(), splitsign_core::Error>(())
//! ```

mod draft;
mod header;
mod verify;

pub use draft::{Jws, JwsDigest, PreparedJws};
pub use verify::{JwsVerifier, UnverifiedJws, VerifiedJws};

use crate::digest::{Sha256, Sha256Digest};
use crate::encoding::base64::{Alphabet, Pieces};
use crate::sink::Sink;

/// Hashes the payload part of the signing input, encoded or not.
#[derive(Clone, Debug)]
struct PayloadHash {
    hash: Sha256,
    encoded: Option<Pieces>,
}

impl PayloadHash {
    /// `hash` has taken all up to the dot before the payload.
    fn new(hash: Sha256, encoded: bool) -> Self {
        Self { hash, encoded: encoded.then(|| Pieces::new(Alphabet::UrlSafe)) }
    }

    fn finish(mut self) -> Sha256Digest {
        if let Some(pieces) = self.encoded {
            pieces.finish(&mut self.hash);
        }
        self.hash.finish()
    }
}

impl Sink for PayloadHash {
    fn put(&mut self, bytes: &[u8]) {
        match &mut self.encoded {
            Some(pieces) => pieces.put(bytes, &mut self.hash),
            None => self.hash.put(bytes),
        }
    }
}
