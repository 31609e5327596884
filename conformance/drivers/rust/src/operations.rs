//! Each operation of the core on the arguments of a case.

mod cose;
mod dsse;
mod ecdsa;
mod jws;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{LowS, PublicKey};
use splitsign_core::operations::Operation;
use splitsign_core::{Code, Error};

use crate::arguments::Arguments;

/// What an operation came to.
pub(crate) enum Outcome {
    Bytes(Vec<u8>),
    Accepted(Fields),
}

/// Why there is none.
pub(crate) enum Refusal {
    /// The core said no.
    Core(Error),
    /// The case asks for what the protocol does not have.
    Case(anyhow::Error),
}

pub(crate) type Result<T> = core::result::Result<T, Refusal>;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Case(error)
    }
}

/// What is known once an object is accepted.
#[derive(Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn bytes(&mut self, name: &str, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            self.0.insert(name.to_owned(), encoded(bytes));
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: u64) {
        self.0.insert(name.to_owned(), json!(number));
    }

    pub(crate) fn chain(&mut self, name: &str, chain: &[Vec<u8>]) {
        if !chain.is_empty() {
            self.0.insert(name.to_owned(), chain.iter().map(|certificate| encoded(certificate)).collect());
        }
    }

    pub(crate) fn list(&mut self, name: &str, items: impl Iterator<Item = Option<Vec<u8>>>) {
        self.0.insert(name.to_owned(), items.map(|item| item.map_or(Value::Null, |bytes| encoded(&bytes))).collect());
    }
}

fn encoded(bytes: &[u8]) -> Value {
    Value::String(BASE64URL_NOPAD.encode(bytes))
}

/// The answer to a case.
pub(crate) fn answer(operation: Operation, arguments: &Arguments) -> Value {
    match run(operation, arguments) {
        Ok(Outcome::Bytes(bytes)) => json!({ "bytes": encoded(&bytes) }),
        Ok(Outcome::Accepted(fields)) => json!({ "verdict": 1, "fields": fields.0 }),
        Err(Refusal::Core(error)) => json!({ "code": error.code().name(), "at": error.at() }),
        Err(Refusal::Case(error)) => json!({ "failed": format!("{error:#}") }),
    }
}

fn run(operation: Operation, arguments: &Arguments) -> Result<Outcome> {
    match operation {
        Operation::Sha256 => sha256(arguments),
        Operation::KeyFromSec1 => ecdsa::key_from(PublicKey::from_sec1, arguments),
        Operation::KeyFromSpki => ecdsa::key_from(PublicKey::from_spki, arguments),
        Operation::KeyFromJwk => ecdsa::key_from(PublicKey::from_jwk, arguments),
        Operation::KeyFromCoseKey => ecdsa::key_from(PublicKey::from_cose_key, arguments),
        Operation::KeyToSpki => Ok(Outcome::Bytes(key(arguments)?.to_spki().to_vec())),
        Operation::KeyToJwk => written(|out| key(arguments)?.to_jwk(out).map_err(Refusal::Core)),
        Operation::KeyToCoseKey => written(|out| key(arguments)?.to_cose_key(out).map_err(Refusal::Core)),
        Operation::KeyThumbprint => Ok(Outcome::Bytes(key(arguments)?.jwk_thumbprint().as_bytes().to_vec())),
        Operation::SignatureFromDer => ecdsa::signature_from_der(arguments),
        Operation::SignatureToDer => ecdsa::signature_to_der(arguments),
        Operation::VerifyDigest => ecdsa::verify_digest(arguments),
        Operation::CoseSign1Prepare => cose::prepare(arguments),
        Operation::CoseSign1Attach => cose::attach(arguments),
        Operation::CoseSign1Verify => cose::verify(arguments),
        Operation::CoseSign1Inspect => cose::inspect(arguments),
        Operation::JwsPrepare => jws::prepare(arguments),
        Operation::JwsAttach => jws::attach(arguments),
        Operation::JwsVerify => jws::verify(arguments),
        Operation::JwsInspect => jws::inspect(arguments),
        Operation::DssePrepare => dsse::prepare(arguments),
        Operation::DsseAttach => dsse::attach(arguments),
        Operation::DsseVerify => dsse::verify(arguments),
        Operation::DsseInspect => dsse::inspect(arguments),
        other => Err(Refusal::Case(anyhow::anyhow!("this driver does not know {}: add it", other.name()))),
    }
}

fn sha256(arguments: &Arguments) -> Result<Outcome> {
    let data = arguments.bytes("data")?;
    let digest = match arguments.pieces(data) {
        Some(pieces) => {
            let mut hash = Sha256::new();
            pieces.for_each(|piece| hash.update(piece));
            hash.finish()
        }
        None => Sha256::digest(data),
    };
    Ok(Outcome::Bytes(digest.as_bytes().to_vec()))
}

type ReadKey = fn(&[u8]) -> splitsign_core::Result<PublicKey>;

/// The key of a case, in whichever form it is there.
fn key(arguments: &Arguments) -> Result<PublicKey> {
    let readers: [(&str, ReadKey); 4] = [
        ("key", PublicKey::from_sec1),
        ("key_spki", PublicKey::from_spki),
        ("key_jwk", PublicKey::from_jwk),
        ("key_cose", PublicKey::from_cose_key),
    ];
    for (name, read) in readers {
        if let Some(form) = arguments.optional(name) {
            return Ok(read(form)?);
        }
    }
    Err(Refusal::Case(anyhow::anyhow!("key is missing")))
}

fn low_s(arguments: &Arguments) -> Result<LowS> {
    match arguments.number("low_s") {
        None | Some(0) => Ok(LowS::Accept),
        Some(1) => Ok(LowS::Require),
        Some(2) => Ok(LowS::Normalise),
        Some(other) => Err(Refusal::Case(anyhow::anyhow!("low_s is {other}, and not 0, 1 or 2"))),
    }
}

/// What is written into a buffer: tried without room first, as the core then says how much it needs.
fn written(mut write: impl FnMut(&mut [u8]) -> Result<&[u8]>) -> Result<Outcome> {
    let needed = match write(&mut []) {
        Ok(used) => return Ok(Outcome::Bytes(used.to_vec())),
        Err(Refusal::Core(error)) if error.is(Code::OutputTooSmall) => error.at(),
        Err(refusal) => return Err(refusal),
    };
    let mut out = vec![0; usize::try_from(needed).unwrap_or(usize::MAX)];
    Ok(Outcome::Bytes(write(&mut out)?.to_vec()))
}
