//! SoftHSM, which stands for every token in the tests of the provider `pkcs11`.

use std::path::Path;
use std::process::Command;

use crate::process::exists;

/// Where Debian and others have it.
const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// Tells tests where the module is; without it, or without what makes tokens and keys, they leave themselves out. Whether
/// it could be told.
pub fn tell(tests: &mut Command) -> bool {
    match MODULES.iter().find(|module| Path::new(module).exists()) {
        Some(module) if exists("softhsm2-util") && exists("pkcs11-tool") => {
            tests.env("SPLITSIGN_SOFTHSM", module);
            true
        }
        Some(_) | None => {
            eprintln!("    PKCS#11 is left out: install SoftHSM and OpenSC (softhsm2 opensc)");
            false
        }
    }
}
