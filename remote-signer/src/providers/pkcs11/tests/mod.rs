//! Tests: against SoftHSM, which nobody here wrote, and against answers that it never gives.

mod faults;
mod softhsm;
mod token;

use std::path::Path;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use super::error::{Operation, classify};
use super::{Config, build};
use crate::providers::ErrorClass;

const LEAST: &str = "module = \"/m.so\"\ntoken = \"t\"\npin = { env = \"PIN\" }\n";

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let config: Config = toml::from_str(LEAST).unwrap();
    assert_eq!((config.sessions, config.timeout_ms, config.serial), (8, 30_000, None));
    for more in ["pin = \"1234\"", "slot = 0", "user = \"so\"", "timeout = 1"] {
        assert!(toml::from_str::<Config>(&format!("{LEAST}{more}")).is_err(), "{more}");
    }
    assert!(toml::from_str::<Config>(&LEAST.replace("{ env = \"PIN\" }", "\"1234\"")).is_err());
}

#[tokio::test]
async fn what_cannot_work_is_refused_by_name() {
    let good: Config = toml::from_str(LEAST).unwrap();
    for (config, field) in [
        (Config { module: "m.so".into(), ..good.clone() }, "providers.pkcs11.module"),
        (Config { token: None, ..good.clone() }, "providers.pkcs11.token"),
        (Config { sessions: 0, ..good.clone() }, "providers.pkcs11.sessions"),
        (Config { sessions: 257, ..good.clone() }, "providers.pkcs11.sessions"),
        (Config { timeout_ms: 0, ..good.clone() }, "providers.pkcs11.timeout_ms"),
    ] {
        let error = build(&config, Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        assert!(error.message().contains(field), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_module_is_invalid() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text.so");
    std::io::Write::write_all(&mut std::fs::File::create(&text).unwrap(), b"no library").unwrap();
    for module in [directory.path().join("absent.so"), text] {
        let config = Config { module: module.clone(), ..toml::from_str(LEAST).unwrap() };
        let error = build(&config, Path::new("")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{error}");
        let message = error.message();
        assert!(message.contains(module.to_str().unwrap()) && message.contains("docs/guides/pkcs11.md"), "{message}");
    }
}

#[test]
fn codes_become_classes() {
    use ErrorClass::{BadResponse, Denied, Invalid, NotFound, Throttled, Unavailable};
    for (code, class, is_lost) in [
        (RvError::PinIncorrect, Denied, false),
        (RvError::PinLocked, Denied, false),
        (RvError::PinExpired, Denied, false),
        (RvError::UserPinNotInitialized, Denied, false),
        (RvError::TokenWriteProtected, Denied, false),
        (RvError::ActionProhibited, Denied, false),
        (RvError::SessionCount, Throttled, false),
        (RvError::DeviceRemoved, Unavailable, true),
        (RvError::TokenNotPresent, Unavailable, true),
        (RvError::DeviceError, Unavailable, true),
        (RvError::SessionHandleInvalid, Unavailable, true),
        (RvError::SessionClosed, Unavailable, true),
        (RvError::UserNotLoggedIn, Unavailable, true),
        (RvError::CryptokiNotInitialized, Unavailable, true),
        (RvError::GeneralError, Unavailable, true),
        (RvError::FunctionFailed, Unavailable, true),
        (RvError::VendorDefined(0x8000_0001), Unavailable, true),
        (RvError::MechanismInvalid, Invalid, false),
        (RvError::KeyTypeInconsistent, Invalid, false),
        (RvError::KeyFunctionNotPermitted, Invalid, false),
        (RvError::TemplateInconsistent, Invalid, false),
        (RvError::KeyHandleInvalid, NotFound, false),
        (RvError::SignatureLenRange, BadResponse, false),
    ] {
        let failure = classify(Operation::Sign, "pkcs11:object=a", Error::Pkcs11(code, Function::Sign));
        assert_eq!((failure.error.class(), failure.is_lost), (class, is_lost), "{code:?}");
        let message = failure.error.message();
        assert!(message.contains("pkcs11:object=a") && message.contains("docs/guides/pkcs11.md"), "{message}");
    }
    let failure = classify(Operation::Sign, "a", Error::NullFunctionPointer);
    assert_eq!(failure.error.class(), Invalid);
}
