//! The key sets as bytes: there may be ten thousand keys, and everybody may ask for them.

use alloc::sync::Arc;

use axum::body::Bytes;
use splitsign_core::digest::Sha256;
use tokio::sync::Mutex;

use crate::api::cose_key_set;
use crate::api::wire::{JwkSet, PublishedJwk};
use crate::encoding::base64url;
use crate::keys::Keys;
use crate::pipeline::StorageFailure;
use crate::telemetry::metrics;

/// How the keys are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// RFC 7517, 5.
    Json,
    /// RFC 9052, 7.
    Cose,
}

impl Form {
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Cose => "application/cose-key-set",
        }
    }
}

/// A key set and its name.
#[derive(Clone, Debug)]
pub(super) struct KeySet {
    pub(super) body: Bytes,
    /// SHA-256 of the body, quoted.
    pub(super) etag: String,
}

impl KeySet {
    fn new(body: Vec<u8>) -> Self {
        let etag = format!("\"{}\"", base64url(Sha256::digest(&body).as_bytes()));
        Self { body: Bytes::from(body), etag }
    }
}

/// Both forms as of one generation of the keys. Clones share them.
#[derive(Clone, Default, Debug)]
pub(super) struct KeySets(Arc<Mutex<Option<Written>>>);

#[derive(Debug)]
struct Written {
    generation: u64,
    json: KeySet,
    cose: KeySet,
}

impl Written {
    fn form(&self, form: Form) -> KeySet {
        match form {
            Form::Json => self.json.clone(),
            Form::Cose => self.cose.clone(),
        }
    }
}

impl KeySets {
    /// The key set of now: written anew if anything was changed, by whomever.
    pub(super) async fn current(&self, keys: &Keys, form: Form) -> Result<KeySet, StorageFailure> {
        // Before the keys are read: what is changed meanwhile shows at the next request.
        let generation = keys.generation();
        // Held while it is written: those who ask meanwhile get the same bytes.
        let mut last = self.0.lock().await;
        let written = last.as_ref().filter(|written| Some(written.generation) == generation);
        metrics::cache_lookup("key_set", written.is_some());
        if let Some(written) = written {
            return Ok(written.form(form));
        }
        let entries = keys.published().await?;
        let json = JwkSet { keys: entries.iter().map(PublishedJwk::new).collect() };
        let json = serde_json::to_vec(&json).expect("strings have a JSON form");
        let written = Written {
            generation: generation.unwrap_or_default(),
            json: KeySet::new(json),
            cose: KeySet::new(cose_key_set::encode(entries.iter())),
        };
        let set = written.form(form);
        // Somebody was making a change: what was read is of before or after it, and nobody knows.
        *last = generation.map(|_| written);
        Ok(set)
    }
}
