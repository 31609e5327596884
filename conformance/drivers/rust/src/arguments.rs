//! What a case gives to an operation.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

enum Argument {
    Bytes(Vec<u8>),
    Number(u64),
    List(Vec<Vec<u8>>),
}

/// The arguments of a case, decoded.
pub(crate) struct Arguments(BTreeMap<String, Argument>);

impl Arguments {
    pub(crate) fn read(value: Option<&Value>) -> Result<Self> {
        let members = value.and_then(Value::as_object).context("`arguments` must be an object")?;
        let mut arguments = BTreeMap::new();
        for (name, value) in members {
            let argument = match value {
                Value::String(text) => Argument::Bytes(decoded(text)?),
                Value::Number(number) => {
                    Argument::Number(number.as_u64().with_context(|| format!("{name} must be a whole number"))?)
                }
                Value::Array(items) => {
                    let items = items.iter().map(|item| decoded(item.as_str().unwrap_or("?")));
                    Argument::List(items.collect::<Result<_>>()?)
                }
                Value::Null | Value::Bool(_) | Value::Object(_) => bail!("{name} must be bytes, a number or a list"),
            };
            arguments.insert(name.clone(), argument);
        }
        Ok(Self(arguments))
    }

    /// Bytes, if they are there.
    pub(crate) fn optional(&self, name: &str) -> Option<&[u8]> {
        match self.0.get(name) {
            Some(Argument::Bytes(bytes)) => Some(bytes),
            Some(Argument::Number(_) | Argument::List(_)) | None => None,
        }
    }

    /// Bytes that must be there.
    pub(crate) fn bytes(&self, name: &str) -> Result<&[u8]> {
        self.optional(name).with_context(|| format!("{name} is missing"))
    }

    /// Text, if it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>> {
        self.optional(name).map(core::str::from_utf8).transpose().with_context(|| format!("{name} is not UTF-8"))
    }

    /// A number, if it is there.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(Argument::Number(number)) => Some(*number),
            Some(Argument::Bytes(_) | Argument::List(_)) | None => None,
        }
    }

    /// Yes or no; no, if it is not there.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.number(name) == Some(1)
    }

    /// A list, if it is there.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&[u8]>> {
        match self.0.get(name) {
            Some(Argument::List(items)) => Some(items.iter().map(Vec::as_slice).collect()),
            Some(Argument::Bytes(_) | Argument::Number(_)) | None => None,
        }
    }

    /// A payload in the pieces that the case asks for; `None`, if it does not.
    pub(crate) fn pieces<'a>(&self, payload: &'a [u8]) -> Option<core::slice::Chunks<'a, u8>> {
        let bytes = usize::try_from(self.number("piece_bytes")?).unwrap_or(usize::MAX);
        Some(payload.chunks(bytes.max(1)))
    }
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).with_context(|| format!("{text:?} is not base64url"))
}
