use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use async_trait::async_trait;
use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use splitsign_core::digest::Sha256;

use super::{Config, build};
use crate::providers::contract::{self, Call, Failing, Fault, Faulty, Fixture, openssl};
use crate::providers::{ErrorClass, KeyReference, Provider, ProviderError};

/// A folder with keys in files.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        use std::io::Write as _;
        let mut file = fs::File::create(self.0.path().join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Has one key for each file.
    fn config(&self, names: &[&str]) -> Config {
        let section = |name: &&str| format!("[keys.{name}]\nkey = {{ file = {:?} }}\n", self.0.path().join(name));
        toml::from_str(&names.iter().map(section).collect::<String>()).unwrap()
    }

    async fn open(&self, names: &[&str]) -> Result<alloc::sync::Arc<dyn Provider>, ProviderError> {
        build(&self.config(names), self.0.path()).await
    }
}

fn new_key() -> SecretKey {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).unwrap();
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return key;
        }
    }
}

fn pkcs8() -> String {
    new_key().to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

fn sec1() -> String {
    new_key().to_sec1_pem(LineEnding::LF).unwrap().to_string()
}

fn reference(uri: &str) -> KeyReference {
    KeyReference::new(uri)
}

#[tokio::test]
async fn behaves_as_every_provider_that_makes_no_keys() {
    let place = Place::new();
    place.write("first", &pkcs8());
    place.write("second", &sec1());
    let fixture = Fixture {
        provider: place.open(&["first", "second"]).await.unwrap(),
        unknown: ["env:third", "env:FIRST"].map(reference).into(),
        malformed: ["", "env:", "first", "file:acme/contract/1", "env:../first"].map(reference).into(),
        has_chain: false,
    };
    contract::holds_for_keys_that_exist(&fixture, ["env:first", "env:second"].map(reference)).await;
}

/// One fault is possible: what is in memory answers always, and at once.
struct Faults;

#[async_trait]
impl Faulty for Faults {
    const GUIDE: &'static str = "docs/guides/env.md";
    const PERMISSION: &'static str = "";
    const KEY: &'static str = "third";

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        match fault {
            Fault::Missing | Fault::Deleted => {}
            Fault::Throttled
            | Fault::Slow
            | Fault::Down
            | Fault::Unreachable
            | Fault::CutOff
            | Fault::Html
            | Fault::AnotherKey
            | Fault::CorruptedSignature
            | Fault::CorruptedChecksum
            | Fault::Denied
            | Fault::Unauthenticated
            | Fault::WrongKeySpec
            | Fault::Disabled
            | Fault::WrongRegion => return None,
        }
        let place = Place::new();
        place.write("first", &pkcs8());
        Some(Failing {
            provider: place.open(&["first"]).await.unwrap(),
            reference: reference("env:third"),
            call: Call::Sign,
            keep: Box::new(place.0),
        })
    }
}

#[tokio::test]
async fn fails_as_every_provider() {
    let (asked, read, state) = (
        "nobody else is asked: the key is in memory",
        "keys are read at the start, which ends then: see below",
        "keys have no state and no place",
    );
    let impossible = [
        (Fault::Throttled, asked),
        (Fault::Denied, read),
        (Fault::Unauthenticated, read),
        (Fault::Disabled, state),
        (Fault::WrongKeySpec, read),
        (Fault::WrongRegion, state),
        (Fault::Slow, asked),
        (Fault::Down, asked),
        (Fault::Unreachable, asked),
        (Fault::CutOff, asked),
        (Fault::Html, asked),
        (Fault::AnotherKey, asked),
        (Fault::CorruptedSignature, asked),
        (Fault::CorruptedChecksum, asked),
    ];
    contract::fails_well(&Faults, &impossible).await;
}

#[tokio::test]
async fn what_openssl_makes_is_taken() {
    let place = Place::new();
    let path = place.0.path();
    for (name, arguments) in [
        // With a block of parameters before the key.
        ("ec", "ecparam -name prime256v1 -genkey -out ec"),
        ("pkcs8", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pkcs8"),
    ] {
        let Some((succeeded, output)) = openssl(path, arguments) else { return };
        assert!(succeeded, "{output}");
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let provider = place.open(&["ec", "pkcs8"]).await.unwrap();
    for uri in ["env:ec", "env:pkcs8"] {
        let described = provider.describe_key(&reference(uri)).await.unwrap();
        let digest = Sha256::digest(uri.as_bytes());
        let signature = provider.sign_digest(&described.reference, &digest).await.unwrap();
        contract::openssl_verifies(&described.public_key, &digest, &signature);
    }
}

#[tokio::test]
async fn a_key_in_one_line_is_taken_too() {
    let place = Place::new();
    let pem = pkcs8();
    place.write("lines", &pem);
    place.write("line", &pem.replace('\n', "\\n"));
    let provider = place.open(&["lines", "line"]).await.unwrap();
    let lines = provider.describe_key(&reference("env:lines")).await.unwrap();
    let line = provider.describe_key(&reference("env:line")).await.unwrap();
    assert_eq!(lines.public_key, line.public_key);
}

#[tokio::test]
async fn what_is_no_key_stops_the_start_and_is_never_repeated() {
    let place = Place::new();
    let good = pkcs8();
    let body = |text: &str| text.lines().nth(1).unwrap().to_owned();
    for (text, words) in [
        ("hunter2".to_owned(), "holds no private key in PEM"),
        (good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "not encrypted"),
        (good.replace("PRIVATE KEY", "RSA PRIVATE KEY"), "P-256"),
        (good.replace("PRIVATE KEY", "PUBLIC KEY"), "holds no private key"),
        (good.replace("PRIVATE KEY", "EC PRIVATE KEY"), "cannot be read as one of P-256"),
        (good.replacen('M', "N", 1), "cannot be read as one of P-256"),
        (good.lines().take(2).collect::<Vec<_>>().join("\n"), "holds no private key"),
    ] {
        place.write("bad", &text);
        let error = place.open(&["bad"]).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{text}: {error}");
        let message = error.message();
        assert!(
            message.contains(words) && message.contains("bad") && message.contains("docs/guides/env.md"),
            "{message}"
        );
        assert!(!message.contains("hunter2") && !message.contains(&body(&good)), "{message}");
        assert!(core::error::Error::source(&error).is_none(), "the parser's words may say what it read");
    }
}

#[tokio::test]
async fn keys_that_everybody_may_read_are_denied_as_are_those_that_are_not_there() {
    let place = Place::new();
    place.write("public", &pkcs8());
    fs::set_permissions(place.0.path().join("public"), fs::Permissions::from_mode(0o644)).unwrap();
    for name in ["public", "absent"] {
        assert_eq!(place.open(&[name]).await.unwrap_err().class(), ErrorClass::Denied, "{name}");
    }
    let variable: Config = toml::from_str("[keys.a]\nkey = { env = \"SPLITSIGN_TEST_NO_SUCH_VARIABLE\" }").unwrap();
    let error = build(&variable, place.0.path()).await.unwrap_err();
    assert!(error.message().contains("SPLITSIGN_TEST_NO_SUCH_VARIABLE"), "{error}");
}

#[tokio::test]
async fn keys_are_not_shown() {
    let place = Place::new();
    place.write("first", &pkcs8());
    let provider = place.open(&["first"]).await.unwrap();
    assert_eq!(format!("{provider:?}"), "EnvProvider { keys: {\"first\"} }");
}

#[tokio::test]
async fn sections_are_read_strictly() {
    for bad in [
        "key = { env = \"A\" }",
        "[keys.a]\n",
        "[keys.a]\nkey = \"-----BEGIN PRIVATE KEY-----\"",
        "[keys.a]\nkey = { env = \"A\" }\npassphrase = 1",
    ] {
        assert!(toml::from_str::<Config>(bad).is_err(), "{bad}");
    }
    let no_name: Config = toml::from_str("[keys.\"a/b\"]\nkey = { env = \"CARGO_PKG_NAME\" }").unwrap();
    for config in [Config { keys: Default::default() }, no_name] {
        let error = build(&config, std::path::Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
    }
}
