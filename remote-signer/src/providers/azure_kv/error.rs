//! What Key Vault answers instead, and what to do about it.
//!
//! | class | of Key Vault |
//! |---|---|
//! | `denied` | a role that is missing, credentials that are missing or refused, a key that is disabled or not valid now |
//! | `throttled` | 429 |
//! | `unavailable` | 5xx, no connection |
//! | `timeout` | no answer in time |
//! | `invalid` | another kind of key, a request that Key Vault refuses |
//! | `not_found` | no such key or version, perhaps as it was deleted; a key of another vault |
//! | `bad_response` | everything that is not the protocol |

use azure_core::Error as TokenError;
use azure_core::error::ErrorKind;
use serde_json::Value;

use crate::providers::rest::{Answer, Failure, quoted};
use crate::providers::{ErrorClass, ProviderError};

/// What was asked of the vault; its name is that of the data action in Azure RBAC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Create,
    Get,
    Sign,
}

impl Operation {
    const fn action(self) -> &'static str {
        match self {
            Self::Create => "Microsoft.KeyVault/vaults/keys/create/action",
            Self::Get => "Microsoft.KeyVault/vaults/keys/read",
            Self::Sign => "Microsoft.KeyVault/vaults/keys/sign/action",
        }
    }

    /// What to grant when it is denied.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Create => "assign the role Key Vault Crypto Officer on the vault to the identity",
            Self::Get | Self::Sign => "assign the role Key Vault Crypto User on the key to the identity",
        }
    }
}

/// Where the permissions and the classes are explained.
pub(super) const GUIDE: &str = "docs/guides/azure-kv.md";
const NOT_A_VAULT: &str =
    "the answer is not that of Key Vault; is providers.azure-kv.vault_url right, and no proxy between?";
const WRONG_KEY: &str =
    "the key cannot sign ES256: use one of type EC or EC-HSM, curve P-256, with `sign` among its operations";
const TRY_AGAIN: &str = "Key Vault cannot answer now: try again later, and look at azure.status.microsoft";
const DISABLED: &str =
    "the key version is disabled: enable it (`az keyvault key set-attributes --enabled true`), or use another version";
const EXPIRED: &str =
    "the key version has expired: use another version, or move its date (`az keyvault key set-attributes --expires`)";
const NOT_YET: &str =
    "the key version is not valid yet: wait, or move its date (`az keyvault key set-attributes --not-before`)";

fn failure(operation: Operation, key: &str, class: ErrorClass, what: &str) -> ProviderError {
    ProviderError::new(class, format!("{} for {key}: {what}", operation.action())).see(GUIDE)
}

/// The answer came and makes no sense.
pub(super) fn nonsense(operation: Operation, key: &str, what: &str) -> ProviderError {
    let what =
        format!("Key Vault answered {what}: nothing of it was used; is providers.azure-kv.vault_url really a vault?");
    failure(operation, key, ErrorClass::BadResponse, &what)
}

/// No answer in time.
pub(super) fn timeout(operation: Operation, key: &str) -> ProviderError {
    let what = "no answer within providers.azure-kv.timeout_ms: look at the network; what the vault may have done was not used";
    failure(operation, key, ErrorClass::Timeout, what)
}

/// The key is in a vault that is not asked: its token is not for that host.
pub(super) fn another_vault(operation: Operation, key: &str, vault: &str) -> ProviderError {
    let what = format!("this provider asks the vault {vault} and no other: set providers.azure-kv.vault_url");
    failure(operation, key, ErrorClass::NotFound, &what)
}

/// The key is of another kind.
pub(super) fn wrong_key(operation: Operation, key: &str, what: &str) -> ProviderError {
    failure(operation, key, ErrorClass::Invalid, &format!("{what}; {WRONG_KEY}"))
}

/// Why a version does not sign now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unusable {
    Disabled,
    Expired,
    NotYetValid,
}

/// The attributes of the key say that it does not sign.
pub(super) fn unusable(operation: Operation, key: &str, why: Unusable) -> ProviderError {
    failure(operation, key, ErrorClass::Denied, why.words())
}

impl Unusable {
    const fn words(self) -> &'static str {
        match self {
            Self::Disabled => DISABLED,
            Self::Expired => EXPIRED,
            Self::NotYetValid => NOT_YET,
        }
    }
}

/// There is no token to ask with.
pub(super) fn no_credentials(operation: Operation, key: &str, error: TokenError) -> ProviderError {
    // Each kind of identity wraps what happened in an error of its own.
    let mut cause = &error;
    while let Some(inner) = cause.get_ref().and_then(|inner| inner.downcast_ref()) {
        cause = inner;
    }
    let status = cause.http_status().map(u16::from);
    let (class, what) = match cause.kind() {
        ErrorKind::Connection | ErrorKind::Io => unreachable_identity(),
        _ if status == Some(429) => {
            (ErrorClass::Throttled, "Entra ID or the metadata service had too many requests of this host")
        }
        _ if status.is_some_and(|status| status >= 500) => unreachable_identity(),
        _ => (
            ErrorClass::Denied,
            "no token from Entra ID: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or \
             AZURE_FEDERATED_TOKEN_FILE, or give the host a managed identity; a secret may have expired",
        ),
    };
    // Its own words are of Entra ID (AADSTS…), for the log.
    failure(operation, key, class, what).with_source(error)
}

const fn unreachable_identity() -> (ErrorClass, &'static str) {
    (
        ErrorClass::Unavailable,
        "what gives tokens does not answer: on Azure give the host a managed identity, elsewhere set AZURE_TENANT_ID, \
         AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, and look at the network",
    )
}

/// No answer that could be read.
pub(super) fn lost(operation: Operation, key: &str, lost: Failure) -> ProviderError {
    let (class, what) = match &lost {
        Failure::Unreachable(_) => (
            ErrorClass::Unavailable,
            "the vault cannot be reached: look at the network, its certificate and providers.azure-kv.vault_url",
        ),
        Failure::Broken(_) | Failure::TooLong => (ErrorClass::BadResponse, NOT_A_VAULT),
    };
    failure(operation, key, class, what).with_source(lost)
}

/// An answer with a status that is not success.
pub(super) fn refused(operation: Operation, key: &str, answer: &Answer) -> ProviderError {
    let error = answer.body.as_ref().and_then(|body| body.get("error")).filter(|error| error["code"].is_string());
    let (class, what) = match error {
        Some(error) => classify(operation, error, answer.status),
        None => by_status(answer.status),
    };
    failure(operation, key, class, &what).with_retry_after(answer.retry_after)
}

/// <https://learn.microsoft.com/azure/key-vault/general/rest-error-codes>
fn classify(operation: Operation, error: &Value, status: u16) -> (ErrorClass, String) {
    let code = error["code"].as_str().unwrap_or_default();
    let message = error["message"].as_str().unwrap_or("no message");
    let (class, words) = match (status, code) {
        (403, _) => return forbidden(operation, inner(error), message),
        (401, _) => (
            ErrorClass::Denied,
            "Key Vault does not accept the token: is the identity of the tenant of the vault, and the clock of this host \
             right?",
        ),
        (404, "KeyNotFound") => (
            ErrorClass::NotFound,
            "there is no such key or version in this vault: check the reference; a deleted key can be recovered for a \
             while (`az keyvault key recover`)",
        ),
        (409, _) if inner(error) == "ObjectIsDeletedButRecoverable" => {
            (ErrorClass::Invalid, "a deleted key has this name: recover it (`az keyvault key recover`), or purge it")
        }
        (409, _) => (ErrorClass::Unavailable, "something else changes this key now: try again"),
        (429, _) => (
            ErrorClass::Throttled,
            "too many requests of this vault: spread keys over vaults, ask for a higher limit, or sign in batches",
        ),
        (500.., _) => (ErrorClass::Unavailable, TRY_AGAIN),
        (400, "BadParameter") if operation == Operation::Sign => {
            return (ErrorClass::Invalid, format!("{WRONG_KEY}; Key Vault says: {}", quoted(message)));
        }
        _ => {
            let words = format!("Key Vault refuses with {}: {}", quoted(code), quoted(message));
            return (ErrorClass::Invalid, words);
        }
    };
    (class, words.to_owned())
}

/// The code within the code.
fn inner(error: &Value) -> &str {
    error["innererror"]["code"].as_str().unwrap_or_default()
}

fn forbidden(operation: Operation, inner: &str, message: &str) -> (ErrorClass, String) {
    let said = |word: &str| message.contains(word);
    let words = match inner {
        "KeyDisabled" => DISABLED,
        "KeyExpired" => EXPIRED,
        "KeyNotYetValid" => NOT_YET,
        "ForbiddenByFirewall" | "ForbiddenByConnection" => {
            "the firewall of the vault does not let this host in: allow its address, or use a private endpoint"
        }
        "KeyOperationForbidden" => return (ErrorClass::Invalid, WRONG_KEY.to_owned()),
        // Older answers have only words.
        _ if said("disabled key") => DISABLED,
        _ if said("expired key") => EXPIRED,
        _ if said("not yet valid") => NOT_YET,
        _ => operation.remedy(),
    };
    (ErrorClass::Denied, words.to_owned())
}

/// An answer without an error of Azure: its status is all that there is.
fn by_status(status: u16) -> (ErrorClass, String) {
    match status {
        429 => (ErrorClass::Throttled, "too many requests, says something between here and Key Vault".to_owned()),
        500.. => (ErrorClass::Unavailable, TRY_AGAIN.to_owned()),
        _ => (ErrorClass::BadResponse, NOT_A_VAULT.to_owned()),
    }
}
