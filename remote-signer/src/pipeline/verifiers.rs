//! The public keys that check the signatures of late, each with a table that makes this four times as fast.

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PreparedKey, PublicKey, Signature, TablePoint, Verifier as _};

/// 44 KiB for each key: twice as much memory would save a twentieth of the time.
const POINTS: usize = 704;

type Prepared = PreparedKey<'static, Box<[TablePoint]>>;

/// Keys with tables; those that were not used for the longest time make room. Clones share everything.
#[derive(Clone)]
pub(super) struct Verifiers(Option<Arc<Recent>>);

type Recent = Mutex<LruCache<PublicKey, Arc<Prepared>>>;

impl Verifiers {
    /// Remembers this many keys; with zero, every signature is verified without a table.
    pub(super) fn new(keys: usize) -> Self {
        Self(NonZeroUsize::new(keys).map(|keys| Arc::new(Mutex::new(LruCache::new(keys)))))
    }

    /// Verifies a signature over a digest; the verdict is that of the plain key.
    pub(super) fn verify(
        &self,
        key: &PublicKey,
        digest: &Sha256Digest,
        signature: &Signature,
    ) -> splitsign_core::Result<()> {
        match self.prepared(key) {
            Some(prepared) => prepared.verify_digest(digest, signature),
            None => key.verify_digest(digest, signature),
        }
    }

    fn prepared(&self, key: &PublicKey) -> Option<Arc<Prepared>> {
        let cache = self.0.as_ref()?;
        let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = lock().get(key) {
            return Some(Arc::clone(prepared));
        }
        // Outside of the lock. Two at once make two tables of the same key, and one of them stays.
        let memory = vec![TablePoint::EMPTY; POINTS].into_boxed_slice();
        let prepared = Arc::new(PreparedKey::new(key, memory).ok()?);
        lock().put(*key, Arc::clone(&prepared));
        Some(prepared)
    }
}

impl fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifiers(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Verifiers;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::hazmat::PrehashSigner as _;
    use splitsign_core::digest::Sha256;
    use splitsign_core::ecdsa::{PublicKey, Signature};

    #[test]
    fn verdicts_are_those_of_the_plain_key_and_no_more_keys_are_kept_than_asked_for() {
        for kept in [0, 1, 3] {
            let verifiers = Verifiers::new(kept);
            for round in 0..2_u8 {
                for seed in 1..6 {
                    let key = SigningKey::from_slice(&[seed; 32]).unwrap();
                    let public = PublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
                    let digest = Sha256::digest(&[seed, round]);
                    let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
                    let signature = Signature::from_raw(&signature.to_bytes()).unwrap();
                    assert!(verifiers.verify(&public, &digest, &signature).is_ok());
                    assert!(verifiers.verify(&public, &Sha256::digest(b"other"), &signature).is_err());
                }
            }
            let length = verifiers.0.map_or(0, |cache| cache.lock().unwrap().len());
            assert_eq!(length, kept);
        }
    }
}
