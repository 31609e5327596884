//! Keys, as the service describes them.

use serde_json::Value;

use splitsign_core::ecdsa::PublicKey;

use crate::cli::failure::Failure;
use crate::encoding::from_base64_standard;

/// A key as the service describes it.
pub(super) struct Descriptor {
    pub(super) version: u64,
    pub(super) kid: String,
    pub(super) public_key: PublicKey,
    /// DER, leaf first.
    pub(super) certificates: Vec<Vec<u8>>,
}

impl Descriptor {
    pub(super) fn read(json: &Value) -> Result<Self, Failure> {
        let incomplete =
            |name: &str| Failure::new(format!("the service's descriptor of the key has no valid `{name}`"));
        let spki = text(json.get("publicKey").unwrap_or(&Value::Null), "spki")?;
        let chain =
            json.get("certificateChain").and_then(Value::as_array).ok_or_else(|| incomplete("certificateChain"))?;
        let certificate = |der: &Value| -> Result<Vec<u8>, Failure> {
            Ok(from_base64_standard(der.as_str().ok_or_else(|| incomplete("certificateChain"))?)?)
        };
        Ok(Self {
            version: json.get("version").and_then(Value::as_u64).ok_or_else(|| incomplete("version"))?,
            kid: text(json, "kid")?.to_owned(),
            public_key: from_base64_standard(spki).and_then(|spki| PublicKey::from_spki(&spki))?,
            certificates: chain.iter().map(certificate).collect::<Result<_, _>>()?,
        })
    }
}

/// A member that is text.
pub(super) fn text<'j>(json: &'j Value, name: &str) -> Result<&'j str, Failure> {
    let missing = || Failure::new(format!("the service's answer has no text `{name}`"));
    json.get(name).and_then(Value::as_str).ok_or_else(missing)
}
