//! `conformance/suites/jose` and `conformance/suites/dsse`: published values, and rules of the standards as cases.
//!
//! ```text
//! file    = { "source", "cases": [ { "id", "operation", "why", "spec", "arguments", "expect" } ],
//!             "unsupported": [ { "what", "cases", "reason" } ] }
//! value   = text / number / { "hex": digits } / { "base64url": characters } / [ value ]
//! expect  = { "bytes": value } / { "verdict": 1, ? "fields": { name: value } } / { "refused": 1 }
//! ```
//!
//! Text stands for its UTF-8. `conformance/suites/published.py` makes the files, and checks each signature with a library
//! that is not ours.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use serde::Deserialize;
use serde_json::Value;
use splitsign_core::operations::Operation;

use super::{Suite, Unsupported};
use crate::case::{Case, Expectation, Members, Yes, encoded};
use crate::places::Places;

/// Cases, and those that are only listed.
const JOSE: (usize, usize) = (116, 12);
const DSSE: (usize, usize) = (36, 9);

pub(super) fn load_jose(places: &Places) -> Result<Suite> {
    load(places, "jose")?.of_size(JOSE)
}

pub(super) fn load_dsse(places: &Places) -> Result<Suite> {
    load(places, "dsse")?.of_size(DSSE)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    cases: Vec<Published>,
    unsupported: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    id: String,
    operation: String,
    why: String,
    spec: String,
    arguments: Members,
    expect: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    what: String,
    cases: usize,
    reason: String,
}

/// All files of a suite.
fn load(places: &Places, name: &str) -> Result<Suite> {
    let folder = places.conformance().join("suites").join(name);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    let mut suite = Suite::default();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let part = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        read(&format!("{name}/{part}"), &file, &mut suite).with_context(|| path.display().to_string())?;
    }
    Ok(suite)
}

fn read(name: &str, text: &str, suite: &mut Suite) -> Result<()> {
    let file: File = serde_json::from_str(text)?;
    for published in file.cases {
        let id = format!("{name}/{}", published.id);
        suite.cases.push(case(&id, published).with_context(|| id.clone())?);
    }
    let source = &file.source;
    suite.unsupported.extend(file.unsupported.into_iter().map(|listed| Unsupported {
        what: format!("{source}: {}", listed.what),
        cases: listed.cases,
        reason: listed.reason,
    }));
    Ok(())
}

fn case(id: &str, published: Published) -> Result<Case> {
    let operation = Operation::ALL.iter().find(|operation| operation.name() == published.operation);
    ensure!(!published.why.is_empty() && !published.spec.is_empty(), "it does not say why, or where");
    Ok(Case {
        id: id.to_owned(),
        operation: *operation.with_context(|| format!("there is no operation {:?}", published.operation))?,
        arguments: members(&published.arguments)?,
        expected: expectation(&published.expect)?,
        why: published.why,
        spec: published.spec,
    })
}

fn expectation(expect: &Members) -> Result<Expectation> {
    let only = |count: usize| expect.len() == count;
    if let (Some(bytes), true) = (expect.get("bytes"), only(1)) {
        let bytes = decoded(bytes)?;
        return Ok(Expectation::bytes(&bytes));
    }
    if expect.get("refused").is_some_and(|refused| *refused == 1) && only(1) {
        return Ok(Expectation::refused());
    }
    ensure!(expect.get("verdict").is_some_and(|verdict| *verdict == 1), "expect is none of bytes, verdict and refused");
    let fields = match expect.get("fields") {
        Some(fields) if only(2) => Some(members(fields.as_object().context("fields is not an object")?)?),
        None if only(1) => None,
        Some(_) | None => bail!("expect has something beside verdict and fields"),
    };
    Ok(Expectation::Accepted { verdict: Yes, fields })
}

fn members(values: &Members) -> Result<Members> {
    values.iter().map(|(name, value)| Ok((name.clone(), member(value).with_context(|| name.clone())?))).collect()
}

/// A value as it stands in a line.
fn member(value: &Value) -> Result<Value> {
    match value {
        Value::Number(_) | Value::Null => Ok(value.clone()),
        Value::Array(items) => items.iter().map(member).collect(),
        Value::String(_) | Value::Object(_) | Value::Bool(_) => Ok(encoded(&decoded(value)?)),
    }
}

fn decoded(value: &Value) -> Result<Vec<u8>> {
    if let Some(text) = value.as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let form = |name: &str| value.get(name).and_then(Value::as_str).map(str::as_bytes);
    match (form("hex"), form("base64url")) {
        (Some(digits), None) => Ok(HEXLOWER_PERMISSIVE.decode(digits)?),
        (None, Some(characters)) => Ok(BASE64URL_NOPAD.decode(characters)?),
        (Some(_), Some(_)) | (None, None) => bail!("{value} is no text, hex or base64url"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{DSSE, JOSE, Places, decoded, expectation, load_dsse, load_jose, member};
    use crate::case::Expectation;

    fn repository() -> Places {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        Places { target: root.join("target"), root, python: None, nist_vectors: None }
    }

    #[test]
    fn every_file_is_read_and_none_has_shrunk() {
        assert_eq!(load_jose(&repository()).unwrap().cases.len(), JOSE.0);
        assert_eq!(load_dsse(&repository()).unwrap().cases.len(), DSSE.0);
    }

    #[test]
    fn text_stands_for_its_utf_8() {
        assert_eq!(decoded(&json!("é")).unwrap(), [0xc3, 0xa9]);
        assert_eq!(decoded(&json!({ "hex": "c3a9" })).unwrap(), [0xc3, 0xa9]);
        assert_eq!(decoded(&json!({ "base64url": "w6k" })).unwrap(), [0xc3, 0xa9]);
        assert_eq!(member(&json!(["é", null, 7])).unwrap(), json!(["w6k", null, 7]));
        for wrong in [json!(true), json!({}), json!({ "hex": "0" }), json!({ "hex": "", "base64url": "" })] {
            assert!(member(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_expectation_is_exactly_one_thing() {
        let read = |value: serde_json::Value| expectation(value.as_object().unwrap());
        assert_eq!(read(json!({ "refused": 1 })).unwrap(), Expectation::refused());
        assert_eq!(read(json!({ "verdict": 1 })).unwrap(), Expectation::accepted());
        assert_eq!(read(json!({ "bytes": "a" })).unwrap(), Expectation::bytes(b"a"));
        for wrong in [json!({}), json!({ "refused": 0 }), json!({ "verdict": 1, "bytes": "" }), json!({ "verdict": 0 })]
        {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
