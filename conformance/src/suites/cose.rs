//! The examples of the COSE working group, which the npm package `cose-js` carries with its tests.
//!
//! ```text
//! example = { "title", ? "fail": true, "input": { "plaintext" / "plaintext_hex", kind: { "alg", "key", ? "protected",
//!             ? "unprotected", ? "external" } }, "intermediates": { ? "ToBeSign_hex" }, "output": { "cbor": hex } }
//! kind    = "sign0" / "sign" / "mac" / "mac0" / "encrypted" / "enveloped"
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use splitsign_core::operations::Operation;

use super::Suite;
use crate::case::{Expectation, Members, Yes, encoded};
use crate::places::Places;

/// Cases, and those that are only listed: `conformance/suites/package-lock.json` pins the package.
const NUMBERS: (usize, usize) = (314, 295);

const SECTION: &str = "RFC 9052, 4.2 and 4.4";

pub(super) fn load(places: &Places) -> Result<Suite> {
    let folder = places.conformance().join("suites/node_modules/cose-js/test/Examples");
    let mut paths = Vec::new();
    files(&folder, &mut paths).context("`npm ci` in conformance/suites brings the examples")?;
    let mut suite = Suite::default();
    for path in paths {
        let name = path.strip_prefix(&folder).unwrap_or(&path).with_extension("");
        let name = name.to_str().context("a name is not UTF-8")?.replace('\\', "/");
        let example: Value = serde_json::from_str(&fs::read_to_string(&path)?).with_context(|| name.clone())?;
        read(&name, &example, &mut suite).with_context(|| name.clone())?;
    }
    suite.of_size(NUMBERS)
}

/// All examples below a folder, sorted.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "json") {
            found.push(path);
        }
    }
    Ok(())
}

fn read(name: &str, example: &Value, suite: &mut Suite) -> Result<()> {
    let object = hex(&example["output"]["cbor"]).context("output.cbor")?;
    let Some(sign1) = example["input"]["sign0"].as_object() else {
        return another_structure(name, example, &object, suite);
    };
    let algorithm = sign1.get("alg").and_then(Value::as_str).context("alg")?;
    if algorithm != "ES256" {
        suite.leave_out(&format!("COSE_Sign1 with {algorithm}"), 1, "there is no operation for this algorithm yet");
        return Ok(());
    }
    let example = Example {
        name,
        title: example["title"].as_str().unwrap_or_default(),
        fails: example["fail"] == true,
        payload: payload(&example["input"])?,
        protected: header(sign1, "protected"),
        unprotected: header(sign1, "unprotected"),
        external_aad: sign1.get("external").map(hex).transpose().context("external")?,
        key: key(&sign1["key"])?,
        signed: hex(&example["intermediates"]["ToBeSign_hex"]).ok(),
        object,
    };
    example.verify(suite);
    example.prepare_and_attach(suite)
}

/// An example of another structure is no COSE_Sign1, whatever the key.
fn another_structure(name: &str, example: &Value, object: &[u8], suite: &mut Suite) -> Result<()> {
    let kinds = ["sign", "mac", "mac0", "encrypted", "enveloped"];
    let kind = kinds.into_iter().find(|kind| !example["input"][kind].is_null()).context("it has no structure")?;
    suite.leave_out(
        &format!("{kind}: what it is in itself"),
        1,
        "there are operations for COSE_Sign1 only; that it is not taken for one is a case",
    );
    let key = hex(&json!(ANY_KEY))?;
    suite.push(
        format!("cose/another-structure/{name}"),
        Operation::CoseSign1Verify,
        &[("object", encoded(object)), ("key", encoded(&key))],
        Expectation::refused(),
        (
            format!("{kind} is not taken for a COSE_Sign1: {}", example["title"].as_str().unwrap_or_default()),
            "RFC 9052, 2",
        ),
    );
    Ok(())
}

/// The key "11" of the examples.
const ANY_KEY: &str = "04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff\
                       20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e";

/// A COSE_Sign1 with ES256.
struct Example<'a> {
    name: &'a str,
    title: &'a str,
    fails: bool,
    payload: Vec<u8>,
    protected: Members,
    unprotected: Members,
    external_aad: Option<Vec<u8>>,
    key: Vec<u8>,
    signed: Option<Vec<u8>>,
    object: Vec<u8>,
}

impl Example<'_> {
    fn verify(&self, suite: &mut Suite) {
        let mut arguments = vec![("object", encoded(&self.object)), ("key", encoded(&self.key))];
        arguments.extend(self.external_aad.iter().map(|aad| ("external_aad", encoded(aad))));
        let title = self.title.to_owned();
        let id = |what: &str| format!("cose/{}/{what}", self.name);
        if self.fails {
            let why = (title, SECTION);
            return suite.push(id("verify"), Operation::CoseSign1Verify, &arguments, Expectation::refused(), why);
        }
        if self.protected.get("alg").is_none() {
            // The group's word is that it verifies. Since RFC 8152 the standard says that alg must be authenticated.
            let why = (format!("{title}: alg is in no protected header"), "RFC 9052, 3.1: alg MUST be authenticated");
            return suite.push(id("verify"), Operation::CoseSign1Verify, &arguments, Expectation::refused(), why);
        }
        let mut known = Members::from_iter([("payload".to_owned(), encoded(&self.payload))]);
        known.extend(self.coap_format().map(|number| ("coap_format".to_owned(), json!(number))));
        known.extend(text(&self.protected, "kid").map(|kid| ("kid".to_owned(), encoded(kid.as_bytes()))));
        let why = (title.clone(), SECTION);
        suite.push(id("verify"), Operation::CoseSign1Verify, &arguments, accepted(known), why);

        let mut claimed = Members::from_iter([("detached".to_owned(), json!(0))]);
        let kid = text(&self.protected, "kid").or_else(|| text(&self.unprotected, "kid"));
        claimed.extend(kid.map(|kid| ("kid".to_owned(), encoded(kid.as_bytes()))));
        let object = [("object", encoded(&self.object))];
        suite.push(id("inspect"), Operation::CoseSign1Inspect, &object, accepted(claimed), (title, "RFC 9052, 3.1"));

        let wrong = [arguments, vec![("payload", encoded(&self.payload))]].concat();
        let why = ("a payload is given for an object that has one".to_owned(), "RFC 9052, 4.1");
        suite.push(id("verify-as-detached"), Operation::CoseSign1Verify, &wrong, Expectation::refused(), why);
    }

    /// What was signed, and the object, made again from its parts.
    fn prepare_and_attach(&self, suite: &mut Suite) -> Result<()> {
        let operations = if self.fails { 0 } else { 2 };
        let expressible = self.protected.keys().all(|name| name == "alg" || name == "ctyp");
        let (Some(signed), true, true) = (&self.signed, expressible, self.protected.contains_key("alg")) else {
            suite.leave_out(
                "to make again: no protected alg, or no ToBeSign",
                operations,
                "a draft always protects alg",
            );
            return Ok(());
        };
        let mut arguments = vec![("payload", encoded(&self.payload))];
        arguments.extend(self.coap_format().map(|number| ("coap_format", json!(number))));
        arguments.extend(self.external_aad.iter().map(|aad| ("external_aad", encoded(aad))));
        let digest = Expectation::bytes(&Sha256::digest(signed));
        let why = || (format!("{}: made again", self.title), SECTION);
        suite.push(format!("cose/{}/prepare", self.name), Operation::CoseSign1Prepare, &arguments, digest, why());
        if self.fails {
            return Ok(());
        }
        if !self.unprotected.is_empty() {
            suite.leave_out("to attach: an unprotected kid", 1, "a draft protects kid");
            return Ok(());
        }
        let signature =
            self.object.len().checked_sub(64).and_then(|at| self.object.get(at..)).context("no signature")?;
        arguments.extend([("key", encoded(&self.key)), ("signature", encoded(signature))]);
        let object = Expectation::bytes(&self.object);
        suite.push(format!("cose/{}/attach", self.name), Operation::CoseSign1Attach, &arguments, object, why());
        Ok(())
    }

    fn coap_format(&self) -> Option<u64> {
        self.protected.get("ctyp").and_then(Value::as_u64)
    }
}

fn accepted(fields: Members) -> Expectation {
    Expectation::Accepted { verdict: Yes, fields: Some(fields) }
}

fn header(sign1: &Map<String, Value>, bucket: &str) -> Members {
    sign1.get(bucket).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn text<'a>(header: &'a Members, name: &str) -> Option<&'a str> {
    header.get(name).and_then(Value::as_str)
}

fn payload(input: &Value) -> Result<Vec<u8>> {
    match input["plaintext"].as_str() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => hex(&input["plaintext_hex"]).context("plaintext_hex"),
    }
}

/// The point of a key whose coordinates are in base64url or hexadecimal.
fn key(key: &Value) -> Result<Vec<u8>> {
    let coordinate = |name: &str| match key[name].as_str() {
        Some(text) => BASE64URL_NOPAD.decode(text.as_bytes()).context("a coordinate is not base64url"),
        None => hex(&key[format!("{name}_hex")]).context("a coordinate"),
    };
    Ok([vec![4], coordinate("x")?, coordinate("y")?].concat())
}

fn hex(value: &Value) -> Result<Vec<u8>> {
    let digits = value.as_str().context("it is not there")?;
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).with_context(|| format!("{digits:?} is not hexadecimal"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ANY_KEY, Suite, read};
    use crate::case::Expectation;

    fn suite_of(example: &Value) -> Suite {
        let mut suite = Suite::default();
        read("folder/name", example, &mut suite).unwrap();
        suite
    }

    fn sign1(algorithm: &str, fails: bool) -> Value {
        let key = json!({ "x_hex": &ANY_KEY[2..66], "y_hex": &ANY_KEY[66..] });
        let sign0 = json!({ "alg": algorithm, "key": key, "protected": { "alg": algorithm, "ctyp": 0 } });
        json!({
            "title": "t",
            "fail": fails,
            "input": { "plaintext": "p", "sign0": sign0 },
            "intermediates": { "ToBeSign_hex": "00" },
            "output": { "cbor": "ab".repeat(70) },
        })
    }

    #[test]
    fn an_example_that_passes_is_verified_and_made_again() {
        let suite = suite_of(&sign1("ES256", false));
        let operations: Vec<&str> = suite.cases.iter().map(|case| case.operation.name()).collect();
        assert_eq!(
            operations,
            ["cose_sign1_verify", "cose_sign1_inspect", "cose_sign1_verify", "cose_sign1_prepare", "cose_sign1_attach"]
        );
        let Expectation::Accepted { fields: Some(fields), .. } = &suite.cases[0].expected else { panic!("{suite:?}") };
        assert_eq!((&fields["coap_format"], &fields["payload"]), (&json!(0), &json!("cA")));
    }

    #[test]
    fn an_example_that_fails_is_refused() {
        let suite = suite_of(&sign1("ES256", true));
        assert_eq!(suite.cases.iter().filter(|case| case.expected == Expectation::refused()).count(), 1);
    }

    #[test]
    fn what_is_not_es256_is_only_listed() {
        let suite = suite_of(&sign1("ES384", false));
        assert_eq!((suite.cases.len(), suite.unsupported[0].cases), (0, 1));
    }

    #[test]
    fn another_structure_is_listed_and_must_not_be_taken_for_a_sign1() {
        let suite = suite_of(&json!({ "input": { "mac0": {} }, "output": { "cbor": "00" } }));
        assert_eq!((suite.cases.len(), suite.unsupported[0].cases), (1, 1));
        assert_eq!(suite.cases[0].expected, Expectation::refused());
    }

    #[test]
    fn an_example_without_a_structure_is_an_error() {
        let nothing = json!({ "input": {}, "output": { "cbor": "00" } });
        assert!(read("folder/name", &nothing, &mut Suite::default()).is_err());
    }
}
