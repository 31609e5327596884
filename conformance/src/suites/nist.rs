//! NIST's response files, as the Python package `cryptography_vectors` has them: CAVP for FIPS 186-2, 186-4 and 180-4.
//!
//! ```text
//! file    = *( comment / section / value / empty line )
//! section = "[" name "]"            ; such as [P-256,SHA-256]
//! value   = name " = " hexadecimal  ; a case ends at an empty line
//! ```

use std::fs;

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Value, json};
use splitsign_core::operations::Operation;

use super::Suite;
use crate::case::{Expectation, encoded};
use crate::places::Places;

/// Cases, and those that are only listed: `conformance/strangers/requirements.txt` pins the package.
const SIGNATURES: (usize, usize) = (54, 3006);
const HASHES: (usize, usize) = (258, 100);

pub(super) fn load_signatures(places: &Places) -> Result<Suite> {
    let mut suite = Suite::default();
    for (standard, folder) in [("186-2", "FIPS_186-2"), ("186-4", "FIPS_186-3")] {
        let file = |name: &str| read(places, &format!("asymmetric/ECDSA/{folder}/{name}"));
        for (name, kind) in [("SigVer.rsp", "sigver"), ("SigGen.txt", "siggen")] {
            signatures(&file(name)?, &format!("{kind}-{standard}"), &mut suite)?;
        }
        keys(&file("PKV.rsp")?, &format!("pkv-{standard}"), &mut suite)?;
    }
    suite.of_size(SIGNATURES)
}

pub(super) fn load_hashes(places: &Places) -> Result<Suite> {
    let mut suite = Suite::default();
    for name in ["SHA256ShortMsg", "SHA256LongMsg"] {
        hashes(&read(places, &format!("hashes/SHA2/{name}.rsp"))?, name, &mut suite)?;
    }
    let chained = read(places, "hashes/SHA2/SHA256Monte.rsp")?;
    let checkpoints = cases(&chained).iter().filter(|case| case.value("MD").is_ok()).count();
    suite.leave_out(
        "SHA256Monte: checkpoints of a thousand chained digests",
        checkpoints,
        "a case is one operation; tests of the core run them",
    );
    suite.of_size(HASHES)
}

fn read(places: &Places, name: &str) -> Result<String> {
    let folder =
        places.nist_vectors.as_ref().context("give --nist-vectors: the package cryptography_vectors of PyPI")?;
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The values of a case, and the section that it is in.
#[derive(Debug, PartialEq)]
struct Response<'a> {
    section: &'a str,
    values: Vec<(&'a str, &'a str)>,
}

fn cases(file: &str) -> Vec<Response<'_>> {
    let (mut section, mut cases, mut values) = ("", Vec::new(), Vec::new());
    for line in file.lines().map(str::trim).chain([""]) {
        match line.split_once(" = ") {
            _ if line.starts_with('#') => {}
            _ if line.starts_with('[') => section = line.trim_matches(['[', ']']),
            Some(pair) => values.push(pair),
            None if !values.is_empty() => cases.push(Response { section, values: core::mem::take(&mut values) }),
            None => {}
        }
    }
    cases
}

impl<'a> Response<'a> {
    fn value(&self, name: &str) -> Result<&'a str> {
        let found = self.values.iter().find(|(found, _)| *found == name);
        found.map(|(_, value)| *value).with_context(|| format!("a case of [{}] has no {name}", self.section))
    }

    /// An integer of at least 32 bytes: shorter ones are filled with zeros, longer ones stay too long.
    fn integer(&self, name: &str) -> Result<Vec<u8>> {
        let digits = self.value(name)?;
        hex(&format!("{digits:0>width$}", width = digits.len().next_multiple_of(2).max(64)))
    }

    fn key(&self) -> Result<Vec<u8>> {
        Ok([vec![4], self.integer("Qx")?, self.integer("Qy")?].concat())
    }

    /// `P (0 )`, or `F (2 - Point not on curve)`.
    fn passes(&self) -> Result<bool> {
        match self.value("Result")?.split(' ').next() {
            Some("P") => Ok(true),
            Some("F") => Ok(false),
            _ => bail!("{:?} is neither P nor F", self.value("Result")),
        }
    }

    fn curve(&self) -> &'a str {
        self.section.split(',').next().unwrap_or_default()
    }
}

fn hex(digits: &str) -> Result<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).with_context(|| format!("{digits:?} is not hexadecimal"))
}

fn signatures(file: &str, kind: &str, suite: &mut Suite) -> Result<()> {
    let mut number = 0;
    for case in cases(file) {
        match (case.section, case.curve()) {
            ("P-256,SHA-256", _) => {}
            (_, "P-256") => {
                suite.leave_out(&format!("{kind}, P-256 with another hash than SHA-256"), 1, "this is not ES256");
                continue;
            }
            _ => {
                suite.leave_out(&format!("{kind}, other curves"), 1, "there is no operation for them");
                continue;
            }
        }
        number += 1;
        // What NIST generated is valid; only SigVer says so of each case.
        let (valid, why) = match case.value("Result") {
            Ok(result) => (case.passes()?, format!("verification of a signature: {result}")),
            Err(_) => (true, "a signature that NIST generated".to_owned()),
        };
        let signature = [case.integer("R")?, case.integer("S")?].concat();
        suite.push(
            format!("nist-sigver/{kind}/{number}"),
            Operation::VerifyDigest,
            &[
                ("key", encoded(&case.key()?)),
                ("message", encoded(&hex(case.value("Msg")?)?)),
                ("signature", encoded(&signature)),
            ],
            if valid { Expectation::accepted() } else { Expectation::refused() },
            (why, "FIPS 186-4, 6.4"),
        );
    }
    Ok(())
}

fn keys(file: &str, kind: &str, suite: &mut Suite) -> Result<()> {
    let mut number = 0;
    for case in cases(file) {
        if case.curve() != "P-256" {
            suite.leave_out(&format!("{kind}, other curves"), 1, "there is no operation for them");
            continue;
        }
        number += 1;
        let key = case.key()?;
        suite.push(
            format!("nist-sigver/{kind}/{number}"),
            Operation::KeyFromSec1,
            &[("data", encoded(&key))],
            if case.passes()? { Expectation::bytes(&key) } else { Expectation::refused() },
            (format!("validation of a public key: {}", case.value("Result")?), "SP 800-56A, 5.6.2.3"),
        );
    }
    Ok(())
}

fn hashes(file: &str, name: &str, suite: &mut Suite) -> Result<()> {
    for case in cases(file).iter().filter(|case| case.value("Msg").is_ok()) {
        let bits: usize = case.value("Len")?.parse()?;
        // An empty message is written as 00.
        let message = hex(case.value("Msg")?)?;
        let message = message.get(..bits / 8).context("a message is shorter than its length")?;
        let expected = Expectation::bytes(&hex(case.value("MD")?)?);
        let whole: Vec<(&str, Value)> = vec![("data", encoded(message))];
        let pieces = [whole.clone(), vec![("piece_bytes", json!(1 + message.len() / 7))]].concat();
        for (how, arguments) in [("", whole), ("/pieces", pieces)] {
            suite.push(
                format!("nist-sha/{name}/{bits}{how}"),
                Operation::Sha256,
                &arguments,
                expected.clone(),
                (format!("a message of {bits} bits"), "FIPS 180-4, 6.2"),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Response, Suite, cases, keys, signatures};
    use crate::case::Expectation;

    const FILE: &str = "#  CAVS 11.0\r\n[P-224,SHA-256]\r\n\r\nMsg = 00\r\nResult = F (1 - x)\r\n\r\n[P-256,SHA-256]\r\n\r\nMsg = 01\r\nQx = a\r\nQy = b\r\nR = 1\r\nS = 2\r\nResult = F (2 - y)";

    #[test]
    fn a_case_ends_at_an_empty_line_and_at_the_end() {
        let all = cases(FILE);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0], Response { section: "P-224,SHA-256", values: vec![("Msg", "00"), ("Result", "F (1 - x)")] });
        assert_eq!(all[1].key().unwrap().len(), 65);
        assert!(!all[1].passes().unwrap());
    }

    #[test]
    fn what_is_not_es256_is_counted() {
        let mut suite = Suite::default();
        signatures(FILE, "sigver", &mut suite).unwrap();
        assert_eq!((suite.cases.len(), suite.unsupported[0].cases), (1, 1));
        assert_eq!(suite.cases[0].expected, Expectation::refused());
    }

    #[test]
    fn a_coordinate_that_is_too_long_stays_so() {
        let mut suite = Suite::default();
        let file = format!("[P-256]\n\nQx = 1{}\nQy = 1\nResult = F (1 - Q_x or Q_y out of range)", "0".repeat(64));
        keys(&file, "pkv", &mut suite).unwrap();
        let data = suite.cases[0].arguments["data"].as_str().unwrap();
        assert_eq!(data_encoding::BASE64URL_NOPAD.decode_len(data.len()).unwrap(), 66);
    }

    #[test]
    fn a_result_that_is_not_known_is_an_error() {
        assert!(keys("[P-256]\n\nQx = 1\nQy = 1\nResult = ?", "pkv", &mut Suite::default()).is_err());
    }
}
