//! The keys, as they were when the service started.

use alloc::collections::BTreeMap;
use core::fmt;

use p256::SecretKey;
use p256::ecdsa::SigningKey;
use p256::pkcs8::DecodePrivateKey as _;
use zeroize::Zeroizing;

use crate::providers::ProviderError;
use crate::providers::env::{Config, error, reference};
use crate::providers::software::SoftwareKey;

const HOW_TO_MAKE: &str = "make it with `openssl ecparam -name prime256v1 -genkey -noout`";

/// Keys in memory; each is wiped when dropped.
pub(super) struct HeldKeys(BTreeMap<String, SoftwareKey>);

/// Names only.
impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl HeldKeys {
    /// Reads all keys.
    pub(super) fn read(config: &Config) -> Result<Self, ProviderError> {
        if config.keys.is_empty() {
            return Err(error::invalid("the provider env has no keys: add a section [providers.env.keys.NAME]"));
        }
        let mut keys = BTreeMap::new();
        for (name, section) in &config.keys {
            if !reference::is_name(name) {
                let message = format!(
                    "`{}` is no name for a key: write 1 to 64 characters A-Z a-z 0-9 . _ -, the first a letter or digit",
                    name.escape_debug()
                );
                return Err(error::invalid(&message));
            }
            let pem = section.key.read()?;
            let key = signing_key(&pem)
                .map_err(|problem| error::invalid(&format!("{} is not the key {name}: {problem}", section.key)))?;
            keys.insert(name.clone(), SoftwareKey::new(&key)?);
        }
        Ok(Self(keys))
    }

    /// The key of this name.
    pub(super) fn get(&self, name: &str) -> Result<&SoftwareKey, ProviderError> {
        self.0.get(name).ok_or_else(|| error::not_found(name))
    }
}

/// The first private key of a text in PEM. What stands around it, as the block of parameters that openssl writes, is
/// left out.
fn signing_key(text: &str) -> Result<SigningKey, String> {
    // Where a variable can have one line only, people write `\n`.
    let unfolded = Zeroizing::new(if text.contains('\n') { text.to_owned() } else { text.replace("\\n", "\n") });
    for kind in ["ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        if unfolded.contains(&format!("-----BEGIN {kind}-----")) {
            return Err(format!(
                "it is one of the kind {kind}, and must be a P-256 key that is not encrypted: {HOW_TO_MAKE}"
            ));
        }
    }
    let block = |kind: &str| {
        let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
        let start = unfolded.find(&begin)?;
        let length = unfolded.get(start..)?.find(&end)? + end.len();
        unfolded.get(start..)?.get(..length)
    };
    // The errors of the parser say nothing that helps, and might say what they read.
    let key = match (block("PRIVATE KEY"), block("EC PRIVATE KEY")) {
        (Some(pem), _) => SecretKey::from_pkcs8_pem(pem).ok(),
        (None, Some(pem)) => SecretKey::from_sec1_pem(pem).ok(),
        (None, None) => return Err(format!("it holds no private key in PEM: {HOW_TO_MAKE}")),
    };
    let key = key.ok_or_else(|| format!("its private key cannot be read as one of P-256: {HOW_TO_MAKE}"))?;
    Ok(SigningKey::from(&key))
}
