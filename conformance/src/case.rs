//! A case: one operation on given arguments, and what must come of it.

use core::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use splitsign_core::operations::Operation;

/// Arguments or fields as they stand in a line: bytes in base64url, numbers, lists.
pub type Members = Map<String, Value>;

/// One operation on given arguments.
#[derive(Clone, Debug)]
pub struct Case {
    /// Suite, then whatever names the case there, divided by slashes: unique over all suites.
    pub id: String,
    /// What is asked for.
    pub operation: Operation,
    /// What it is asked with.
    pub arguments: Members,
    /// What must come of it.
    pub expected: Expectation,
    /// What the case is about, in a sentence.
    pub why: String,
    /// Where that is written: a standard and its section; empty, if the source does not say.
    pub spec: String,
}

/// What must come of a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Expectation {
    /// It produces exactly these bytes, in base64url.
    Bytes {
        /// The bytes.
        bytes: String,
    },
    /// It is accepted.
    Accepted {
        /// Always 1.
        verdict: Yes,
        /// Exactly what is known by it; `None`, where the source of the case does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fields: Option<Members>,
    },
    /// It is refused, for this reason and at this byte.
    Code {
        /// The name of the code.
        code: String,
        /// The offset.
        at: u32,
    },
    /// It is refused; the source of the case does not know our codes.
    Refused {
        /// Always 1.
        refused: Yes,
    },
    /// Whatever it comes to, every implementation must come to the same.
    Agreement {
        /// Always 1.
        agreement: Yes,
    },
}

/// The number 1, which is the only one that may stand there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Yes;

impl TryFrom<u8> for Yes {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        if number == 1 { Ok(Self) } else { Err(format!("{number} stands where only 1 may")) }
    }
}

impl From<Yes> for u8 {
    fn from(_: Yes) -> Self {
        1
    }
}

impl Expectation {
    /// These bytes.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes { bytes: BASE64URL_NOPAD.encode(bytes) }
    }

    /// Accepted, with whatever is known by it.
    #[must_use]
    pub fn accepted() -> Self {
        Self::Accepted { verdict: Yes, fields: None }
    }

    /// Refused, whatever the code.
    #[must_use]
    pub fn refused() -> Self {
        Self::Refused { refused: Yes }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { bytes } => write!(f, "the bytes {}", Short(bytes)),
            Self::Accepted { fields: None, .. } => f.write_str("accepted"),
            Self::Accepted { fields: Some(fields), .. } => write!(f, "accepted with {}", shown(fields)),
            Self::Code { code, at } => write!(f, "refused as {code} at {at}"),
            Self::Refused { .. } => f.write_str("refused"),
            Self::Agreement { .. } => f.write_str("the same as everywhere"),
        }
    }
}

/// Members as text, sorted by name and cut.
pub(crate) fn shown(members: &Members) -> String {
    let text = serde_json::to_string(members).expect("strings and numbers can always be written");
    Short(&text).to_string()
}

/// A text, cut where a person stops reading.
pub(crate) struct Short<'a>(pub(crate) &'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHARACTERS: usize = 160;
        match self.0.char_indices().nth(CHARACTERS) {
            Some((at, _)) => write!(f, "{}… ({} bytes)", self.0.get(..at).unwrap_or_default(), self.0.len()),
            None => f.write_str(self.0),
        }
    }
}

/// Bytes, as an argument.
#[must_use]
pub fn encoded(bytes: &[u8]) -> Value {
    Value::String(BASE64URL_NOPAD.encode(bytes))
}
