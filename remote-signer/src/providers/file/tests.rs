use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use splitsign_core::digest::Sha256;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use super::{Config, build, build_with_clock};
use crate::providers::contract::{self, Call, Failing, Fault, Faulty, Fixture, openssl};
use crate::providers::secret::SecretReference;
use crate::providers::{ErrorClass, KeyReference, NewKey, Provider, ProviderError};

/// 2026-01-02T03:04:05Z.
fn fixed_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_323_045)
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("passphrase", b"correct horse\n");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        drop(fs::remove_file(&path));
        super::durable::write_new(&path, bytes).unwrap();
    }

    /// scrypt as fast as it goes.
    fn config(&self) -> Config {
        let passphrase = SecretReference::File(self.path("passphrase"));
        Config { directory: None, passphrase, scrypt_log_n: 1, timeout_ms: 30_000 }
    }

    async fn open(&self) -> Result<Arc<dyn Provider>, ProviderError> {
        build(&self.config(), self.0.path()).await
    }
}

fn new(version: u32) -> NewKey {
    NewKey { key_id: "acme/c2pa".to_owned(), version }
}

fn reference(uri: &str) -> KeyReference {
    KeyReference::new(uri)
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let place = Place::new();
    contract::holds(&Fixture {
        provider: place.open().await.unwrap(),
        unknown: ["file:acme/contract/3", "file:acme/none/1", "file:none/none/1"].map(reference).into(),
        malformed: ["", "file:../../etc/passwd", "file:acme/contract", "awskms:///alias/acme", "file:acme/contract/01"]
            .map(reference)
            .into(),
        has_chain: true,
    })
    .await;
}

#[tokio::test]
async fn keys_outlive_the_process() {
    let place = Place::new();
    let made = place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    let again = place.open().await.unwrap();
    let found = again.describe_key(&made.reference).await.unwrap();
    assert_eq!((found.public_key, found.certificate_chain), (made.public_key, made.certificate_chain));
    let digest = Sha256::digest(b"again");
    let signature = again.sign_digest(&made.reference, &digest).await.unwrap();
    made.public_key.verify_digest(&digest, &signature).unwrap();
}

#[tokio::test]
async fn a_version_is_never_overwritten() {
    let place = Place::new();
    let provider = place.open().await.unwrap();
    let made = provider.create_key(&new(1)).await.unwrap();
    let error = provider.create_key(&new(1)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
    assert!(error.message().contains("never overwritten"));
    let found = place.open().await.unwrap().describe_key(&made.reference).await.unwrap();
    assert_eq!(found.public_key, made.public_key);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_that_make_the_same_version_wins() {
    let place = Place::new();
    let mut tasks = Vec::new();
    for _ in 0..8 {
        // Each its own provider, as processes would be; the development CA is made at once, too.
        let (config, directory) = (place.config(), place.0.path().to_owned());
        tasks.push(tokio::spawn(async move { build(&config, &directory).await.unwrap().create_key(&new(1)).await }));
    }
    let mut made = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(description) => made.push(description),
            Err(error) => assert_eq!(error.class(), ErrorClass::Invalid, "{error}"),
        }
    }
    assert_eq!(made.len(), 1);
    let found = place.open().await.unwrap().describe_key(&made[0].reference).await.unwrap();
    assert_eq!(found.public_key, made[0].public_key);
    assert_eq!(found.certificate_chain, made[0].certificate_chain);
}

#[tokio::test]
async fn a_hundred_first_requests_open_the_file_once() {
    let place = Place::new();
    let made = place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    let provider = place.open().await.unwrap();
    let digest = Sha256::digest(b"at once");
    let first = provider.sign_digest(&made.reference, &digest);
    let others = (0..99).map(|_| provider.sign_digest(&made.reference, &digest));
    // Once it has been opened, the file is not needed: whoever opened it a second time would fail.
    let mut pinned: Vec<_> = core::iter::once(first).chain(others).collect();
    let mut results = Vec::new();
    core::future::poll_fn(|context| {
        pinned.retain_mut(|signing| match signing.as_mut().poll(context) {
            core::task::Poll::Ready(result) => {
                if results.is_empty() {
                    fs::remove_file(place.path("keys/acme/c2pa/1.age")).unwrap();
                }
                results.push(result);
                false
            }
            core::task::Poll::Pending => true,
        });
        if pinned.is_empty() { core::task::Poll::Ready(()) } else { core::task::Poll::Pending }
    })
    .await;
    assert_eq!(results.len(), 100);
    for result in results {
        made.public_key.verify_digest(&digest, &result.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn the_wrong_passphrase_is_found_at_the_start() {
    let place = Place::new();
    place.open().await.unwrap();
    place.write("passphrase", b"another");
    let error = place.open().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    assert!(error.message().contains("providers.file.passphrase"), "{error}");
}

#[tokio::test]
async fn damaged_files_say_so() {
    let place = Place::new();
    place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    let (key, chain) = ("keys/acme/c2pa/1.age", "keys/acme/c2pa/1.chain.der");
    let (sealed, certificates) = (fs::read(place.path(key)).unwrap(), fs::read(place.path(chain)).unwrap());
    let mut flipped = sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for content in [&b""[..], b"not age", &sealed[..sealed.len() - 1], &sealed[..100], &flipped] {
        place.write(key, content);
        let error = place.open().await.unwrap().describe_key(&reference("file:acme/c2pa/1")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{} bytes: {error}", content.len());
        assert!(error.message().contains("1.age"), "{error}");
    }
    place.write(key, &sealed);
    for content in [&certificates[1..], &certificates[..certificates.len() - 1]] {
        place.write(chain, content);
        let error = place.open().await.unwrap().describe_key(&reference("file:acme/c2pa/1")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::BadResponse, "{error}");
        assert!(error.message().contains("chain.der"), "{error}");
    }
}

#[tokio::test]
async fn certificates_of_another_key_refused() {
    let place = Place::new();
    let provider = place.open().await.unwrap();
    provider.create_key(&new(1)).await.unwrap();
    provider.create_key(&new(2)).await.unwrap();
    place.write("keys/acme/c2pa/1.chain.der", &fs::read(place.path("keys/acme/c2pa/2.chain.der")).unwrap());
    let error = provider.describe_key(&reference("file:acme/c2pa/1")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::BadResponse, "{error}");

    place.write("keys/development-ca.der", &fs::read(place.path("keys/acme/c2pa/2.chain.der")).unwrap());
    let error = place.open().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::BadResponse, "{error}");
}

#[tokio::test]
async fn what_a_crash_left_out_is_made_up_for() {
    let place = Place::new();
    let made = place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    fs::remove_file(place.path("keys/acme/c2pa/1.chain.der")).unwrap();
    fs::remove_file(place.path("keys/development-ca.der")).unwrap();
    let provider = place.open().await.unwrap();
    let found = provider.describe_key(&made.reference).await.unwrap();
    assert_eq!(found.public_key, made.public_key);
    assert_eq!(found.certificate_chain.len(), 2);
    assert_eq!(provider.describe_key(&made.reference).await.unwrap().certificate_chain, found.certificate_chain);
}

#[tokio::test]
async fn a_directory_that_went_away_is_not_a_missing_key() {
    let place = Place::new();
    let provider = place.open().await.unwrap();
    fs::remove_dir_all(place.path("keys")).unwrap();
    let error = provider.describe_key(&reference("file:acme/c2pa/1")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
}

#[tokio::test]
async fn every_fault_ends_in_its_class_with_words_that_help() {
    let impossible = [
        (Fault::Throttled, "there is no service"),
        (Fault::Down, "there is no service"),
        (Fault::Slow, "a disk cannot be made slow here; the timeout has a test beside this"),
        (Fault::Disabled, "files have no state; splitsign's own state is above providers"),
        (Fault::WrongKeySpec, "only P-256 is written, and what is not PKCS#8 of it is damaged"),
        (Fault::WrongRegion, "there are no regions"),
        (Fault::CorruptedSignature, "signatures are made in this process"),
    ];
    contract::fails_well(&FileFaults, &impossible).await;
}

struct FileFaults;

#[async_trait]
impl Faulty for FileFaults {
    const GUIDE: &'static str = super::error::GUIDE;
    const PERMISSION: &'static str = "providers.file.passphrase";
    const KEY: &'static str = "acme/c2pa/1";

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let place = Place::new();
        place.open().await.unwrap().create_key(&new(1)).await.unwrap();
        let (key, chain) = ("keys/acme/c2pa/1.age", "keys/acme/c2pa/1.chain.der");
        let call = match fault {
            Fault::Missing | Fault::Deleted => {
                fs::remove_file(place.path(key)).unwrap();
                Call::Sign
            }
            Fault::Denied | Fault::Unauthenticated => {
                // Of a keystore with another passphrase.
                let other = Place::new();
                other.write("passphrase", b"another");
                other.open().await.unwrap().create_key(&new(1)).await.unwrap();
                place.write(key, &fs::read(other.path(key)).unwrap());
                Call::Sign
            }
            Fault::CutOff | Fault::Html | Fault::CorruptedChecksum => {
                let mut sealed = fs::read(place.path(key)).unwrap();
                match fault {
                    Fault::CutOff => sealed.truncate(100),
                    Fault::Html => sealed = b"<!doctype html>".to_vec(),
                    _ => *sealed.last_mut().unwrap() ^= 1,
                }
                place.write(key, &sealed);
                Call::Sign
            }
            Fault::AnotherKey => {
                place.open().await.unwrap().create_key(&new(2)).await.unwrap();
                place.write(chain, &fs::read(place.path("keys/acme/c2pa/2.chain.der")).unwrap());
                Call::Describe
            }
            Fault::Unreachable => Call::Sign,
            Fault::Throttled
            | Fault::Down
            | Fault::Slow
            | Fault::Disabled
            | Fault::WrongKeySpec
            | Fault::WrongRegion
            | Fault::CorruptedSignature => return None,
        };
        let provider = place.open().await.unwrap();
        if fault == Fault::Unreachable {
            fs::remove_dir_all(place.path("keys")).unwrap();
        }
        let reference = reference("file:acme/c2pa/1");
        Some(Failing { provider, reference, call, keep: Box::new(place) })
    }
}

#[tokio::test]
async fn files_that_ask_for_too_much_work_refused() {
    let place = Place::new();
    let provider = place.open().await.unwrap();
    provider.create_key(&new(1)).await.unwrap();
    let sealed = fs::read(place.path("keys/acme/c2pa/1.age")).unwrap();
    let line = sealed.iter().position(|c| *c == b'\n').unwrap();
    let end = line + 1 + sealed[line + 1..].iter().position(|c| *c == b'\n').unwrap();
    let greedy = [&sealed[..end - 1], b"21", &sealed[end..]].concat();
    place.write("keys/acme/c2pa/2.age", &greedy);
    let error = provider.describe_key(&reference("file:acme/c2pa/2")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    assert!(error.message().contains("2^21"), "{error}");
}

#[tokio::test]
async fn values_out_of_range_refused() {
    let place = Place::new();
    for (scrypt_log_n, timeout_ms) in [(0, 1), (21, 1), (1, 0)] {
        let config = Config { scrypt_log_n, timeout_ms, ..place.config() };
        assert_eq!(build(&config, place.0.path()).await.unwrap_err().class(), ErrorClass::Invalid);
    }
}

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let config: Config = toml::from_str("passphrase = { env = \"SPLITSIGN_PASSPHRASE\" }").unwrap();
    assert_eq!((config.directory, config.scrypt_log_n, config.timeout_ms), (None, 16, 30_000));
    assert!(toml::from_str::<Config>("").is_err(), "there is no default passphrase");
    assert!(toml::from_str::<Config>("passphrase = { env = \"A\" }\nscrypt = 1").is_err());
}

#[tokio::test]
async fn certificates_are_those_of_a_claim_signer() {
    let place = Place::new();
    let provider = build_with_clock(&place.config(), place.0.path(), fixed_time).await.unwrap();
    let made = provider.create_key(&new(1)).await.unwrap();
    let [leaf, root] = &made.certificate_chain[..] else { panic!("leaf and root") };
    assert_eq!(*root, fs::read(place.path("keys/development-ca.der")).unwrap());
    let [leaf, root] = [leaf, root].map(|der| Certificate::from_der(der).unwrap().tbs_certificate().clone());

    assert_eq!(leaf.subject().to_string(), "CN=acme/c2pa,O=splitsign development");
    assert_eq!(leaf.issuer(), root.subject());
    assert_eq!(leaf.subject_public_key_info().to_der().unwrap(), made.public_key.to_spki());
    let seconds = |certificate: &x509_cert::TbsCertificate| {
        let validity = certificate.validity();
        let [from, to] = [validity.not_before, validity.not_after].map(|time| time.to_unix_duration().as_secs());
        (from, to)
    };
    let start = 1_767_323_045 - 3600;
    assert_eq!(seconds(&leaf), (start, start + 365 * 86400));
    assert_eq!(seconds(&root), (start, start + 3650 * 86400));
    assert_ne!(leaf.serial_number(), root.serial_number());
    assert!(leaf.serial_number().as_bytes().len() == 16 && leaf.serial_number().as_bytes()[0] < 0x80);

    let (critical, usage) = leaf.get_extension::<KeyUsage>().unwrap().unwrap();
    assert!(critical && usage.digital_signature() && !usage.key_cert_sign() && !usage.non_repudiation());
    let (_, purposes) = leaf.get_extension::<ExtendedKeyUsage>().unwrap().unwrap();
    assert_eq!(purposes.0.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.3.6.1.5.5.7.3.4"]);
    let (critical, constraints) = leaf.get_extension::<BasicConstraints>().unwrap().unwrap();
    assert!(critical && !constraints.ca);
    let (critical, constraints) = root.get_extension::<BasicConstraints>().unwrap().unwrap();
    assert!(critical && constraints.ca);
    let (_, subject_key) = root.get_extension::<SubjectKeyIdentifier>().unwrap().unwrap();
    let (_, authority_key) = leaf.get_extension::<AuthorityKeyIdentifier>().unwrap().unwrap();
    assert_eq!(authority_key.key_identifier, Some(subject_key.0));
    assert!(leaf.get_extension::<SubjectKeyIdentifier>().unwrap().is_some());
}

#[tokio::test]
async fn openssl_accepts_the_chain() {
    let place = Place::new();
    let made = place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    let [leaf, root] = &made.certificate_chain[..] else { panic!("leaf and root") };
    place.write("leaf.der", leaf);
    place.write("root.der", root);
    let at = |arguments: &str| openssl(place.0.path(), arguments);
    for name in ["leaf", "root"] {
        at(&format!("x509 -inform DER -in {name}.der -out {name}.pem"));
    }
    // smimesign is the purpose of emailProtection.
    let verify = "verify -x509_strict -purpose smimesign -CAfile root.pem leaf.pem";
    if let Some((succeeded, output)) = at(verify) {
        assert!(succeeded, "{output}");
        let (succeeded, output) = at("verify -purpose sslserver -CAfile root.pem leaf.pem").unwrap();
        assert!(!succeeded, "a claim signer is no server: {output}");
    }
}

#[tokio::test]
async fn leaves_end_with_their_root_and_none_is_issued_after_it() {
    fn nine_and_a_half_years_later() -> SystemTime {
        fixed_time() + Duration::from_secs(3470 * 86400)
    }
    fn eleven_years_later() -> SystemTime {
        fixed_time() + Duration::from_secs(4000 * 86400)
    }
    let place = Place::new();
    let at = async |now| build_with_clock(&place.config(), place.0.path(), now).await.unwrap();
    at(fixed_time).await;
    let made = at(nine_and_a_half_years_later).await.create_key(&new(1)).await.unwrap();
    let [leaf, root] = &made.certificate_chain[..] else { panic!("leaf and root") };
    let end = |der: &[u8]| Certificate::from_der(der).unwrap().tbs_certificate().validity().not_after;
    assert_eq!(end(leaf), end(root));
    let error = at(eleven_years_later).await.create_key(&new(2)).await.unwrap_err();
    assert!(error.message().contains("expired"), "{error}");
}

/// What is in the file is what the `age` format and PKCS#8 say: another reader opens it.
#[tokio::test]
async fn key_files_are_age_files_with_pkcs8_in_them() {
    let place = Place::new();
    let made = place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    let sealed = fs::read(place.path("keys/acme/c2pa/1.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    let identity = age::scrypt::Identity::new("correct horse".to_owned().into());
    let pkcs8 = age::decrypt(&identity, &sealed).unwrap();
    assert!(!sealed.windows(16).any(|window| window == &pkcs8[36..52]), "the key is not in the file as it is");
    place.write("key.der", &pkcs8);
    if let Some((succeeded, output)) =
        openssl(place.0.path(), "pkey -inform DER -in key.der -pubout -outform DER -out spki.der")
    {
        assert!(succeeded, "{output}");
        assert_eq!(fs::read(place.path("spki.der")).unwrap(), made.public_key.to_spki());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    fn check(path: &Path) {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        if !path.is_dir() {
            return assert_eq!(mode, 0o600, "{}", path.display());
        }
        assert_eq!(mode, 0o700, "{}", path.display());
        for entry in fs::read_dir(path).unwrap() {
            check(&entry.unwrap().path());
        }
    }
    let place = Place::new();
    place.open().await.unwrap().create_key(&new(1)).await.unwrap();
    check(&place.path("keys"));
}
