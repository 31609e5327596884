//! `splitsign c2pa-signer`: the subprocess of c2patool's `--signer-path`.
//!
//! The contract is c2patool's: `--signer-info` prints JSON; without it, standard input is the whole `Sig_structure` and
//! standard output the raw signature. Any failure has words on standard error, a code that is not 0, and nothing on
//! standard output. c2patool splits its command at white space, so that everything can come from the environment too.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use splitsign_core::ecdsa::Signature;

use crate::api::{TBS_BYTES_MAX, ToBeSigned};
use crate::cli::client::{self, Service};
use crate::cli::descriptor::{Descriptor, text};
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::encoding::{base64url, from_base64url, hex, pem};
use crate::identity::{KeyId, random_bytes};

const URL_VARIABLE: &str = "SPLITSIGN_URL";
const KEY_VARIABLE: &str = "SPLITSIGN_KEY";
const URL_DEFAULT: &str = "http://127.0.0.1:8700";

/// Bytes that a signature box needs beside the certificates: the headers, the signature, and room.
const BOX_BYTES: usize = 2048;
/// Bytes for a timestamp with the certificates of its authority.
const TIMESTAMP_BYTES: usize = 10_000;

#[derive(Debug, clap::Args)]
pub(super) struct C2paSigner {
    /// The service [default: the environment variable SPLITSIGN_URL, or http://127.0.0.1:8700]
    #[arg(long)]
    url: Option<String>,
    /// A file with the token [default: the environment variable SPLITSIGN_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The key, tenant/name [default: the environment variable SPLITSIGN_KEY]
    #[arg(long)]
    key: Option<KeyId>,
    /// A timestamp authority that c2patool is to ask
    #[arg(long, value_name = "URL")]
    tsa_url: Option<String>,
    /// Print algorithm, certificates and the size to reserve, as JSON
    #[arg(long)]
    signer_info: bool,
    /// Bytes to reserve [default: computed]; c2patool also says it when it asks for a signature
    #[arg(long, value_name = "N")]
    reserve_size: Option<usize>,
    /// What c2patool expects; only es256 is possible
    #[arg(long, value_name = "ALG", default_value = "es256")]
    alg: String,
}

impl C2paSigner {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        if !self.alg.eq_ignore_ascii_case("es256") {
            return Err(Failure::usage(format!("--alg {}: the keys of splitsign sign es256", self.alg)));
        }
        let variable = |name: &str| context.environment.get(name).map(str::to_owned);
        let url = self.url.clone().or_else(|| variable(URL_VARIABLE)).unwrap_or_else(|| URL_DEFAULT.to_owned());
        let key = match (&self.key, variable(KEY_VARIABLE)) {
            (Some(key), _) => key.clone(),
            (None, Some(key)) => key.parse()?,
            (None, None) => return Err(Failure::usage(format!("give a key with --key or in {KEY_VARIABLE}"))),
        };
        let (service, token) = (Service::new(&url)?, client::token(self.token_file.as_deref(), context)?);
        // Before anything is asked: a signature for nothing would be one too many.
        let tbs = if self.signer_info { None } else { Some(read_input()?) };
        let descriptor = service.get(&format!("/v1/keys/{key}"), Some(&token)).await?.success()?;
        let descriptor = Descriptor::read(&descriptor)?;
        match tbs {
            None => self.print_info(&key, &descriptor)?,
            Some(tbs) => {
                let signature = sign(&service, &token, &key, &descriptor, &tbs).await?;
                let mut out = std::io::stdout().lock();
                out.write_all(signature.as_bytes()).and_then(|()| out.flush())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn print_info(&self, key: &KeyId, descriptor: &Descriptor) -> Result<(), Failure> {
        if descriptor.certificates.is_empty() {
            return Err(Failure::new(format!("key {key} has no certificate, and a C2PA claim needs one")));
        }
        let chain: String = descriptor.certificates.iter().map(|der| pem("CERTIFICATE", der)).collect();
        let certificates: usize = descriptor.certificates.iter().map(Vec::len).sum();
        let timestamp = if self.tsa_url.is_some() { TIMESTAMP_BYTES } else { 0 };
        let mut info = json!({
            "alg": "es256",
            "sign_cert": chain,
            "reserve_size": self.reserve_size.unwrap_or(BOX_BYTES + certificates + timestamp),
        });
        if let (Some(url), Some(members)) = (&self.tsa_url, info.as_object_mut()) {
            members.insert("tsa_url".to_owned(), json!(url));
        }
        output::json(&info)
    }
}

async fn sign(
    service: &Service,
    token: &str,
    key: &KeyId,
    descriptor: &Descriptor,
    tbs: &[u8],
) -> Result<Signature, Failure> {
    let wrong = "standard input is no COSE Sig_structure: c2patool writes one when it asks for a signature";
    let tbs = ToBeSigned::parse(tbs).ok_or_else(|| Failure::new(wrong))?;
    let digest = tbs.digest();
    let body = json!({
        "key": key.as_str(),
        "keyVersion": descriptor.version,
        "digest": base64url(digest.as_bytes()),
        "digestAlgorithm": "sha-256",
        "profile": "cose-sign1",
    });
    let reply = service.post("/v1/sign", token, &hex(&random_bytes::<16>()), &body).await?.success()?;
    let signature = from_base64url(text(&reply, "signature")?).and_then(|raw| Signature::from_raw(&raw))?;
    // The service has verified it too; what c2patool embeds is what was verified here.
    descriptor.public_key.verify_digest(&digest, &signature)?;
    Ok(signature)
}

/// All of standard input, up to the limit.
fn read_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(TBS_BYTES_MAX)?;
    std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > TBS_BYTES_MAX {
        return Err(Failure::new(format!("standard input has more than {TBS_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}
