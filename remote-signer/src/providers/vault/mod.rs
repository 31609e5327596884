//! Keys in the Transit secrets engine of HashiCorp Vault or OpenBao: `ecdsa-p256`, signed with `prehashed`.
//!
//! Vault is trusted with the key and with nothing else. Its answers are checked: the version that answered must be the
//! version that was asked, the signature must be strict DER, and the pipeline verifies it before it leaves.
//!
//! One Transit key holds all versions of a key of ours, and the next version is a rotation: what Vault's operators
//! know, with one policy path that stays. Every stored reference names the version, so that a rotation, by us or by
//! anybody, never changes the key under a version. The first version is only ever a Transit key that was not there
//! before: one of the same name may be somebody's, and a rotation would change what they sign with.

mod client;
mod connection;
mod error;
mod reference;
mod session;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::Signature;

use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyDescription, KeyReference, NewKey, Provider, ProviderError};

use client::TransitClient;
use reference::KeyName;

/// Configuration of the provider `vault`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where Vault is, as `https://vault.internal:8200`; `http` only to this host. Prevents: a token that goes over a
    /// network in the clear.
    pub address: String,
    /// The namespace of the engine and of the login. Default: none. Prevents: asking in the root namespace for what is
    /// elsewhere.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Where the Transit engine is mounted; default `transit`. Prevents: signing with a key of the same name in another
    /// engine.
    #[serde(default = "default_mount")]
    pub mount: String,
    /// A PEM file with the certificates of the authorities that may vouch for Vault. Default: those of the system.
    /// Prevents: trusting every authority of the system with the token.
    #[serde(default)]
    pub ca_certificate: Option<PathBuf>,
    /// How long one call may take, with the login that it may need, in milliseconds; default 30000. Prevents: requests
    /// that pile up behind a Vault that does not answer.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How to log in: one of `token`, `approle`, `kubernetes`. Prevents: a login that nobody has decided on.
    pub auth: Auth,
}

/// How to log in. Secrets are references.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Auth {
    /// A token that somebody else logs in for and keeps in a file (an agent's sink), which is read again when Vault
    /// does not know the token any more; or one in the environment.
    Token(SecretReference),
    /// AppRole.
    Approle(Approle),
    /// The service account of a pod.
    Kubernetes(Kubernetes),
}

/// A login with AppRole.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Approle {
    /// The role's id; not a secret.
    pub role_id: String,
    /// The secret id: a reference.
    pub secret_id: SecretReference,
    /// Where the method is enabled; default `approle`.
    #[serde(default = "default_approle_mount")]
    pub mount: String,
}

/// A login with the service account of a pod.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Kubernetes {
    /// The role in Vault.
    pub role: String,
    /// The file with the token of the service account; default that of every pod. Read for each login, as Kubernetes
    /// exchanges it.
    #[serde(default = "default_jwt_file")]
    pub jwt_file: PathBuf,
    /// Where the method is enabled; default `kubernetes`.
    #[serde(default = "default_kubernetes_mount")]
    pub mount: String,
}

fn default_mount() -> String {
    "transit".to_owned()
}

fn default_approle_mount() -> String {
    "approle".to_owned()
}

fn default_kubernetes_mount() -> String {
    "kubernetes".to_owned()
}

fn default_jwt_file() -> PathBuf {
    "/var/run/secrets/kubernetes.io/serviceaccount/token".into()
}

const fn default_timeout_ms() -> u64 {
    30_000
}

/// Makes the provider. Vault is not called yet: the first call logs in.
///
/// # Errors
/// `invalid` for a timeout of zero, an address that is not https, a mount that is no path, or a certificate file that
/// cannot be used.
// Async as every provider's is.
pub async fn build(config: &Config, _data_directory: &Path) -> Result<Arc<dyn Provider>, ProviderError> {
    if config.timeout_ms == 0 {
        let message = "providers.vault.timeout_ms is 0, so every call would time out: leave it out";
        return Err(ProviderError::new(ErrorClass::Invalid, message));
    }
    let (auth_field, auth_mount) = match &config.auth {
        Auth::Token(_) => ("", None),
        Auth::Approle(approle) => ("auth.approle.mount", Some(&approle.mount)),
        Auth::Kubernetes(kubernetes) => ("auth.kubernetes.mount", Some(&kubernetes.mount)),
    };
    for (field, mount) in [("mount", Some(&config.mount)), (auth_field, auth_mount)] {
        if let Some(mount) = mount.filter(|mount| !is_mount(mount)) {
            let message = format!(
                "providers.vault.{field} `{}` is no path of a mount: write it without slashes around it, as `transit` \
                 or `team/transit`",
                mount.escape_debug()
            );
            return Err(ProviderError::new(ErrorClass::Invalid, message));
        }
    }
    Ok(Arc::new(VaultProvider { client: TransitClient::new(config)? }))
}

fn is_mount(path: &str) -> bool {
    let is_segment = |segment: &str| {
        let is_word = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        !segment.is_empty() && !matches!(segment, "." | "..") && segment.bytes().all(is_word)
    };
    path.len() <= 255 && path.split('/').all(is_segment)
}

/// Keys in Transit.
#[derive(Debug)]
struct VaultProvider {
    client: TransitClient,
}

#[async_trait]
impl Provider for VaultProvider {
    fn kind(&self) -> &'static str {
        "vault"
    }

    async fn create_key(&self, new: &NewKey) -> Result<KeyDescription, ProviderError> {
        let (reference, public_key) = self.client.create_key(new).await?;
        Ok(KeyDescription { reference, public_key, certificate_chain: Vec::new() })
    }

    async fn describe_key(&self, reference: &KeyReference) -> Result<KeyDescription, ProviderError> {
        let (reference, public_key) = self.client.describe(KeyName::parse(reference)?).await?;
        Ok(KeyDescription { reference, public_key, certificate_chain: Vec::new() })
    }

    async fn sign_digest(&self, reference: &KeyReference, digest: &Sha256Digest) -> Result<Signature, ProviderError> {
        self.client.sign(KeyName::parse(reference)?, digest).await
    }
}
