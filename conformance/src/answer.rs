//! What a driver said to a case, and whether that is what it should have said.

use core::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::case::{Expectation, Members, Short, shown};

/// What came of a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// These bytes, in base64url.
    Bytes(String),
    /// Accepted; what is known by it.
    Accepted(Members),
    /// Refused with a code of ours.
    Code {
        /// The name of the code.
        code: String,
        /// The offset in bytes.
        at: u64,
    },
    /// Refused, by an implementation that has other codes.
    Refused(String),
    /// The driver could not do what it was asked.
    Failed(String),
    /// No answer in time.
    TimedOut {
        /// How long it had.
        limit_ms: u64,
    },
    /// The driver ended, or could not be written to.
    Ended(String),
    /// A line that is no answer.
    Garbled(String),
}

impl Answer {
    /// Reads the answer to the case of that id.
    #[must_use]
    pub fn read(line: &str, id: &str) -> Self {
        Self::parsed(line, id).unwrap_or_else(|why| Self::Garbled(format!("{why}: {}", Short(line))))
    }

    fn parsed(line: &str, id: &str) -> Result<Self, &'static str> {
        let mut members: Members = serde_json::from_str(line).map_err(|_| "not a JSON object")?;
        if members.get("id").and_then(Value::as_str) != Some(id) {
            return Err("the id is not that of the request");
        }
        let text = |value: Value, what| value.as_str().map(str::to_owned).ok_or(what);
        let mut found = Vec::new();
        if let Some(bytes) = members.remove("bytes") {
            found.push(Self::Bytes(text(bytes, "bytes is not a string")?));
        }
        if let Some(verdict) = members.remove("verdict") {
            if verdict != 1 {
                return Err("a verdict other than 1 is no answer: a refusal says why");
            }
            let fields = members.remove("fields").unwrap_or_else(|| Value::Object(Members::new()));
            let Value::Object(fields) = fields else { return Err("fields is not an object") };
            found.push(Self::Accepted(fields));
        }
        if let Some(code) = members.remove("code") {
            let at = members.remove("at").and_then(|at| at.as_u64()).ok_or("at is not a whole number")?;
            found.push(Self::Code { code: text(code, "code is not a string")?, at });
        }
        if let Some(refused) = members.remove("refused") {
            found.push(Self::Refused(text(refused, "refused is not a string")?));
        }
        if let Some(failed) = members.remove("failed") {
            found.push(Self::Failed(text(failed, "failed is not a string")?));
        }
        match (found.pop(), found.is_empty()) {
            (Some(answer), true) => Ok(answer),
            _ => Err("not exactly one of bytes, verdict, code, refused and failed"),
        }
    }

    /// Whether this is what was expected. Whoever has no codes need not have all fields either; those it has must be right.
    #[must_use]
    pub fn meets(&self, expected: &Expectation, has_codes: bool) -> bool {
        match (expected, self) {
            (Expectation::Bytes { bytes }, Self::Bytes(answer)) => bytes == answer,
            (Expectation::Accepted { fields: None, .. }, Self::Accepted(_)) => true,
            (Expectation::Accepted { fields: Some(expected), .. }, Self::Accepted(fields)) if has_codes => {
                expected == fields
            }
            (Expectation::Accepted { fields: Some(expected), .. }, Self::Accepted(fields)) => {
                fields.iter().all(|(name, value)| expected.get(name) == Some(value))
            }
            (Expectation::Code { code, at }, Self::Code { code: answer, at: answer_at }) => {
                code == answer && u64::from(*at) == *answer_at
            }
            (Expectation::Code { .. } | Expectation::Refused { .. }, Self::Refused(_)) => !has_codes,
            (Expectation::Refused { .. }, Self::Code { .. }) => true,
            // That all agree is looked at when all have answered.
            (Expectation::Agreement { .. }, answer) => answer.is_a_result(),
            _ => false,
        }
    }

    /// Whether the operation was done, with whatever result.
    #[must_use]
    pub fn is_a_result(&self) -> bool {
        match self {
            Self::Bytes(_) | Self::Accepted(_) | Self::Code { .. } | Self::Refused(_) => true,
            Self::Failed(_) | Self::TimedOut { .. } | Self::Ended(_) | Self::Garbled(_) => false,
        }
    }

    /// What kind of answer it is, as expectations name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "bytes",
            Self::Accepted(_) => "accepted",
            Self::Code { .. } | Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::TimedOut { .. } => "timed_out",
            Self::Ended(_) => "ended",
            Self::Garbled(_) => "garbled",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "the bytes {}", Short(bytes)),
            Self::Accepted(fields) if fields.is_empty() => f.write_str("accepted"),
            Self::Accepted(fields) => write!(f, "accepted with {}", shown(fields)),
            Self::Code { code, at } => write!(f, "refused as {code} at {at}"),
            Self::Refused(why) => write!(f, "refused: {}", Short(why)),
            Self::Failed(why) => write!(f, "the driver could not: {}", Short(why)),
            Self::TimedOut { limit_ms } => write!(f, "no answer within {limit_ms} ms"),
            Self::Ended(how) => write!(f, "the driver ended: {how}"),
            Self::Garbled(why) => write!(f, "no answer: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::case::{Expectation, Members};

    #[test]
    fn an_answer_is_exactly_one_thing() {
        assert_eq!(Answer::read(r#"{"id":"a","bytes":"AA"}"#, "a"), Answer::Bytes("AA".to_owned()));
        assert_eq!(Answer::read(r#"{"id":"a","verdict":1}"#, "a"), Answer::Accepted(Members::new()));
        for garbled in [
            "",
            "[]",
            r#"{"id":"b","bytes":"AA"}"#,
            r#"{"id":"a"}"#,
            r#"{"id":"a","bytes":"AA","verdict":1}"#,
            r#"{"id":"a","verdict":0}"#,
            r#"{"id":"a","verdict":true}"#,
            r#"{"id":"a","code":"bad_signature"}"#,
            r#"{"id":"a","bytes":7}"#,
            r#"{"id":"a","verdict":1,"fields":[]}"#,
        ] {
            assert!(matches!(Answer::read(garbled, "a"), Answer::Garbled(_)), "{garbled}");
        }
    }

    #[test]
    fn a_code_or_an_offset_that_differs_is_a_failure() {
        let expected = Expectation::Code { code: "bad_signature".to_owned(), at: 3 };
        let answer = |code: &str, at| Answer::Code { code: code.to_owned(), at };
        assert!(answer("bad_signature", 3).meets(&expected, true));
        assert!(!answer("bad_signature", 4).meets(&expected, true));
        assert!(!answer("cbor_truncated", 3).meets(&expected, true));
        assert!(!Answer::Refused(String::new()).meets(&expected, true));
        assert!(Answer::Refused(String::new()).meets(&expected, false));
        assert!(!Answer::Accepted(Members::new()).meets(&expected, false));
    }

    #[test]
    fn what_did_not_run_meets_nothing() {
        for answer in [
            Answer::Failed(String::new()),
            Answer::TimedOut { limit_ms: 1 },
            Answer::Ended(String::new()),
            Answer::Garbled(String::new()),
        ] {
            for expected in [
                Expectation::refused(),
                Expectation::accepted(),
                Expectation::Agreement { agreement: crate::case::Yes },
                Expectation::bytes(b""),
            ] {
                assert!(!answer.meets(&expected, true) && !answer.meets(&expected, false));
            }
        }
    }

    #[test]
    fn fields_are_compared_whole_unless_the_driver_has_no_codes() {
        let members = |text: &str| serde_json::from_str::<Members>(text).unwrap();
        let expected: Expectation =
            serde_json::from_str(r#"{"verdict":1,"fields":{"kid":"AA","payload":"BB"}}"#).unwrap();
        let part = Answer::Accepted(members(r#"{"payload":"BB"}"#));
        assert!(!part.meets(&expected, true));
        assert!(part.meets(&expected, false));
        assert!(!Answer::Accepted(members(r#"{"payload":"CC"}"#)).meets(&expected, false));
        assert!(Answer::Accepted(members(r#"{"payload":"BB","kid":"AA"}"#)).meets(&expected, true));
    }
}
