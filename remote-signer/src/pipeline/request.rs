//! What is asked for.

use splitsign_core::digest::{Sha256, Sha256Digest};

use crate::identity::{KeyId, KeyVersion, Profile, RequestId};
use crate::pipeline::tbs::{self, TbsError};

/// Whether something is to come with the signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// It is not asked for.
    None,
    /// The reply says why if it is missing.
    Optional,
    /// Without it there is no signature.
    Required,
}

impl Wanted {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// The value of an `Idempotency-Key` header: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Characters: the longest one, as in the services that have the same header.
    pub const LENGTH_MAX: usize = 255;

    /// Takes the header's value; `None` if it is not one.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let visible = (1..=Self::LENGTH_MAX).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
        let text = core::str::from_utf8(value).ok()?;
        visible.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request to sign, well-formed and by somebody who is authenticated. [`SignRequest::of_digest`] and
/// [`SignRequest::of_tbs`] make one; what is left at its default is set afterwards.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SignRequest {
    pub request_id: RequestId,
    pub key: KeyId,
    /// The version that the caller prepared for; `None` is the active one.
    pub pinned: Option<KeyVersion>,
    pub digest: Sha256Digest,
    /// How many bytes were hashed, if that was done here; `None` if a digest was sent, which has no size.
    pub tbs_bytes: Option<usize>,
    pub profile: Profile,
    pub timestamp: Wanted,
    pub receipt: Wanted,
    pub idempotency: Option<Idempotency>,
}

/// What makes a repeated request the same one.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The header.
    pub key: IdempotencyKey,
    /// The position in a batch from 1; 0 for a single request.
    pub item: u32,
    /// SHA-256 of the batch; `None` for a single request, which stands for itself. A key binds all that was sent with
    /// it, so that no item of another batch is signed under it.
    pub batch_sha256: Option<Sha256Digest>,
}

impl SignRequest {
    /// A request to sign a digest, by the active version, without anything else.
    #[must_use]
    pub const fn of_digest(request_id: RequestId, key: KeyId, profile: Profile, digest: Sha256Digest) -> Self {
        Self {
            request_id,
            key,
            pinned: None,
            digest,
            tbs_bytes: None,
            profile,
            timestamp: Wanted::None,
            receipt: Wanted::None,
            idempotency: None,
        }
    }

    /// The same for what is hashed here.
    ///
    /// # Errors
    /// [`TbsError`]: the bytes are not what the profile says that they are.
    pub fn of_tbs(request_id: RequestId, key: KeyId, profile: Profile, tbs: &[u8]) -> Result<Self, TbsError> {
        tbs::check(profile, tbs)?;
        let request = Self::of_digest(request_id, key, profile, Sha256::digest(tbs));
        Ok(Self { tbs_bytes: Some(tbs.len()), ..request })
    }

    /// SHA-256 of all that decides what is signed and replied, as a JSON array: the same for requests that differ only
    /// in how they are written.
    pub(super) fn fingerprint(&self) -> Sha256Digest {
        let text = serde_json::json!([
            self.key.as_str(),
            self.pinned.map(KeyVersion::get),
            "sha-256",
            &self.digest.as_bytes()[..],
            self.profile.name(),
            self.timestamp.name(),
            self.receipt.name(),
        ]);
        Sha256::digest(text.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::IdempotencyKey;

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(IdempotencyKey::parse(b"a-b_c~!").is_some());
        assert!(IdempotencyKey::parse(&[b'a'; 255]).is_some());
        for bad in [&b""[..], b"a b", b"a\tb", "\u{e4}".as_bytes(), &[b'a'; 256]] {
            assert!(IdempotencyKey::parse(bad).is_none(), "{bad:?}");
        }
    }
}
