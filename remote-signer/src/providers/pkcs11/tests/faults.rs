//! What SoftHSM never does: a module before it (`shim.c`) does it in its place.

use std::path::Path;
use std::process::Command;

use async_trait::async_trait;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::Signature;

use super::token::{self, Token, alone};
use crate::providers::contract::{self, Call, Failing, Fault, Faulty};
use crate::providers::pkcs11::Config;
use crate::providers::{ErrorClass, KeyReference};

const KEY: &str = "pkcs11:object=faulty";

/// A token behind the shim, with a key.
struct Shimmed {
    token: Token,
    module: std::path::PathBuf,
}

impl Shimmed {
    /// `None`, and a loud line, where there is no compiler.
    fn new(token: Token) -> Option<Self> {
        let module = token.folder.join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/providers/pkcs11/tests/shim.c");
        let define = |name: &str, path: &Path| format!("-D{name}={path:?}");
        let mut gcc = Command::new("gcc");
        gcc.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&module).arg(source);
        gcc.arg(define("REAL", &token.module));
        gcc.arg(define("FAULT", &token.folder.join("fault"))).arg(define("LOGINS", &token.folder.join("logins")));
        let Ok(output) = gcc.arg("-ldl").output() else {
            contract::skipped("pkcs11 behind a module with faults; install gcc");
            return None;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        token.generate("faulty", "01", "EC:prime256v1", &["--usage-sign"]);
        Some(Self { token, module })
    }

    fn config(&self) -> Config {
        Config { module: self.module.clone(), ..self.token.config() }
    }

    fn tell(&self, fault: &str) {
        token::write(&self.token.folder.join("fault"), fault);
    }

    fn logins(&self) -> usize {
        std::fs::read(self.token.folder.join("logins")).unwrap_or_default().len()
    }
}

#[async_trait]
impl Faulty for Shimmed {
    const GUIDE: &'static str = "docs/guides/pkcs11.md";
    const PERMISSION: &'static str = "the policy of the token";
    const KEY: &'static str = "object=faulty";

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let (mut config, mut reference, mut told) = (self.config(), KEY.to_owned(), "");
        match fault {
            Fault::Throttled => told = "session b1",
            Fault::Denied => told = "sign 1b",
            Fault::Unauthenticated => {
                let wrong = self.token.folder.join("wrong-pin");
                token::write(&wrong, "000000");
                config.pin = crate::providers::secret::SecretReference::File(wrong);
            }
            Fault::Deleted => {
                self.token.generate("faulty-deleted", "02", "EC:prime256v1", &["--usage-sign"]);
                reference = "pkcs11:object=faulty-deleted".to_owned();
                let provider = self.token.open(&config).await.unwrap();
                self.tell("");
                provider.sign_digest(&KeyReference::new(&*reference), &Sha256::digest(b"")).await.unwrap();
                self.token.pkcs11_tool(&["--delete-object", "--type", "privkey", "--id", "02"]);
                let failing =
                    Failing { provider, reference: KeyReference::new(reference), call: Call::Sign, keep: Box::new(()) };
                return Some(failing);
            }
            Fault::Missing => reference = "pkcs11:object=faulty-missing".to_owned(),
            Fault::WrongKeySpec => {
                self.token.generate("faulty-p384", "03", "EC:secp384r1", &["--usage-sign"]);
                reference = "pkcs11:object=faulty-p384".to_owned();
            }
            Fault::WrongRegion => reference = "pkcs11:token=another;object=faulty".to_owned(),
            Fault::Slow => {
                config.timeout_ms = 500;
                told = "slow";
            }
            Fault::Down => told = "sign 30",
            Fault::Unreachable => told = "session 32",
            Fault::CutOff => told = "cut",
            Fault::CorruptedSignature => told = "zeros",
            Fault::Disabled | Fault::Html | Fault::AnotherKey | Fault::CorruptedChecksum => return None,
        }
        self.tell(told);
        let provider = self.token.open(&config).await.unwrap();
        let reference = KeyReference::new(reference);
        Some(Failing { provider, reference, call: Call::Sign, keep: Box::new(()) })
    }
}

#[test]
fn fails_as_every_provider() {
    alone(concat!(module_path!(), "::fails_as_every_provider"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        let impossible = [
            (Fault::Disabled, "keys on tokens have no state"),
            (Fault::Html, "what is called is a library, and not a server"),
            (Fault::AnotherKey, "a signature does not say whose it is: the pipeline finds out"),
            (Fault::CorruptedChecksum, "there is none"),
        ];
        contract::fails_well(&shimmed, &impossible).await;
    });
}

#[test]
fn signatures_without_leading_zeros_are_padded() {
    alone(concat!(module_path!(), "::signatures_without_leading_zeros_are_padded"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        let provider = shimmed.token.open(&shimmed.config()).await.unwrap();
        shimmed.tell("short");
        let signature = provider.sign_digest(&KeyReference::new(KEY), &Sha256::digest(b"")).await.unwrap();
        assert_eq!(signature, Signature::from_scalars(&[1], &[2]).unwrap());
    });
}

#[test]
fn the_login_is_made_once_and_again_only_when_it_was_lost() {
    alone(concat!(module_path!(), "::the_login_is_made_once_and_again_only_when_it_was_lost"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        let (reference, digest) = (KeyReference::new(KEY), Sha256::digest(b""));
        let provider = shimmed.token.open(&shimmed.config()).await.unwrap();
        assert_eq!(shimmed.logins(), 0, "not at the start: who starts again and again would lock the token");
        for _ in 0..20 {
            provider.sign_digest(&reference, &digest).await.unwrap();
        }
        assert_eq!(shimmed.logins(), 1);
        shimmed.tell("sign b3");
        let error = provider.sign_digest(&reference, &digest).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        shimmed.tell("");
        provider.sign_digest(&reference, &digest).await.expect("the next call logs in");
        assert_eq!(shimmed.logins(), 2);
    });
}

#[test]
fn a_wrong_pin_is_given_to_the_token_once() {
    alone(concat!(module_path!(), "::a_wrong_pin_is_given_to_the_token_once"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        token::write(&shimmed.token.folder.join("pin"), "000000");
        let provider = shimmed.token.open(&shimmed.config()).await.unwrap();
        for _ in 0..20 {
            let error = provider.sign_digest(&KeyReference::new(KEY), &Sha256::digest(b"")).await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Denied, "{error}");
        }
        assert_eq!(shimmed.logins(), 1);
    });
}

#[test]
fn a_token_that_hangs_is_a_timeout_for_each_and_holds_few_threads() {
    alone(concat!(module_path!(), "::a_token_that_hangs_is_a_timeout_for_each_and_holds_few_threads"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        let config = Config { sessions: 2, timeout_ms: 500, ..shimmed.config() };
        let provider = shimmed.token.open(&config).await.unwrap();
        shimmed.tell("slow");
        let (reference, digest) = (KeyReference::new(KEY), Sha256::digest(b""));
        let calls: Vec<_> = (0..40)
            .map(|_| {
                let (provider, reference) = (std::sync::Arc::clone(&provider), reference.clone());
                tokio::spawn(async move { provider.sign_digest(&reference, &digest).await.unwrap_err() })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().class(), ErrorClass::Timeout);
        }
        shimmed.tell("");
        // Once the two have come back, all is as before.
        tokio::time::sleep(core::time::Duration::from_secs(4)).await;
        provider.sign_digest(&reference, &digest).await.unwrap();
    });
}

#[test]
fn a_token_that_hangs_while_it_is_opened_stops_nothing_else() {
    alone(concat!(module_path!(), "::a_token_that_hangs_while_it_is_opened_stops_nothing_else"), async |token| {
        let Some(shimmed) = Shimmed::new(token) else { return };
        let config = Config { timeout_ms: 500, ..shimmed.config() };
        let provider = shimmed.token.open(&config).await.unwrap();
        shimmed.tell("hang");
        let (reference, digest) = (KeyReference::new(KEY), Sha256::digest(b""));
        let start = tokio::time::Instant::now();
        // The second one asks while the first one holds what a connection is made under.
        for _ in 0..2 {
            let error = provider.sign_digest(&reference, &digest).await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Timeout, "{error}");
        }
        assert!(start.elapsed() < core::time::Duration::from_secs(2), "a thread of the runtime waited for the token");
    });
}
