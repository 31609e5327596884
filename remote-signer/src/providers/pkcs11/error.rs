//! What a module answers instead, and what to do about it.
//!
//! | class | of PKCS#11 |
//! |---|---|
//! | `denied` | the PIN, its state, what its user may not do |
//! | `throttled` | no more sessions |
//! | `unavailable` | the token or the connection to it is gone, and everything that a vendor does not explain |
//! | `timeout` | no answer in time |
//! | `invalid` | another kind of key, a mechanism that the token lacks, a reference that is no single key |
//! | `not_found` | no such key on this token, or the key is on another one |
//! | `bad_response` | what cannot be an answer: a signature of another length, a point that is on no curve |

use core::fmt;
use std::path::Path;

use cryptoki::error::{Error, RvError};

use crate::providers::{ErrorClass, ProviderError};

/// Where the classes are explained.
const GUIDE: &str = "docs/guides/pkcs11.md";

/// A failure, and whether sessions and handles are to be had anew.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ProviderError,
    pub(super) is_lost: bool,
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self { error, is_lost: false }
    }
}

/// What was asked of a token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Connect,
    CreateKey,
    Describe,
    FindKey,
    LogIn,
    Sign,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "open a session for",
            Self::CreateKey => "make the key",
            Self::Describe => "describe",
            Self::FindKey => "look for",
            Self::LogIn => "log in for",
            Self::Sign => "sign with",
        })
    }
}

/// A failure with words, and where they are explained.
pub(super) fn failure(class: ErrorClass, message: &str) -> ProviderError {
    ProviderError::new(class, format!("{message}; see {GUIDE}"))
}

/// What was to be done, when there was no token to do it with.
pub(super) fn before(operation: Operation, what: &str, error: ProviderError) -> ProviderError {
    let told = ProviderError::new(error.class(), format!("cannot {operation} {what}: {}", error.message()));
    match error.into_source() {
        Some(source) => told.with_source(source),
        None => told,
    }
}

/// A module that cannot be loaded.
pub(super) fn load(path: &Path, error: Error) -> ProviderError {
    let what = match &error {
        Error::LibraryLoading(_) => {
            "it is no library that this process can load: look whether it is there, whether this user may read it, \
             whether it is built for this processor and C library, and whether all that it needs is installed"
        }
        Error::MissingSymbol(_) => "it is a library, and no PKCS#11 module: it has no C_GetFunctionList",
        _ => "it does not start: look at its own configuration and log, which its vendor describes",
    };
    let message = format!("the module {} cannot be used: {what}", path.display());
    let class = if matches!(error, Error::Pkcs11(..)) { ErrorClass::Unavailable } else { ErrorClass::Invalid };
    failure(class, &message).with_source(error)
}

/// No answer came.
pub(super) fn timeout(operation: Operation, what: &str) -> ProviderError {
    let message = format!(
        "cannot {operation} {what} within providers.pkcs11.timeout_ms, and the token may have done it all the same: \
         look at the token and at the network to it"
    );
    failure(ErrorClass::Timeout, &message)
}

/// The answer came and makes no sense.
pub(super) fn nonsense(operation: Operation, what: &str, answer: &str) -> ProviderError {
    failure(
        ErrorClass::BadResponse,
        &format!("cannot {operation} {what}: the token answered {answer}, and nothing of it was used"),
    )
}

/// The key is none that can sign ES256 here.
pub(super) fn unfit(what: &str, problem: &str) -> ProviderError {
    failure(ErrorClass::Invalid, &format!("the key {what} cannot be used: {problem}"))
}

/// Whether a handle is no longer that of an object.
pub(super) const fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Pkcs11(RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid, _))
}

/// An error of a module as a class and words for the operator.
pub(super) fn classify(operation: Operation, what: &str, error: Error) -> Failure {
    let (class, is_lost, remedy) = match &error {
        Error::Pkcs11(code, _) => by_code(operation, *code),
        Error::NullFunctionPointer | Error::NotSupported => {
            (ErrorClass::Invalid, false, "the module lacks a function that is needed for this")
        }
        // What cannot be converted is no answer.
        _ => (ErrorClass::BadResponse, false, "the answer of the module makes no sense, and nothing of it was used"),
    };
    let message = format!("cannot {operation} {what}: {remedy}");
    Failure { error: failure(class, &message).with_source(error), is_lost }
}

fn by_code(operation: Operation, code: RvError) -> (ErrorClass, bool, &'static str) {
    match code {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            (ErrorClass::Denied, false, "the token refuses the PIN: correct what providers.pkcs11.pin names")
        }
        RvError::PinLocked => {
            (ErrorClass::Denied, false, "the PIN is locked: have the security officer of the token set it anew")
        }
        RvError::PinExpired => {
            (ErrorClass::Denied, false, "the PIN has expired: set a new one with a tool of the vendor")
        }
        RvError::UserPinNotInitialized => {
            (ErrorClass::Denied, false, "the token has no user PIN yet: have its security officer set one")
        }
        RvError::UserAnotherAlreadyLoggedIn | RvError::UserTooManyTypes => {
            (ErrorClass::Denied, false, "another user of the token is logged in from this process")
        }
        RvError::TokenWriteProtected | RvError::SessionReadOnly => (
            ErrorClass::Denied,
            false,
            "the token is write-protected: make the key with a tool of the vendor, and adopt it",
        ),
        RvError::ActionProhibited | RvError::FunctionRejected | RvError::AttributeReadOnly => {
            (ErrorClass::Denied, false, "the policy of the token forbids it: allow it, or have an officer do it")
        }
        RvError::SessionCount => {
            (ErrorClass::Throttled, false, "the token has no more sessions: lower providers.pkcs11.sessions")
        }
        RvError::DeviceMemory if matches!(operation, Operation::CreateKey) => {
            (ErrorClass::Unavailable, false, "the token is full: remove keys that nothing needs")
        }
        RvError::MechanismInvalid | RvError::MechanismParamInvalid | RvError::FunctionNotSupported => (
            ErrorClass::Invalid,
            false,
            "the token does not do this with P-256: CKM_ECDSA and CKM_EC_KEY_PAIR_GEN must be allowed on it",
        ),
        RvError::KeyTypeInconsistent
        | RvError::KeySizeRange
        | RvError::CurveNotSupported
        | RvError::DomainParamsInvalid => {
            (ErrorClass::Invalid, false, "the key is not of the curve P-256: use a key that is")
        }
        RvError::KeyFunctionNotPermitted => {
            (ErrorClass::Invalid, false, "the key is not one for signing: use a key with CKA_SIGN")
        }
        RvError::TemplateIncomplete
        | RvError::TemplateInconsistent
        | RvError::AttributeTypeInvalid
        | RvError::AttributeValueInvalid => (
            ErrorClass::Invalid,
            false,
            "the token wants other attributes: make the key with a tool of the vendor, and adopt it",
        ),
        RvError::DataInvalid | RvError::DataLenRange | RvError::ArgumentsBad => {
            (ErrorClass::Invalid, false, "the token refuses the request as it is: does it sign digests of 32 bytes?")
        }
        RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => {
            (ErrorClass::NotFound, false, "the key was deleted meanwhile, or can no longer be seen by this user")
        }
        RvError::SignatureLenRange | RvError::BufferTooSmall => {
            (ErrorClass::BadResponse, false, "the answer of the module makes no sense, and nothing of it was used")
        }
        RvError::DeviceRemoved | RvError::TokenNotPresent | RvError::TokenNotRecognized | RvError::SlotIdInvalid => {
            (ErrorClass::Unavailable, true, "the token is gone: put it back, or look at the network to it")
        }
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::UserNotLoggedIn
        | RvError::CryptokiNotInitialized => {
            (ErrorClass::Unavailable, true, "the session was ended by the token: the next call opens another")
        }
        // Vendors put everything else here, and a session after it is worth nothing.
        _ => (ErrorClass::Unavailable, true, "the token does not work now: look at it, and at the log of its module"),
    }
}
