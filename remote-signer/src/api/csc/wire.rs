//! The parameters of CSC API v2. Names of v1 are known where clients send them to v2; parameters that are not documented
//! are refused.

use serde::Deserialize;
use serde_json::Value;

use splitsign_core::digest::Sha256Digest;

use crate::api::csc::{MULTISIGN, SHA256, invalid};
use crate::api::problem::Problem;
use crate::encoding::from_base64_standard;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InfoBody {
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// Which certificates are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Certificates {
    None,
    #[default]
    Single,
    Chain,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ListBody {
    #[serde(rename = "userID")]
    pub(super) user_id: Option<String>,
    pub(super) max_results: Option<usize>,
    pub(super) page_token: Option<String>,
    #[serde(default)]
    pub(super) credential_info: bool,
    #[serde(default)]
    pub(super) certificates: Certificates,
    #[serde(default)]
    pub(super) cert_info: bool,
    #[serde(default)]
    pub(super) auth_info: bool,
    #[serde(default)]
    pub(super) only_valid: bool,
    #[serde(rename = "lang")]
    _lang: Option<String>,
    #[serde(rename = "clientData")]
    _client_data: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CredentialBody {
    #[serde(rename = "credentialID")]
    pub(super) credential_id: String,
    #[serde(default)]
    pub(super) certificates: Certificates,
    #[serde(default)]
    pub(super) cert_info: bool,
    #[serde(default)]
    pub(super) auth_info: bool,
    #[serde(rename = "lang")]
    _lang: Option<String>,
    #[serde(rename = "clientData")]
    _client_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct AuthorizeBody {
    #[serde(rename = "credentialID")]
    pub(super) credential_id: String,
    pub(super) num_signatures: usize,
    #[serde(alias = "hash")]
    pub(super) hashes: Option<Vec<String>>,
    #[serde(rename = "hashAlgorithmOID", alias = "hashAlgo")]
    pub(super) hash_algorithm: Option<String>,
    #[serde(rename = "PIN")]
    pub(super) pin: Option<String>,
    #[serde(rename = "OTP")]
    pub(super) otp: Option<String>,
    pub(super) auth_data: Option<Vec<Value>>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "clientData")]
    _client_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SignHashBody {
    #[serde(rename = "credentialID")]
    pub(super) credential_id: String,
    #[serde(rename = "SAD")]
    pub(super) sad: Option<String>,
    #[serde(alias = "hash")]
    pub(super) hashes: Vec<String>,
    #[serde(rename = "hashAlgorithmOID", alias = "hashAlgo")]
    pub(super) hash_algorithm: Option<String>,
    pub(super) sign_algo: String,
    pub(super) sign_algo_params: Option<String>,
    pub(super) operation_mode: Option<String>,
    /// Of the asynchronous mode, which is refused.
    #[serde(rename = "validity_period")]
    _validity_period: Option<u64>,
    #[serde(rename = "response_uri")]
    _response_uri: Option<String>,
    #[serde(rename = "clientData")]
    _client_data: Option<String>,
}

/// SHA-256 is the only hash of these keys; `signAlgo` implies it.
pub(super) fn check_hash_algorithm(oid: Option<&str>) -> Result<(), Problem> {
    match oid {
        None | Some(SHA256) => Ok(()),
        Some(_) => Err(invalid("hashAlgorithmOID", &format!("{SHA256} is the only one here"))),
    }
}

/// The hashes, in order.
pub(super) fn digests(hashes: &[String]) -> Result<Vec<Sha256Digest>, Problem> {
    if !(1..=MULTISIGN).contains(&hashes.len()) {
        return Err(invalid("hashes", &format!("send from 1 to {MULTISIGN}")));
    }
    let read = |hash: &String| from_base64_standard(hash).and_then(|hash| Sha256Digest::from_slice(&hash));
    let digest = |(index, hash)| {
        read(hash).map_err(|_| invalid(&format!("hashes[{index}]"), "send 32 bytes in base64 with padding"))
    };
    hashes.iter().enumerate().map(digest).collect()
}
