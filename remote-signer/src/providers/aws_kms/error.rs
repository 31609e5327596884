//! What KMS answers instead, and what to do about it.

use core::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};

use crate::providers::{ErrorClass, ProviderError};

/// What was asked of KMS; its name is that of the IAM action.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Sign,
    GetPublicKey,
    CreateKey,
    ListKeys,
}

impl Operation {
    const fn action(self) -> &'static str {
        match self {
            Self::Sign => "kms:Sign",
            Self::GetPublicKey => "kms:GetPublicKey",
            Self::CreateKey => "kms:CreateKey",
            Self::ListKeys => "kms:ListKeys",
        }
    }
}

/// The answer came and makes no sense.
pub(super) fn nonsense(operation: Operation, key: &str, what: &str) -> ProviderError {
    let message = format!(
        "KMS answered {} for {key} {what}: nothing of it was used; is providers.aws-kms.endpoint_url really KMS?",
        operation.action()
    );
    ProviderError::new(ErrorClass::BadResponse, message)
}

/// Marks an `AccessDeniedException`, which the other reasons to be denied are not.
#[derive(Debug)]
struct AccessDenied(Box<dyn StdError + Send + Sync>);

impl core::fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for AccessDenied {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

pub(super) fn is_access_denied(error: &ProviderError) -> bool {
    error.source().is_some_and(|source| source.is::<AccessDenied>())
}

/// An error of the SDK as a class and words for the operator.
pub(super) fn classify<E>(operation: Operation, key: &str, error: SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let action = operation.action();
    let make = |class, what: &str| ProviderError::new(class, format!("{action} for {key}: {what}"));
    let (class, what) = match &error {
        SdkError::TimeoutError(_) => {
            (ErrorClass::Timeout, "no answer within providers.aws-kms.timeout_ms; KMS may have signed".to_owned())
        }
        SdkError::ResponseError(_) => (
            ErrorClass::BadResponse,
            "the answer is not that of KMS; is providers.aws-kms.endpoint_url right?".to_owned(),
        ),
        _ if no_credentials(&error) => (
            ErrorClass::Denied,
            "no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the host a role".to_owned(),
        ),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (ErrorClass::Timeout, "no connection to KMS within providers.aws-kms.timeout_ms".to_owned())
        }
        SdkError::DispatchFailure(_) => (
            ErrorClass::Unavailable,
            "KMS cannot be reached: look at the network, the region and providers.aws-kms.endpoint_url".to_owned(),
        ),
        SdkError::ServiceError(answer) => service_error(action, answer.err(), answer.raw().status().as_u16()),
        _ => (ErrorClass::Invalid, "the request could not be made".to_owned()),
    };
    if is_code(&error, "AccessDeniedException") {
        return make(class, &what).with_source(AccessDenied(Box::new(error)));
    }
    make(class, &what).with_source(error)
}

fn service_error(action: &str, error: &impl ProvideErrorMetadata, status: u16) -> (ErrorClass, String) {
    let class_and_words = match (error.code().unwrap_or_default(), status) {
        ("AccessDeniedException", _) => {
            return (
                ErrorClass::Denied,
                format!(
                    "access denied: allow {action} on this key in the IAM policy of the role, and in the key policy"
                ),
            );
        }
        ("DisabledException", _) => {
            (ErrorClass::Denied, "the key is disabled: enable it (kms:EnableKey), or use another version")
        }
        ("KMSInvalidStateException" | "InvalidStateException", _) => (
            ErrorClass::Denied,
            "the state of the key does not allow it, for instance as it is pending deletion: cancel the deletion, or use another version",
        ),
        ("NotFoundException", _) => (
            ErrorClass::NotFound,
            "there is no such key in this account and region: check the reference and providers.aws-kms.region",
        ),
        // KMS throttles with status 400.
        (
            "ThrottlingException"
            | "KMSThrottling"
            | "Throttling"
            | "TooManyRequestsException"
            | "RequestLimitExceeded",
            _,
        )
        | (_, 429) => (
            ErrorClass::Throttled,
            "too many requests: ask for a higher request quota of this account and region, or sign in batches",
        ),
        ("LimitExceededException", _) => {
            (ErrorClass::Throttled, "a quota of the account is used up: look at the quotas of KMS")
        }
        ("DependencyTimeoutException" | "KMSInternalException" | "KeyUnavailableException", _) => {
            (ErrorClass::Unavailable, "KMS cannot answer now: try again")
        }
        ("InvalidKeyUsageException" | "UnsupportedOperationException", _) => (
            ErrorClass::Invalid,
            "the key cannot sign ECDSA_SHA_256: use a key with KeySpec ECC_NIST_P256 and KeyUsage SIGN_VERIFY",
        ),
        ("InvalidArnException" | "ValidationException" | "InvalidAliasNameException", _) => {
            (ErrorClass::Invalid, "KMS refuses the reference: give the id or ARN of a key, or alias/NAME")
        }
        (
            "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "IncompleteSignature"
            | "MissingAuthenticationToken",
            _,
        ) => (ErrorClass::Denied, "AWS does not accept the credentials: renew them, and check the clock of this host"),
        (_, 500..) => (ErrorClass::Unavailable, "KMS cannot answer now: try again"),
        ("", _) => (ErrorClass::BadResponse, "the answer is not that of KMS; is providers.aws-kms.endpoint_url right?"),
        (code, _) => {
            return (
                ErrorClass::Invalid,
                format!("KMS refuses with {code}: {}", error.message().unwrap_or("no message")),
            );
        }
    };
    (class_and_words.0, class_and_words.1.to_owned())
}

fn is_code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, code: &str) -> bool {
    matches!(error, SdkError::ServiceError(answer) if answer.err().code() == Some(code))
}

/// Whether the credential chain came to nothing, however the SDK wraps that.
fn no_credentials<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(source) = next {
        if source.is::<CredentialsError>() {
            return true;
        }
        next = source.source();
    }
    false
}
