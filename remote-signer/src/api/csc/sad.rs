//! Signature activation data: what was authorized and not yet signed. In memory only: what a restart forgets is
//! authorized again.

use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use splitsign_core::digest::{Sha256, Sha256Digest};

use crate::encoding::base64url;
use crate::identity::{Caller, KeyId, KeyVersion, random_bytes};

/// How long SAD is good for.
pub(super) const LIFETIME: Duration = Duration::from_secs(300);
/// Activations of one token at once, so that one caller does not take the memory of all.
const PER_TOKEN: usize = 256;
/// Activations at once.
const IN_ALL: usize = 16_384;

/// What is authorized. SAD itself is not kept, only its hash: finding it takes the same time for all that is not it.
#[derive(Default)]
pub(in crate::api) struct Activations(Mutex<HashMap<[u8; 32], (Activation, Duration)>>);

/// One authorization: by whom, for what.
#[derive(Debug)]
pub(super) struct Activation {
    pub(super) token_id: String,
    pub(super) key: KeyId,
    /// The version that was active when it was authorized.
    pub(super) version: KeyVersion,
    pub(super) signatures: usize,
    /// If they were known then.
    pub(super) hashes: Option<Vec<Sha256Digest>>,
}

impl Activations {
    /// Makes SAD that is good until `LIFETIME` after `now`; `None` if there are too many.
    pub(super) fn grant(&self, activation: Activation, now: Duration) -> Option<String> {
        let sad = base64url(&random_bytes::<32>());
        let mut activations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        activations.retain(|_, (_, expires)| now < *expires);
        let own = activations.values().filter(|(other, _)| other.token_id == activation.token_id).count();
        if own >= PER_TOKEN || activations.len() >= IN_ALL {
            return None;
        }
        activations.insert(name(&sad), (activation, now + LIFETIME));
        Some(sad)
    }

    /// Takes what `sad` stands for: it is gone, whatever comes of it. SAD of somebody else stays and is not said to be.
    pub(super) fn take(&self, sad: &str, caller: &Caller, now: Duration) -> Option<Activation> {
        let mut activations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name(sad);
        if activations.get(&name)?.0.token_id != caller.token_id {
            return None;
        }
        let (activation, expires) = activations.remove(&name)?;
        (now < expires).then_some(activation)
    }
}

impl Activation {
    /// Whether it is for these hashes with this key, and with this version if one is named.
    pub(super) fn covers(&self, key: &KeyId, version: Option<KeyVersion>, hashes: &[Sha256Digest]) -> bool {
        let bound = self.hashes.as_ref().is_none_or(|bound| bound == hashes);
        let same = self.key == *key && version.is_none_or(|version| version == self.version);
        same && bound && hashes.len() <= self.signatures
    }
}

fn name(sad: &str) -> [u8; 32] {
    *Sha256::digest(sad.as_bytes()).as_bytes()
}

impl fmt::Debug for Activations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Activations(..)")
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use splitsign_core::digest::Sha256;

    use super::{Activation, Activations, LIFETIME, PER_TOKEN};
    use crate::identity::{Caller, KeyScope, KeyVersion};

    fn caller(token: &str) -> Caller {
        Caller { token_id: token.into(), tenant: "acme".parse().unwrap(), scope: KeyScope::All }
    }

    fn activation(token: &str) -> Activation {
        let (key, version) = ("acme/pdf".parse().unwrap(), KeyVersion::FIRST);
        Activation { token_id: token.into(), key, version, signatures: 2, hashes: Some(vec![Sha256::digest(b"a")]) }
    }

    #[test]
    fn sad_is_good_once_for_its_bearer_and_for_a_while() {
        let (activations, start) = (Activations::default(), Duration::ZERO);
        let sad = activations.grant(activation("one"), start).unwrap();
        assert!(activations.take("other", &caller("one"), start).is_none());
        assert!(activations.take(&sad, &caller("two"), start).is_none(), "not its bearer");
        assert!(activations.take(&sad, &caller("one"), start).is_some(), "what another tried did no harm");
        assert!(activations.take(&sad, &caller("one"), start).is_none(), "a replay");
        let late = activations.grant(activation("one"), start).unwrap();
        assert!(activations.take(&late, &caller("one"), start + LIFETIME).is_none(), "expired");
    }

    #[test]
    fn one_bearer_has_no_more_than_its_share_until_it_expires() {
        let (activations, start) = (Activations::default(), Duration::ZERO);
        for _ in 0..PER_TOKEN {
            assert!(activations.grant(activation("one"), start).is_some());
        }
        assert!(activations.grant(activation("one"), start).is_none());
        assert!(activations.grant(activation("two"), start).is_some());
        assert!(activations.grant(activation("one"), start + LIFETIME).is_some());
    }

    #[test]
    fn it_covers_its_key_and_its_hashes_in_order() {
        let (a, b) = (Sha256::digest(b"a"), Sha256::digest(b"b"));
        let bound = Activation { hashes: Some(vec![a, b]), ..activation("one") };
        let key = &bound.key;
        assert!(bound.covers(key, None, &[a, b]) && bound.covers(key, Some(KeyVersion::FIRST), &[a, b]));
        assert!(!bound.covers(key, KeyVersion::FIRST.next(), &[a, b]), "another version than the one authorized");
        assert!(!bound.covers(key, None, &[b, a]) && !bound.covers(key, None, &[a]));
        assert!(!bound.covers(&"acme/other".parse().unwrap(), None, &[a, b]));
        let counted = Activation { hashes: None, ..activation("one") };
        assert!(counted.covers(key, None, &[a, b]) && !counted.covers(key, None, &[a, b, a]));
    }
}
