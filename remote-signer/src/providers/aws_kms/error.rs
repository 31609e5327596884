//! What KMS answers instead, and what to do about it.
//!
//! | class | of KMS |
//! |---|---|
//! | `denied` | access denied, credentials that are missing or refused, a key that is disabled or pending deletion |
//! | `throttled` | throttling, which KMS sends with status 400, and quotas |
//! | `unavailable` | 5xx, no connection |
//! | `timeout` | no answer in time |
//! | `invalid` | another kind of key, a request that KMS refuses |
//! | `not_found` | no such key in this account and region |
//! | `bad_response` | everything that is not the protocol |

use core::error::Error as StdError;
use core::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::types::KeyState;

use crate::providers::{ErrorClass, ProviderError};

/// What was asked of KMS; its name is that of the IAM action.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    CreateKey,
    DescribeKey,
    GetPublicKey,
    Sign,
}

impl Operation {
    const fn action(self) -> &'static str {
        match self {
            Self::CreateKey => "kms:CreateKey",
            Self::DescribeKey => "kms:DescribeKey",
            Self::GetPublicKey => "kms:GetPublicKey",
            Self::Sign => "kms:Sign",
        }
    }

    /// What to permit when it is denied.
    const fn remedy(self) -> &'static str {
        match self {
            Self::CreateKey => "allow kms:CreateKey and kms:TagResource in the IAM policy of the role",
            Self::DescribeKey => "allow kms:DescribeKey on this key in the IAM policy of the role or in the key policy",
            Self::GetPublicKey => {
                "allow kms:GetPublicKey on this key in the IAM policy of the role or in the key policy"
            }
            Self::Sign => "allow kms:Sign on this key in the IAM policy of the role or in the key policy",
        }
    }
}

/// Where the permissions and the classes are explained.
pub(super) const GUIDE: &str = "docs/guides/aws-kms.md";
const NOT_KMS: &str = "the answer is not that of KMS; is providers.aws-kms.endpoint_url right, and no proxy between?";
const DISABLED: &str = "the key is disabled: enable it (kms:EnableKey), or use another version";
const PENDING_DELETION: &str = "the key is pending deletion: cancel that and enable it (kms:CancelKeyDeletion, kms:EnableKey), or use another version";
const WRONG_KEY: &str =
    "the key cannot sign ECDSA_SHA_256: use a key with KeySpec ECC_NIST_P256 and KeyUsage SIGN_VERIFY";
const TRY_AGAIN: &str = "KMS cannot answer now: try again later, and look at the health page of AWS";

/// The answer came and makes no sense.
pub(super) fn nonsense(operation: Operation, key: &str, what: &str) -> ProviderError {
    let message = format!(
        "KMS answered {} for {key} {what}: nothing of it was used; is providers.aws-kms.endpoint_url really KMS?",
        operation.action()
    );
    ProviderError::new(ErrorClass::BadResponse, message).see(GUIDE)
}

/// No answer came.
pub(super) fn timeout(operation: Operation, key: &str) -> ProviderError {
    let message = format!(
        "{} for {key}: no answer within providers.aws-kms.timeout_ms, and KMS may have done it all the same; look at \
         the network between here and KMS",
        operation.action()
    );
    ProviderError::new(ErrorClass::Timeout, message).see(GUIDE)
}

/// Whether a key in this state signs.
pub(super) fn key_state(arn: &str, state: &KeyState) -> Result<(), ProviderError> {
    let (class, what) = match state {
        KeyState::Enabled => return Ok(()),
        KeyState::Disabled => (ErrorClass::Denied, DISABLED),
        KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => (ErrorClass::Denied, PENDING_DELETION),
        KeyState::PendingImport => (ErrorClass::Denied, "the key has no material yet: import it"),
        KeyState::Creating | KeyState::Updating => (ErrorClass::Unavailable, "the key is not ready yet: wait"),
        KeyState::Unavailable => {
            (ErrorClass::Unavailable, "the key store of the key is not connected: connect the custom key store")
        }
        // AWS may add states.
        _ => (ErrorClass::Invalid, "the key is in a state that is not known here, and not enabled"),
    };
    Err(ProviderError::new(class, format!("KMS key {arn}, state {}: {what}", state.as_str())).see(GUIDE))
}

/// Whether the caller may not do this, while KMS works and knows the caller.
pub(super) fn is_access_denied<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    matches!(error, SdkError::ServiceError(answer) if answer.err().code() == Some("AccessDeniedException"))
}

/// An error of the SDK as a class and words for the operator.
pub(super) fn classify<E>(operation: Operation, key: &str, error: SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let (class, what) = match &error {
        SdkError::ServiceError(answer) => service_error(operation, answer.err(), answer.raw().status().as_u16()),
        // What is not the protocol but says by its status that something before KMS is down or busy.
        SdkError::ResponseError(answer) => by_status(answer.raw().status().as_u16()),
        _ if let Some(credentials) = credentials_error(&error) => credentials_words(credentials),
        SdkError::TimeoutError(_) => return timeout(operation, key).with_source(error),
        // The only timeout that the SDK has from us is that of the connection: nothing was sent.
        SdkError::DispatchFailure(failure) if failure.is_timeout() || failure.is_io() => (
            ErrorClass::Unavailable,
            "KMS cannot be reached: look at the network, the region and providers.aws-kms.endpoint_url".to_owned(),
        ),
        // An answer that is not HTTP, or is cut off in its head.
        SdkError::DispatchFailure(failure) if failure.is_other() => (ErrorClass::BadResponse, NOT_KMS.to_owned()),
        _ => (ErrorClass::Invalid, "the request could not be made: look at the configuration".to_owned()),
    };
    let pause = error.raw_response().and_then(retry_after);
    let message = format!("{} for {key}: {what}", operation.action());
    ProviderError::new(class, message).see(GUIDE).with_source(error).with_retry_after(pause)
}

fn service_error(operation: Operation, error: &impl ProvideErrorMetadata, status: u16) -> (ErrorClass, String) {
    let (class, words) = match error.code().unwrap_or_default() {
        "AccessDeniedException" => (ErrorClass::Denied, operation.remedy()),
        "DisabledException" => (ErrorClass::Denied, DISABLED),
        "KMSInvalidStateException" => (
            ErrorClass::Denied,
            "the state of the key does not allow it, most often as it is pending deletion: cancel that and enable it \
             (kms:CancelKeyDeletion, kms:EnableKey), or use another version",
        ),
        "NotFoundException" => (
            ErrorClass::NotFound,
            "there is no such key in this account and region: check the reference and providers.aws-kms.region",
        ),
        // With status 400.
        "ThrottlingException"
        | "KMSThrottling"
        | "KMSThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => (
            ErrorClass::Throttled,
            "too many requests: ask for a higher request quota of this account and region, or sign in batches",
        ),
        "LimitExceededException" => {
            (ErrorClass::Throttled, "a quota of the account is used up: look at the quotas of KMS in this region")
        }
        "DependencyTimeoutException"
        | "KMSInternalException"
        | "KeyUnavailableException"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => (ErrorClass::Unavailable, TRY_AGAIN),
        "InvalidKeyUsageException" | "UnsupportedOperationException" => (ErrorClass::Invalid, WRONG_KEY),
        "InvalidArnException" => {
            (ErrorClass::Invalid, "KMS refuses the reference: give the id or ARN of a key, or alias/NAME")
        }
        "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => {
            (ErrorClass::Denied, "AWS does not accept the credentials: renew them, and check the clock of this host")
        }
        "OptInRequired" => (ErrorClass::Denied, "the account is not subscribed to KMS in this region"),
        "" => return by_status(status),
        _ if status == 429 || status >= 500 => return by_status(status),
        code => {
            let words = error.message().unwrap_or("no message").escape_debug();
            return (ErrorClass::Invalid, format!("KMS refuses with {}: {words}", code.escape_debug()));
        }
    };
    (class, words.to_owned())
}

/// An answer without a code of KMS: its status is all that there is.
fn by_status(status: u16) -> (ErrorClass, String) {
    match status {
        429 => (ErrorClass::Throttled, "too many requests, says something between here and KMS".to_owned()),
        500.. => (ErrorClass::Unavailable, TRY_AGAIN.to_owned()),
        _ => (ErrorClass::BadResponse, NOT_KMS.to_owned()),
    }
}

fn credentials_words(error: &CredentialsError) -> (ErrorClass, String) {
    let (class, words) = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            (ErrorClass::Denied, "no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the host a role")
        }
        CredentialsError::ProviderTimedOut(_) => {
            (ErrorClass::Unavailable, "what gives AWS credentials to this host does not answer")
        }
        _ => (
            ErrorClass::Denied,
            "the AWS credentials cannot be had: look at the profile, the role and its trust policy",
        ),
    };
    (class, words.to_owned())
}

/// What the credential chain said, however the SDK wraps that.
fn credentials_error<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> Option<&CredentialsError> {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(source) = next {
        if let Some(found) = source.downcast_ref() {
            return Some(found);
        }
        next = source.source();
    }
    None
}

/// Seconds (RFC 9110, 10.2.3); the form with a date is not used by AWS.
fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    answer.headers().get("retry-after")?.parse().ok().map(Duration::from_secs)
}
