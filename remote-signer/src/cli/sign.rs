//! `splitsign sign`: prepare here, sign there, attach here.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::x509::Chain;
use splitsign_core::{cose, dsse, jws};

use crate::cli::client::{self, Service};
use crate::cli::descriptor::{Descriptor, text};
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::encoding::{base64url, from_base64url, hex};
use crate::identity::{KeyId, random_bytes};

#[derive(Debug, clap::Args)]
pub(super) struct Sign {
    /// The file to sign
    file: PathBuf,
    /// The service
    #[arg(long, default_value = "http://127.0.0.1:8700")]
    url: String,
    /// A file with the token [default: the environment variable SPLITSIGN_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The key, tenant/name
    #[arg(long)]
    key: KeyId,
    /// The form of the signed object
    #[arg(long, value_enum)]
    format: Format,
    /// Leave the file out of the object (COSE and JWS)
    #[arg(long)]
    detached: bool,
    /// The type of the file (DSSE only)
    #[arg(long, value_name = "TYPE", default_value = "application/octet-stream")]
    payload_type: String,
    /// Where the object goes
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// COSE_Sign1
    Cose,
    /// JWS, compact
    Jws,
    /// DSSE envelope
    Dsse,
}

impl Sign {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        if self.detached && self.format == Format::Dsse {
            return Err(Failure::usage("a DSSE envelope holds its payload: leave out --detached"));
        }
        let (service, token) = (Service::new(&self.url)?, client::token(self.token_file.as_deref(), context)?);
        let payload = output::read_file(&self.file)?;
        let descriptor = service.get(&format!("/v1/keys/{}", self.key), Some(&token)).await?.success()?;
        let object = match self.sign(&service, &token, &payload, &Descriptor::read(&descriptor)?).await? {
            Outcome::Object(object) => object,
            // The key was rotated between the two requests: once more, with what it is now.
            Outcome::Superseded(descriptor) => {
                match self.sign(&service, &token, &payload, &Descriptor::read(&descriptor)?).await? {
                    Outcome::Object(object) => object,
                    Outcome::Superseded(_) => {
                        return Err(Failure::new("the key is rotated faster than it can be used"));
                    }
                }
            }
        };
        output::write_file(&self.output, &object)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn sign(&self, service: &Service, token: &str, payload: &[u8], key: &Descriptor) -> Result<Outcome, Failure> {
        let certificates: Vec<&[u8]> = key.certificates.iter().map(Vec::as_slice).collect();
        let chain = if certificates.is_empty() { None } else { Some(Chain::from_slices(&certificates)?) };
        let draft = self.prepare(payload, key, chain)?;
        let body = json!({
            "key": self.key.as_str(),
            "keyVersion": key.version,
            "digest": base64url(draft.digest().as_bytes()),
            "digestAlgorithm": "sha-256",
            "profile": draft.profile(),
        });
        let idempotency_key = hex(&random_bytes::<16>());
        let answer = service.post("/v1/sign", token, &idempotency_key, &body).await?;
        if answer.code() == Some("key_version_superseded") {
            return Ok(Outcome::Superseded(answer.body.get("descriptor").cloned().unwrap_or_default()));
        }
        let reply = answer.success()?;
        let signature = from_base64url(text(&reply, "signature")?).and_then(|raw| Signature::from_raw(&raw))?;
        Ok(Outcome::Object(draft.attach(&signature, &key.public_key)?))
    }

    fn prepare<'a>(
        &'a self,
        payload: &'a [u8],
        key: &'a Descriptor,
        chain: Option<Chain<'a>>,
    ) -> Result<Draft<'a>, Failure> {
        Ok(match self.format {
            Format::Cose => {
                let draft = if self.detached { cose::Sign1::detached(payload) } else { cose::Sign1::embedded(payload) };
                let draft = draft.kid(key.kid.as_bytes());
                Draft::Cose(chain.map_or(draft, |chain| draft.x5chain(chain)).prepare()?)
            }
            Format::Jws => {
                let draft = if self.detached { jws::Jws::detached(payload) } else { jws::Jws::attached(payload) };
                let draft = draft.kid(&key.kid);
                Draft::Jws(chain.map_or(draft, |chain| draft.x5c(chain)).prepare()?)
            }
            Format::Dsse => Draft::Dsse(dsse::Envelope::new(&self.payload_type, payload).keyid(&key.kid).prepare()?),
        })
    }
}

/// What came of a request.
enum Outcome {
    Object(Vec<u8>),
    /// The descriptor of the version that signs now.
    Superseded(Value),
}

/// A prepared object of any format.
enum Draft<'a> {
    Cose(cose::PreparedSign1<'a>),
    Jws(jws::PreparedJws<'a>),
    Dsse(dsse::PreparedEnvelope<'a>),
}

impl Draft<'_> {
    const fn digest(&self) -> &Sha256Digest {
        match self {
            Self::Cose(draft) => draft.digest(),
            Self::Jws(draft) => draft.digest(),
            Self::Dsse(draft) => draft.digest(),
        }
    }

    const fn profile(&self) -> &'static str {
        match self {
            Self::Cose(_) => "cose-sign1",
            Self::Jws(_) => "jws",
            Self::Dsse(_) => "dsse",
        }
    }

    fn attach(&self, signature: &Signature, key: &PublicKey) -> Result<Vec<u8>, Failure> {
        let length = match self {
            Self::Cose(draft) => draft.object_len(),
            Self::Jws(draft) => draft.object_len(),
            Self::Dsse(draft) => draft.object_len_max(),
        };
        let mut out = vec![0; usize::try_from(length)?];
        let object = match self {
            Self::Cose(draft) => draft.attach(signature, key, &mut out)?,
            Self::Jws(draft) => draft.attach(signature, key, &mut out)?,
            Self::Dsse(draft) => draft.attach(signature, key, &mut out)?,
        };
        Ok(object.to_vec())
    }
}
