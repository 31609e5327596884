//! `splitsign verify`

use std::path::PathBuf;
use std::process::ExitCode;

use splitsign_core::ecdsa::PublicKey;
use splitsign_core::{cose, dsse, jws};

use crate::cli::failure::Failure;
use crate::cli::sign::Format;
use crate::cli::{output, public_key};

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The signed object
    object: PathBuf,
    /// The public key: PEM, DER SubjectPublicKeyInfo, JWK or COSE_Key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The payload, if the object does not hold it
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// The form of the object [default: what it looks like]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl Verify {
    /// Exit code 0 if the signature is valid, 1 if not, 2 if that cannot be found out.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let unreadable = |failure: Failure| failure.with_code(2);
        let object = output::read_file(&self.object).map_err(unreadable)?;
        let key = output::read_file(&self.key).and_then(|bytes| public_key::read(&bytes)).map_err(unreadable)?;
        let payload = self.payload.as_deref().map(output::read_file).transpose().map_err(unreadable)?;
        let format = self.format.unwrap_or_else(|| detect(&object));
        if format == Format::Dsse && payload.is_some() {
            return Err(Failure::usage("a DSSE envelope holds its payload: leave out --payload"));
        }
        let verified = match format {
            Format::Cose => verify_cose(&object, payload.as_deref(), &key),
            Format::Jws => verify_jws(object.trim_ascii(), payload.as_deref(), &key),
            Format::Dsse => verify_dsse(&object, &key),
        };
        let what =
            verified.map_err(|error| Failure::new(format!("not valid: `{}`: {error}", self.object.display())))?;
        output::line(&format!("valid  {what}"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An envelope has a payload type; other JSON and text is JWS; the rest is CBOR.
fn detect(object: &[u8]) -> Format {
    const PAYLOAD_TYPE: &[u8] = b"\"payloadType\"";
    match object.trim_ascii_start() {
        [b'{', ..] if object.windows(PAYLOAD_TYPE.len()).any(|window| window == PAYLOAD_TYPE) => Format::Dsse,
        [b'{' | b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_', ..] => Format::Jws,
        _ => Format::Cose,
    }
}

fn verify_cose(object: &[u8], payload: Option<&[u8]>, key: &PublicKey) -> splitsign_core::Result<String> {
    let mut unverified = cose::UnverifiedSign1::parse(object)?;
    if let Some(payload) = payload {
        unverified = unverified.detached(payload);
    }
    let verified = unverified.verify(key)?;
    let kid = verified.kid().map(|kid| String::from_utf8_lossy(kid).escape_debug().to_string()).unwrap_or_default();
    let bytes = verified.payload().map_or(0, <[u8]>::len);
    Ok(format!("COSE_Sign1  kid {kid}  payload {bytes} bytes  certificates {}", verified.x5chain().count()))
}

fn verify_jws(object: &[u8], payload: Option<&[u8]>, key: &PublicKey) -> splitsign_core::Result<String> {
    let mut scratch = vec![0; object.len()];
    let mut unverified = jws::UnverifiedJws::parse(object, &mut scratch)?;
    if let Some(payload) = payload {
        unverified = unverified.detached(payload);
    }
    let verified = unverified.verify(key)?;
    let kid: String = verified.kid().map(|kid| kid.chars().flat_map(char::escape_debug).collect()).unwrap_or_default();
    Ok(format!("JWS  kid {kid}  payload {} bytes", verified.payload_len().unwrap_or(0)))
}

fn verify_dsse(object: &[u8], key: &PublicKey) -> splitsign_core::Result<String> {
    let verified = dsse::UnverifiedEnvelope::parse(object)?.verify(key)?;
    let payload_type: String = verified.payload_type().chars().flat_map(char::escape_debug).collect();
    Ok(format!("DSSE  type {payload_type}  payload {} bytes", verified.payload_len()))
}
