//! Where keys live. Each provider has a folder with the same file names; nothing outside `providers` knows what is
//! behind the trait.

#[cfg(feature = "aws-kms")]
pub mod aws_kms;
#[cfg(feature = "azure-kv")]
pub mod azure_kv;
#[cfg(test)]
mod contract;
#[cfg(any(feature = "azure-kv", feature = "gcp-kms"))]
mod derived_name;
#[cfg(feature = "env")]
pub mod env;
pub mod error;
#[cfg(feature = "file")]
pub mod file;
#[cfg(feature = "gcp-kms")]
pub mod gcp_kms;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
#[cfg(any(feature = "azure-kv", feature = "gcp-kms"))]
mod rest;
pub mod secret;
#[cfg(any(feature = "env", feature = "file"))]
mod software;
#[cfg(feature = "vault")]
pub mod vault;

use core::fmt;

use async_trait::async_trait;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};

pub use error::{ErrorClass, ProviderError};

/// Names a key (one version of it) within its provider, as a URI: `file:acme/c2pa/1`, `awskms:///alias/acme`,
/// `awskms:///arn:aws:kms:…`. Stored with the version, handed back to the provider unchanged.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeyReference(String);

impl KeyReference {
    /// Takes a URI; the provider checks it when it is used.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self(uri.into())
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a new key version is for.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key's id in splitsign, `tenant/name`.
    pub key_id: String,
    /// Its version, from 1.
    pub version: u32,
}

/// A key version as its provider describes it.
#[derive(Clone, Debug)]
pub struct KeyDescription {
    /// The canonical reference: an alias is resolved to the key that it names now, so that a moved alias never
    /// changes the key under a version.
    pub reference: KeyReference,
    /// The public key.
    pub public_key: PublicKey,
    /// The certificate chain in DER, leaf first, where the provider makes one (`file`: a development chain).
    pub certificate_chain: Vec<Vec<u8>>,
}

/// A place that holds private keys and signs with them.
///
/// # Contract
/// - `sign_digest` gets 32 bytes and signs exactly these: they are never hashed again.
/// - The signature returned may be high-S and is **not trusted**: the pipeline verifies it against the public key on record.
/// - No call is retried by the provider: retry, breaker and status are decided outside, from the class of the error alone.
/// - Every call ends within the configured timeout of the provider, with [`ErrorClass::Timeout`].
/// - Calls may be concurrent. Dropping a future may leave a signature made at the provider and never seen.
/// - `create_key` is not idempotent; after an error the key may exist at the provider.
/// - Error messages name the key, the operation and the remedy (the missing IAM action, the state of the key), and never a secret.
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync {
    /// The name in the configuration: `file`, `aws-kms`, `vault`.
    fn kind(&self) -> &'static str;

    /// Whether [`Self::create_key`] can ever succeed. Where it cannot, keys are adopted, and the scheduler only says so.
    fn creates_keys(&self) -> bool {
        true
    }

    /// Whether a key that it makes or has comes with certificates. Where it does not, they are imported.
    fn certifies_keys(&self) -> bool {
        false
    }

    /// Where [`Self::create_key`] puts this version, if that is a name that it takes only once: it fails with
    /// [`ErrorClass::Invalid`] when the name is taken. `None`: nobody can tell before, or a key is made in any case.
    fn reference_of(&self, _new: &NewKey) -> Option<KeyReference> {
        None
    }

    /// Makes a new P-256 signing key.
    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError>;

    /// Looks up a key that exists, by any reference that the provider understands, and checks that it can sign ES256.
    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError>;

    /// Signs a digest.
    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError>;
}
