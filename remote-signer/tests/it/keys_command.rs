//! `splitsign keys adopt`, `import-chain`, `disable`, `enable` and `schedule`, with the real binary.

use core::time::Duration;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde_json::Value;
use splitsign_signer::encoding::{base64_standard, from_base64_standard};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::request::CertReq;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

const KEY: &str = "acme/c2pa";

/// A directory with a configuration; a few references of `env` are there to be adopted.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("passphrase", "correct horse battery staple");
        let mut config = "[providers.file]\npassphrase = { file = \"passphrase\" }\nscrypt_log_n = 1\n".to_owned();
        for name in ["first", "second"] {
            config.push_str(&format!("[providers.env.keys.{name}]\nkey = {{ file = \"{name}.pem\" }}\n"));
            place.write(&format!("{name}.pem"), &new_key().to_pkcs8_pem(LineEnding::LF).unwrap());
        }
        place.write("splitsign.toml", &config);
        place
    }

    /// With version 1 of the key, in a file.
    fn with_key() -> Self {
        let place = Self::new();
        place.ok(&["create", KEY, "--provider", "file"]);
        place
    }

    fn write(&self, name: &str, text: &str) {
        let mut file = std::fs::File::create(self.0.path().join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// `splitsign keys` with these arguments.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        command.current_dir(self.0.path()).arg("keys").args(arguments).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Refused with this exit code and these words, and nothing is different afterwards.
    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32, words: &str) {
        let before = self.everything();
        let output = self.run(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: not `{words}` but {error}");
        assert_eq!(self.everything(), before, "{arguments:?} changed something");
    }

    /// Would be done, and nothing is different afterwards.
    #[track_caller]
    fn would(&self, arguments: &[&str], words: &str) {
        let before = self.everything();
        let said = self.ok(&[arguments, &["--dry-run"]].concat());
        assert!(said.starts_with(words), "{said}");
        assert_eq!(self.everything(), before, "{arguments:?} --dry-run changed something");
    }

    /// What there is, and what is on record; nothing where no database is.
    fn everything(&self) -> String {
        let mut audit = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        let records = audit.current_dir(self.0.path()).args(["audit", "list", "--json"]).output().unwrap();
        let keys = self.run(&["list", "--json"]);
        String::from_utf8([keys.stdout, records.stdout].concat()).unwrap()
    }

    fn version(&self, number: usize) -> Value {
        self.json(&["show", KEY])[number - 1].clone()
    }

    fn states(&self) -> Vec<String> {
        let versions = self.json(&["show", KEY]);
        versions.as_array().unwrap().iter().map(|version| version["state"].as_str().unwrap().to_owned()).collect()
    }
}

fn new_key() -> p256::SecretKey {
    let mut scalar = [0; 32];
    getrandom::fill(&mut scalar).unwrap();
    scalar[0] = 1;
    p256::SecretKey::from_slice(&scalar).unwrap()
}

/// A certificate to be issued; good for what [`Authority`] uses it for, until a test makes it worse.
#[derive(Clone)]
struct Wish {
    subject: &'static str,
    issuer: &'static str,
    constraints: BasicConstraints,
    usage: KeyUsages,
    /// Seconds since 1970.
    lifetime: (u64, u64),
}

const LIFETIME: (u64, u64) = (1_577_836_800, 2_500_000_000);
const PAST: (u64, u64) = (1_577_836_800, 1_600_000_000);
const FUTURE: (u64, u64) = (2_400_000_000, 2_500_000_000);

impl Wish {
    const fn leaf() -> Self {
        let constraints = BasicConstraints { ca: false, path_len_constraint: None };
        let usage = KeyUsages::DigitalSignature;
        Self { subject: "CN=acme c2pa", issuer: "CN=issuing CA", constraints, usage, lifetime: LIFETIME }
    }

    const fn ca(subject: &'static str) -> Self {
        let constraints = BasicConstraints { ca: true, path_len_constraint: None };
        Self { subject, issuer: "CN=root CA", constraints, usage: KeyUsages::KeyCertSign, lifetime: LIFETIME }
    }
}

impl BuilderProfile for Wish {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.parse().unwrap()
    }

    fn get_subject(&self) -> Name {
        self.subject.parse().unwrap()
    }

    fn build_extensions(
        &self,
        _subject_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let usage = KeyUsage(self.usage.into()).to_extension(tbs.subject(), &[])?;
        Ok(vec![self.constraints.to_extension(tbs.subject(), &[])?, usage])
    }
}

fn spki(key: &SigningKey) -> SubjectPublicKeyInfoOwned {
    SubjectPublicKeyInfoOwned::from_key(key.verifying_key()).unwrap()
}

/// A certificate of `key` that `issuer` signed.
fn issue(wish: Wish, key: SubjectPublicKeyInfoOwned, issuer: &SigningKey) -> Vec<u8> {
    let time = |seconds| Time::try_from(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    let validity = Validity::new(time(wish.lifetime.0), time(wish.lifetime.1));
    let builder = CertificateBuilder::new(wish, SerialNumber::from(7_u8), validity, key).unwrap();
    builder.build::<_, DerSignature>(issuer).unwrap().to_der().unwrap()
}

/// A root and an issuing CA below it.
struct Authority {
    root: SigningKey,
    issuing: SigningKey,
}

impl Authority {
    fn new() -> Self {
        Self { root: new_key().into(), issuing: new_key().into() }
    }

    /// Leaf, issuing CA, root.
    fn chain(&self, key: &SubjectPublicKeyInfoOwned, [leaf, issuing, root]: [Wish; 3]) -> [Vec<u8>; 3] {
        [
            issue(leaf, key.clone(), &self.issuing),
            issue(issuing, spki(&self.issuing), &self.root),
            issue(root, spki(&self.root), &self.root),
        ]
    }

    fn good(&self, key: &SubjectPublicKeyInfoOwned) -> [Vec<u8>; 3] {
        self.chain(key, wishes())
    }
}

fn wishes() -> [Wish; 3] {
    [Wish::leaf(), Wish::ca("CN=issuing CA"), Wish::ca("CN=root CA")]
}

fn pem(chain: &[Vec<u8>]) -> String {
    let block =
        |der: &Vec<u8>| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64_standard(der));
    chain.iter().map(block).collect()
}

/// What the key asks to have certified, by its own request.
fn requested(place: &Place) -> SubjectPublicKeyInfoOwned {
    let request = place.ok(&["csr", KEY, "--subject", "CN=acme c2pa"]);
    let body: String = request.lines().filter(|line| !line.starts_with("-----")).collect();
    CertReq::from_der(&from_base64_standard(&body).unwrap()).unwrap().info.public_key
}

const IMPORT: [&str; 3] = ["import-chain", KEY, "chain.pem"];

#[test]
fn a_chain_for_the_request_of_a_key_is_imported() {
    let place = Place::with_key();
    let chain = Authority::new().good(&requested(&place));
    place.write("chain.pem", &format!("subject=acme c2pa\n{}", pem(&chain)));
    place.would(&IMPORT, "would be imported: 3 certificates of acme/c2pa version 1, valid until 2049-");
    let imported = place.json(&IMPORT);
    assert_eq!((&imported["certificates"], &imported["version"]), (&3.into(), &1.into()));
    assert_eq!(imported["unverifiedSignatures"], Value::Array(Vec::new()));
    let on_record = chain.map(|der| base64_standard(&der)).to_vec();
    assert_eq!(place.version(1)["certificateChain"], Value::from(on_record));
    let listed = place.json(&["list"])[0].clone();
    assert_eq!((&listed["version"], listed.get("certificateChain")), (&1.into(), None), "the list does not read them");
    assert!(place.everything().contains("\\\"kind\\\":\\\"chain_imported\\\""));
}

/// Found out before a version is made and its window is waited for.
#[test]
fn a_drill_that_would_end_without_certificates_does_not_begin() {
    let place = Place::new();
    place.ok(&["adopt", KEY, "env:first", "--provider", "env"]);
    place.write("chain.pem", &pem(&Authority::new().good(&requested(&place))));
    place.ok(&IMPORT);
    let drill = ["drill", KEY, "-o", "transcript", "--provider-key", "env:second"];
    for command in [&drill[..], &[&drill[..], &["--dry-run"]].concat()] {
        place.refused(command, 4, "key acme/c2pa has certificates, and env makes none for a next version");
    }
    assert_eq!(place.states(), ["active"]);
}

#[test]
fn an_announced_version_asks_first_and_gets_its_own_chain() {
    let place = Place::with_key();
    place.ok(&["announce", KEY]);
    let first = place.version(1)["certificateChain"].clone();
    place.write("chain.pem", &pem(&Authority::new().good(&requested(&place))));
    assert_eq!(place.json(&IMPORT)["version"], 2);
    assert_eq!(place.version(1)["certificateChain"], first);
    place.refused(&[&IMPORT[..], &["--key-version", "1"]].concat(), 1, "is one of another key");
    place.ok(&["retire", KEY, "--key-version", "2"]);
    place.refused(&IMPORT, 4, "is retired");
}

/// Makes a chain for the key, puts it in place, and expects these words of refusal.
#[track_caller]
fn chain_refused(words: &str, worse: impl FnOnce(&mut [Wish; 3]), mix: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let place = Place::with_key();
    let mut wishes = wishes();
    worse(&mut wishes);
    let mut chain = Authority::new().chain(&requested(&place), wishes).to_vec();
    mix(&mut chain);
    place.write("chain.pem", &pem(&chain));
    place.refused(&IMPORT, 1, words);
    place.refused(&[&IMPORT[..], &["--dry-run"]].concat(), 1, words);
}

fn as_wished(_: &mut [Wish; 3]) {}

fn as_issued(_: &mut Vec<Vec<u8>>) {}

#[test]
fn chain_of_another_key_refused() {
    let other = Authority::new().good(&spki(&new_key().into())).to_vec();
    chain_refused("is one of no version of key acme/c2pa", as_wished, |chain| *chain = other);
}

#[test]
fn chain_without_its_leaf_first_refused() {
    chain_refused("put the key's own certificate first", as_wished, |chain| chain.swap(0, 1));
}

#[test]
fn chain_in_the_wrong_order_refused() {
    let words = "certificate 1 is issued by `CN=issuing CA`, and the next one is `CN=root CA`";
    chain_refused(words, as_wished, |chain| chain.swap(1, 2));
}

#[test]
fn expired_leaf_refused() {
    chain_refused("the leaf, expired at 2020-09-13", |wishes| wishes[0].lifetime = PAST, as_issued);
}

#[test]
fn leaf_of_the_future_refused() {
    chain_refused("the leaf, is not valid before 2046-", |wishes| wishes[0].lifetime = FUTURE, as_issued);
}

#[test]
fn expired_issuer_refused() {
    chain_refused("certificate 2 expired at 2020-09-13", |wishes| wishes[1].lifetime = PAST, as_issued);
}

#[test]
fn issuer_that_is_no_ca_refused() {
    chain_refused("certificate 2 is not one of a CA", |wishes| wishes[1].constraints.ca = false, as_issued);
}

#[test]
fn issuer_that_may_not_certify_refused() {
    let words = "certificate 2 has a key usage without keyCertSign";
    chain_refused(words, |wishes| wishes[1].usage = KeyUsages::DigitalSignature, as_issued);
}

#[test]
fn leaf_of_a_ca_refused() {
    chain_refused("the leaf, is one of a CA", |wishes| wishes[0].constraints.ca = true, as_issued);
}

#[test]
fn leaf_that_may_not_sign_refused() {
    let words = "the leaf, has a key usage without digitalSignature";
    chain_refused(words, |wishes| wishes[0].usage = KeyUsages::KeyEncipherment, as_issued);
}

#[test]
fn broken_signature_refused() {
    for broken in 0..3 {
        let words = format!("the signature of certificate {} is not one of its issuer's key", broken + 1);
        chain_refused(&words, as_wished, |chain| *chain[broken].last_mut().unwrap() ^= 1);
    }
}

#[test]
fn more_certificates_below_an_issuer_than_it_permits_refused() {
    let words = "certificate 3 has a path length that is too short";
    chain_refused(words, |wishes| wishes[2].constraints.path_len_constraint = Some(0), as_issued);
}

#[test]
fn chain_that_no_signature_can_carry_refused() {
    let words = "this is no certificate chain that can be carried in a signature";
    chain_refused(words, as_wished, |chain| {
        let root = chain[2].clone();
        chain.resize(40, root);
    });
}

#[test]
fn what_is_no_chain_refused() {
    let place = Place::with_key();
    let key = std::fs::read_to_string(place.0.path().join("first.pem")).unwrap();
    for (text, words) in [
        ("", "has no certificate in PEM"),
        ("-----BEGIN CERTIFICATE-----\n", "no whole CERTIFICATE"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "no base64"),
        (key.as_str(), "has a block `PRIVATE KEY`"),
    ] {
        place.write("chain.pem", text);
        place.refused(&IMPORT, 1, words);
    }
    place.refused(&["import-chain", KEY, "absent.pem"], 1, "absent.pem");
}

#[test]
fn adopt_takes_a_key_that_is_there_and_once() {
    let place = Place::new();
    let adopt = ["adopt", KEY, "env:first", "--provider", "env"];
    place.would(&adopt, "would be adopted (env:first): acme/c2pa version 1 at env, active");
    assert_eq!(place.everything(), "", "there is no database yet");
    place.ok(&["adopt", "acme/other", "env:second", "--provider", "env", "--announce"]);
    assert_eq!(place.json(&["show", "acme/other"])[0]["state"], "announced");
    place.refused(&["adopt", KEY, "env:first"], 2, "choose with --provider");
    place.refused(
        &["adopt", KEY, "env:third", "--provider", "env"],
        1,
        "add [providers.env.keys.third] to the configuration",
    );
    place.refused(&["adopt", KEY, "file:acme/c2pa/1", "--provider", "env"], 1, "file:acme/c2pa/1");
    let adopted = place.json(&adopt);
    assert_eq!((&adopted["reference"], &adopted["state"]), (&"env:first".into(), &"active".into()));
    place.refused(&adopt, 1, "key acme/c2pa exists (version 1)");
    place.refused(&["announce", KEY, "--provider-key", "env:first"], 1, "has a version with this very key already");
    place.refused(&["announce", KEY], 1, "no key to give");
}

#[test]
fn disabled_versions_come_back_as_far_as_caches_permit() {
    let place = Place::with_key();
    let (disable, enable) = (["disable", KEY, "--key-version", "1"], ["enable", KEY, "--key-version", "1"]);
    place.refused(&enable, 4, "version 1 of key acme/c2pa");
    place.would(&disable, "would");
    place.ok(&[&disable[..], &["--reason", "lost a laptop"]].concat());
    assert_eq!(place.states(), ["disabled"]);
    assert!(place.everything().contains("lost a laptop"));
    place.refused(&disable, 4, "version 1 of key acme/c2pa");
    place.refused(&["activate", KEY, "--key-version", "1"], 4, "version 1 of key acme/c2pa");

    place.refused(&[&enable[..], &["--force"]].concat(), 2, "--reason");
    place.would(&enable, "would");
    place.ok(&[&enable[..], &["--force", "--reason", "found it"]].concat());
    assert_eq!(place.states(), ["active"]);
    place.ok(&disable);
    place.ok(&enable);
    assert_eq!(place.states(), ["announced"], "caches without it may be about");

    place.ok(&["activate", KEY, "--force", "--reason", "a test"]);
    place.ok(&disable);
    place.ok(&["announce", KEY]);
    place.ok(&["activate", KEY, "--force", "--reason", "a test"]);
    place.refused(
        &[&enable[..], &["--force", "--reason", "found it"]].concat(),
        4,
        "version 2 of key acme/c2pa is active",
    );
    place.ok(&enable);
    assert_eq!(place.states(), ["verify-only", "active"], "another one signs by now");
    place.ok(&["retire", KEY, "--key-version", "1"]);
    place.refused(&disable, 4, "retired");
    place.refused(&enable, 4, "retired");
    place.refused(&["disable", KEY, "--key-version", "9"], 4, "version 9");
}

#[test]
fn each_key_has_its_own_schedule() {
    let place = Place::with_key();
    let every = |wish| ["schedule", KEY, "--every", wish];
    let due = |place: &Place| place.json(&["schedule", KEY])[0]["dueAt"].clone();
    let by_default = due(&place);
    assert!(by_default.is_string());
    place.would(&every("30d"), "would be set: acme/c2pa rotates every 30 days");
    let would = place.json(&[&every("30d")[..], &["--dry-run"]].concat());
    assert_eq!((&would["dryRun"], &would["every"]), (&true.into(), &"30d".into()));
    let set = place.json(&every("30d"));
    assert_eq!((&set[0]["every"], set[0]["dueAt"] == by_default), (&"30d".into(), false));
    assert!(place.ok(&["schedule"]).contains("every 30 days"));
    place.ok(&every("off"));
    assert_eq!(due(&place), Value::Null);
    place.ok(&every("default"));
    assert_eq!(due(&place), by_default);
    for wish in ["0d", "3651d", "30", "1.5d", "often", ""] {
        place.refused(&every(wish), 2, "write a number of days from 1d to 3650d, `off` or `default`");
    }
    place.refused(&["schedule", "--every", "30d"], 2, "<KEY>");
    place.refused(&["schedule", "acme/other", "--every", "30d"], 1, "there is no key acme/other");
}
