//! The name of one request, in replies, logs and the audit trail.

use core::fmt;

use crate::clock::UnixMillis;
use crate::encoding::hex;

/// 48 bits of time and 80 bits of chance, in hex: unique, and in order of time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(String);

impl RequestId {
    /// A new one.
    ///
    /// # Panics
    /// If the operating system has no randomness.
    #[must_use]
    pub fn new(now: UnixMillis) -> Self {
        let [_, _, time @ ..] = now.get().to_be_bytes();
        Self(hex(&[&time[..], &random_bytes::<10>()].concat()))
    }

    /// One that was stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes from the operating system's generator.
///
/// # Panics
/// If it has none: nothing that is secret or unique can be made then.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness once it has started");
    bytes
}
