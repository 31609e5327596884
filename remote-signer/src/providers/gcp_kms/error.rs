//! What Cloud KMS answers instead, and what to do about it.
//!
//! | class | of Cloud KMS |
//! |---|---|
//! | `denied` | a permission that is missing, credentials that are missing or refused, a version that is disabled or destroyed |
//! | `throttled` | `RESOURCE_EXHAUSTED` |
//! | `unavailable` | 5xx, no connection, a version that is still being made |
//! | `timeout` | no answer in time, from KMS or within KMS |
//! | `invalid` | another kind of key, a request that KMS refuses |
//! | `not_found` | no such project, location, key ring, key or version |
//! | `bad_response` | everything that is not the protocol, and checksums that are not right |

use google_cloud_auth::errors::CredentialsError;
use serde_json::Value;

use crate::providers::rest::{Answer, Failure, quoted};
use crate::providers::{ErrorClass, ProviderError};

/// What was asked of KMS; its name is that of the IAM permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    CreateKey,
    CreateVersion,
    GetPublicKey,
    GetVersion,
    Sign,
}

impl Operation {
    const fn permission(self) -> &'static str {
        match self {
            Self::CreateKey => "cloudkms.cryptoKeys.create",
            Self::CreateVersion => "cloudkms.cryptoKeyVersions.create",
            Self::GetPublicKey => "cloudkms.cryptoKeyVersions.viewPublicKey",
            Self::GetVersion => "cloudkms.cryptoKeyVersions.get",
            Self::Sign => "cloudkms.cryptoKeyVersions.useToSign",
        }
    }

    /// What to grant when it is denied.
    const fn remedy(self) -> &'static str {
        match self {
            Self::CreateKey | Self::CreateVersion => {
                "grant roles/cloudkms.admin on the key ring to the service account"
            }
            Self::GetVersion => "grant roles/cloudkms.viewer on the key ring to the service account",
            Self::GetPublicKey | Self::Sign => "grant roles/cloudkms.signerVerifier on this key to the service account",
        }
    }
}

/// Where the permissions and the classes are explained.
pub(super) const GUIDE: &str = "docs/guides/gcp-kms.md";
const NOT_KMS: &str = "the answer is not that of Cloud KMS; is providers.gcp-kms.endpoint right, and no proxy between?";
const WRONG_KEY: &str =
    "the key cannot sign ES256: use one with purpose ASYMMETRIC_SIGN and algorithm EC_SIGN_P256_SHA256";
const TRY_AGAIN: &str = "Cloud KMS cannot answer now: try again later, and look at status.cloud.google.com";

fn failure(operation: Operation, key: &str, class: ErrorClass, what: &str) -> ProviderError {
    ProviderError::new(class, format!("{} for {key}: {what}", operation.permission())).see(GUIDE)
}

/// The answer came and makes no sense.
pub(super) fn nonsense(operation: Operation, key: &str, what: &str) -> ProviderError {
    let what = format!("KMS answered {what}: nothing of it was used; is providers.gcp-kms.endpoint really Cloud KMS?");
    failure(operation, key, ErrorClass::BadResponse, &what)
}

/// No answer in time.
pub(super) fn timeout(operation: Operation, key: &str) -> ProviderError {
    let what =
        "no answer within providers.gcp-kms.timeout_ms: look at the network; what KMS may have done was not used";
    failure(operation, key, ErrorClass::Timeout, what)
}

/// The key is of another kind.
pub(super) fn wrong_key(operation: Operation, key: &str, algorithm: &str) -> ProviderError {
    failure(operation, key, ErrorClass::Invalid, &format!("its algorithm is {}; {WRONG_KEY}", quoted(algorithm)))
}

/// There is no token to ask with.
pub(super) fn no_credentials(operation: Operation, key: &str, error: CredentialsError) -> ProviderError {
    let (class, what) = if error.is_transient() {
        (ErrorClass::Unavailable, "what gives Google credentials to this host does not answer: look at the network")
    } else {
        (
            ErrorClass::Denied,
            "no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to a credentials file, or give the host or the \
             workload a service account",
        )
    };
    failure(operation, key, class, what).with_source(error)
}

/// Whether a version in this state signs.
pub(super) fn check_state(operation: Operation, key: &str, state: &str) -> Result<(), ProviderError> {
    if state == "ENABLED" {
        return Ok(());
    }
    let (class, what) = state_words(state);
    Err(failure(operation, key, class, &format!("the version is in state {}: {what}", quoted(state))))
}

fn state_words(state: &str) -> (ErrorClass, &'static str) {
    match state {
        "DISABLED" => (
            ErrorClass::Denied,
            "enable it (`gcloud kms keys versions enable`, cloudkms.cryptoKeyVersions.update), or use another version",
        ),
        "DESTROY_SCHEDULED" => (
            ErrorClass::Denied,
            "restore it while there is time (`gcloud kms keys versions restore`) and enable it, or use another version",
        ),
        "DESTROYED" => (ErrorClass::Denied, "its key is gone for ever: use another version"),
        "PENDING_GENERATION" | "PENDING_IMPORT" => {
            (ErrorClass::Unavailable, "it is not ready yet: wait, and try again")
        }
        "GENERATION_FAILED" | "IMPORT_FAILED" => (ErrorClass::Denied, "it never came to be: make another version"),
        // Google may add states.
        _ => (ErrorClass::Denied, "it is not enabled: look at it in the console, or use another version"),
    }
}

/// No answer that could be read.
pub(super) fn lost(operation: Operation, key: &str, lost: Failure) -> ProviderError {
    let (class, what) = match &lost {
        Failure::Unreachable(_) => (
            ErrorClass::Unavailable,
            "Cloud KMS cannot be reached: look at the network, its certificate and providers.gcp-kms.endpoint",
        ),
        Failure::Broken(_) | Failure::TooLong => (ErrorClass::BadResponse, NOT_KMS),
    };
    failure(operation, key, class, what).with_source(lost)
}

/// An answer with a status that is not success.
pub(super) fn refused(operation: Operation, key: &str, answer: &Answer) -> ProviderError {
    let error = answer.body.as_ref().and_then(|body| body.get("error")).filter(|error| error["status"].is_string());
    let (class, what) = match error {
        Some(error) => classify(operation, error, answer.status),
        None => by_status(answer.status),
    };
    failure(operation, key, class, &what).with_retry_after(answer.retry_after)
}

/// Whether the caller may not do this, while KMS works and knows the caller.
pub(super) fn is_permission_denied(answer: &Answer) -> bool {
    let error = answer.body.as_ref().map(|body| &body["error"]);
    error.is_some_and(|error| error["status"] == "PERMISSION_DENIED" && reason(error) != Some("SERVICE_DISABLED"))
}

/// <https://cloud.google.com/apis/design/errors>: the code of gRPC by its name.
fn classify(operation: Operation, error: &Value, status: u16) -> (ErrorClass, String) {
    let message = error["message"].as_str().unwrap_or("no message");
    let (class, words) = match error["status"].as_str().unwrap_or_default() {
        "PERMISSION_DENIED" => (ErrorClass::Denied, permission_words(operation, error)),
        "UNAUTHENTICATED" => {
            (ErrorClass::Denied, "Google does not accept the credentials: renew them, and check the clock of this host")
        }
        "NOT_FOUND" if operation == Operation::CreateVersion => (
            ErrorClass::NotFound,
            "there is no such key in the key ring, so it gets no further version: make the version where the key is, \
             and adopt it by its reference",
        ),
        "NOT_FOUND" => (
            ErrorClass::NotFound,
            "there is no such key: check project, location, key ring, key and version of the reference",
        ),
        "ALREADY_EXISTS" => (
            ErrorClass::Invalid,
            "the key ring has this key already, perhaps from an attempt that broke off: adopt its version by the \
             reference",
        ),
        "RESOURCE_EXHAUSTED" => (
            ErrorClass::Throttled,
            "too many requests: ask for a higher quota of cryptographic requests of this project, or sign in batches",
        ),
        "FAILED_PRECONDITION" => return precondition(message),
        "DEADLINE_EXCEEDED" => {
            (ErrorClass::Timeout, "KMS gave up within itself: try again; what it may have signed was not used")
        }
        "UNAVAILABLE" | "INTERNAL" | "ABORTED" | "CANCELLED" | "UNKNOWN" | "DATA_LOSS" => {
            (ErrorClass::Unavailable, TRY_AGAIN)
        }
        _ if status == 429 || status >= 500 => return by_status(status),
        code => return (ErrorClass::Invalid, format!("KMS refuses with {}: {}", quoted(code), quoted(message))),
    };
    (class, words.to_owned())
}

fn permission_words(operation: Operation, error: &Value) -> &'static str {
    match reason(error) {
        Some("SERVICE_DISABLED") => {
            "the API is not enabled in the project: `gcloud services enable cloudkms.googleapis.com`"
        }
        Some("BILLING_DISABLED") => "the project has no billing account: link one",
        Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            "the host's token is not for KMS: give the instance the scope cloud-platform, or use workload identity"
        }
        _ => operation.remedy(),
    }
}

/// The reason of `google.rpc.ErrorInfo` among the details.
fn reason(error: &Value) -> Option<&str> {
    error["details"].as_array()?.iter().find_map(|detail| detail["reason"].as_str())
}

/// `NAME is not enabled, current state is: DISABLED.`, or a purpose that is another.
fn precondition(message: &str) -> (ErrorClass, String) {
    if let Some((_, state)) = message.split_once("current state is: ") {
        let state = state.trim_end_matches('.');
        let (class, words) = state_words(state);
        return (class, format!("the version is in state {}: {words}", quoted(state)));
    }
    if message.contains("is not enabled") {
        let (class, words) = state_words("");
        return (class, format!("the version is not enabled: {words}"));
    }
    (ErrorClass::Invalid, format!("{WRONG_KEY}; KMS says: {}", quoted(message)))
}

/// An answer without an error of Google: its status is all that there is.
fn by_status(status: u16) -> (ErrorClass, String) {
    match status {
        429 => (ErrorClass::Throttled, "too many requests, says something between here and KMS".to_owned()),
        500.. => (ErrorClass::Unavailable, TRY_AGAIN.to_owned()),
        _ => (ErrorClass::BadResponse, NOT_KMS.to_owned()),
    }
}
