//! Who we are to Azure: an identity of Entra ID that the host has, or a token for an emulator.
//!
//! Which kind of identity is decided once, from what the environment names, in the order of every client of Azure:
//!
//! | the environment names | kind |
//! |---|---|
//! | AZURE_CLIENT_SECRET (with AZURE_TENANT_ID, AZURE_CLIENT_ID) | client secret |
//! | AZURE_FEDERATED_TOKEN_FILE (with the same two) | workload identity |
//! | neither | managed identity of the host; AZURE_CLIENT_ID chooses among several |
//!
//! One that fails is not followed by the next: it would be another identity than the one that was meant.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, HttpClient, RetryOptions, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::providers::azure_kv::error;
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, ProviderError, rest};

/// For connections to Entra ID; the whole call has the configured timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What makes the token of a request.
pub(super) enum Credentials {
    /// An identity of Entra ID, and the scope that its tokens are for. Tokens are kept until they expire.
    Entra { credential: Arc<dyn TokenCredential>, scope: String },
    /// A token that was handed over.
    Token(HeaderValue),
}

/// Never what they are.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entra { credential, scope } => {
                f.debug_struct("Entra").field("credential", credential).field("scope", scope).finish()
            }
            Self::Token(_) => f.write_str("Token"),
        }
    }
}

impl Credentials {
    /// The identity that the environment of this process names. Nobody is asked for a token yet.
    pub(super) fn of_the_host(vault_url: &str) -> Result<Self, ProviderError> {
        Self::from_environment(vault_url, variable, Arc::new(rest::client(CONNECT_TIMEOUT)?))
    }

    pub(super) fn from_environment(
        vault_url: &str,
        variable: impl Fn(&str) -> Option<String>,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let needed = |name: &str| {
            variable(name).ok_or_else(|| {
                let message = format!(
                    "the environment has credentials of Azure without {name}: set it, or unset AZURE_CLIENT_SECRET and \
                     AZURE_FEDERATED_TOKEN_FILE to use the managed identity of the host"
                );
                ProviderError::new(ErrorClass::Denied, message).see(error::GUIDE)
            })
        };
        let client_options = ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(Transport::new(http)),
            ..ClientOptions::default()
        };
        let made: azure_core::Result<Arc<dyn TokenCredential>> = if let Some(secret) = variable("AZURE_CLIENT_SECRET") {
            let options = ClientSecretCredentialOptions { client_options };
            let (tenant, client) = (needed("AZURE_TENANT_ID")?, needed("AZURE_CLIENT_ID")?);
            ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options)).map(|made| made as _)
        } else if let Some(file) = variable("AZURE_FEDERATED_TOKEN_FILE") {
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(needed("AZURE_CLIENT_ID")?),
                tenant_id: Some(needed("AZURE_TENANT_ID")?),
                token_file_path: Some(file.into()),
            };
            WorkloadIdentityCredential::new(Some(options)).map(|made| made as _)
        } else {
            let user_assigned_id = variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
            ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
        };
        let credential = made.map_err(|source| {
            let message = "the credentials of Azure in the environment cannot be used: look at AZURE_TENANT_ID, \
                           AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST";
            ProviderError::new(ErrorClass::Denied, message).see(error::GUIDE).with_source(source)
        })?;
        Ok(Self::Entra { credential, scope: scope(vault_url) })
    }

    /// A token, from where the configuration says that it is.
    pub(super) fn token(reference: &SecretReference) -> Result<Self, ProviderError> {
        let token = reference.read()?;
        bearer(token.as_str()).map(Self::Token).ok_or_else(|| {
            let message = format!("{reference} holds no access token: it has characters that no token has");
            ProviderError::new(ErrorClass::Denied, message).see(error::GUIDE)
        })
    }

    /// What says who is asking.
    pub(super) async fn authorization(&self) -> azure_core::Result<HeaderValue> {
        match self {
            Self::Token(value) => Ok(value.clone()),
            Self::Entra { credential, scope } => {
                let token = credential.get_token(&[scope], None).await?;
                bearer(token.token.secret()).ok_or_else(|| {
                    let kind = azure_core::error::ErrorKind::DataConversion;
                    azure_core::Error::with_message(kind, "the token has characters that no token has")
                })
            }
        }
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Tokens are for all vaults of one cloud: `acme.vault.azure.cn` is in that of `vault.azure.cn`.
fn scope(vault_url: &str) -> String {
    let url = Url::parse(vault_url).ok();
    let domain = url.as_ref().and_then(|url| url.host_str()?.split_once('.')).map(|(_, domain)| domain);
    let domain = domain.filter(|domain| domain.starts_with("vault.") || domain.starts_with("managedhsm."));
    format!("https://{}/.default", domain.unwrap_or("vault.azure.net"))
}

#[expect(clippy::disallowed_methods, reason = "where every client of Azure finds its credentials; read at the start")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::scope;

    #[test]
    fn tokens_are_for_the_cloud_of_the_vault() {
        for (vault, expected) in [
            ("https://acme.vault.azure.net", "https://vault.azure.net/.default"),
            ("https://acme.vault.azure.cn/", "https://vault.azure.cn/.default"),
            ("https://acme.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default"),
            ("https://acme.managedhsm.azure.net", "https://managedhsm.azure.net/.default"),
            ("http://127.0.0.1:8443", "https://vault.azure.net/.default"),
            ("https://vault.example.com", "https://vault.azure.net/.default"),
        ] {
            assert_eq!(scope(vault), expected, "{vault}");
        }
    }
}
