//! How a provider must fail: each fault ends in its class, with words that name the key and say what to do.

use core::any::Any;
use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use splitsign_core::digest::Sha256;

use crate::providers::{ErrorClass, KeyReference, Provider, ProviderError};

/// A way in which a key, its service, or something in its place fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// Too many requests.
    Throttled,
    /// The permission to sign with this key is missing.
    Denied,
    /// The credentials are refused, or are none.
    Unauthenticated,
    /// The key is disabled.
    Disabled,
    /// The key is destroyed, or about to be.
    Deleted,
    /// There is no such key.
    Missing,
    /// The key is of another kind than P-256 for signing.
    WrongKeySpec,
    /// The key is in another region, vault or token than this provider asks.
    WrongRegion,
    /// No answer in time.
    Slow,
    /// The service says that it cannot work.
    Down,
    /// Nobody is there.
    Unreachable,
    /// The answer ends in its middle.
    CutOff,
    /// Something else answers with a page and status 200.
    Html,
    /// Another key answers.
    AnotherKey,
    /// The signature cannot be one: cut off, or of zeros.
    CorruptedSignature,
    /// A checksum of the answer is not right.
    CorruptedChecksum,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Throttled,
        Self::Denied,
        Self::Unauthenticated,
        Self::Disabled,
        Self::Deleted,
        Self::Missing,
        Self::WrongKeySpec,
        Self::WrongRegion,
        Self::Slow,
        Self::Down,
        Self::Unreachable,
        Self::CutOff,
        Self::Html,
        Self::AnotherKey,
        Self::CorruptedSignature,
        Self::CorruptedChecksum,
    ];

    /// The classes that it may end in. There are two where services differ in what they can know.
    const fn classes(self) -> &'static [ErrorClass] {
        match self {
            Self::Throttled => &[ErrorClass::Throttled],
            Self::Denied | Self::Unauthenticated | Self::Disabled => &[ErrorClass::Denied],
            Self::Deleted => &[ErrorClass::Denied, ErrorClass::NotFound],
            Self::Missing | Self::WrongRegion => &[ErrorClass::NotFound],
            Self::WrongKeySpec => &[ErrorClass::Invalid],
            Self::Slow => &[ErrorClass::Timeout],
            Self::Down | Self::Unreachable => &[ErrorClass::Unavailable],
            Self::CutOff | Self::Html | Self::AnotherKey | Self::CorruptedSignature | Self::CorruptedChecksum => {
                &[ErrorClass::BadResponse]
            }
        }
    }
}

/// What to call, to see a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Call {
    Sign,
    Describe,
}

/// A provider whose next calls meet a fault.
pub(crate) struct Failing {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) reference: KeyReference,
    pub(crate) call: Call,
    /// What must live as long as the provider: a server, a folder.
    pub(crate) keep: Box<dyn Any + Send>,
}

/// What a provider's tests know of it.
#[async_trait]
pub(crate) trait Faulty: Sync {
    /// The guide page that every message names.
    const GUIDE: &'static str;
    /// What a message says when the permission to sign is missing: the IAM action, the role, the policy path.
    const PERMISSION: &'static str;
    /// What every message has, to say which key it is about.
    const KEY: &'static str;

    /// Sets a provider up so that it meets the fault; `None` if that is not possible.
    async fn provoke(&self, fault: Fault) -> Option<Failing>;
}

/// Longer than any timeout that a fixture configures.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the suite. `impossible` has exactly the faults that the provider cannot meet, and why.
pub(crate) async fn fails_well<F: Faulty>(faulty: &F, impossible: &[(Fault, &str)]) {
    for fault in Fault::ALL {
        let reason = impossible.iter().find(|(named, _)| *named == fault).map(|(_, reason)| reason);
        match (faulty.provoke(fault).await, reason) {
            (Some(failing), None) => {
                let called = tokio::time::timeout(PATIENCE, call(&failing));
                let error = called.await.unwrap_or_else(|_| panic!("{fault:?}: the provider waits for ever"));
                check::<F>(fault, &error);
                drop(failing.keep);
            }
            (None, Some(_)) => {}
            (Some(_), Some(reason)) => panic!("{fault:?} can be provoked, but is said to be impossible: {reason}"),
            (None, None) => panic!("{fault:?} is not provoked, and not said to be impossible"),
        }
    }
}

async fn call(failing: &Failing) -> ProviderError {
    let Failing { provider, reference, call, .. } = failing;
    match call {
        Call::Sign => provider.sign_digest(reference, &Sha256::digest(b"fault")).await.map(drop).unwrap_err(),
        Call::Describe => provider.describe_key(reference).await.map(drop).unwrap_err(),
    }
}

fn check<F: Faulty>(fault: Fault, error: &ProviderError) {
    let message = error.message();
    assert!(fault.classes().contains(&error.class()), "{fault:?} ends in the wrong class: {error}");
    assert!(message.contains(F::KEY), "{fault:?}: the message does not name the key: {error}");
    assert!(message.contains(F::GUIDE), "{fault:?}: the message does not name the guide: {error}");
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(F::GUIDE);
    assert!(guide.is_file(), "there is no {}", F::GUIDE);
    if fault == Fault::Denied {
        assert!(message.contains(F::PERMISSION), "the message does not name the permission that is missing: {error}");
    }
    assert!(!message.contains(['\n', '\r', '\u{1b}']), "{fault:?}: control characters of others in the log: {error:?}");
}
