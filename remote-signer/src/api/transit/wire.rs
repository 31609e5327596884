//! The JSON of Transit. Members that it documents are known; one that it does not is refused, where Vault would sign
//! as if it were not there.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::Signature;

use crate::api::extract;
use crate::api::problem::Problem;
use crate::api::problem_code::ProblemCode;
use crate::encoding::{base64_standard, base64url, from_base64_standard, from_base64url};
use crate::identity::{KeyVersion, RequestId};

/// Items: the largest batch, as `/v1/sign/batch` has it.
const BATCH_ITEMS: usize = 64;
/// The only hash that the keys are for.
const HASH: &str = "sha2-256";

/// The body of sign and verify.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
    /// Some clients send what the path says again.
    name: Option<String>,
    input: Option<String>,
    signature: Option<String>,
    batch_input: Option<Vec<Box<RawValue>>>,
    pub(super) key_version: Option<i64>,
    hash_algorithm: Option<String>,
    algorithm: Option<String>,
    #[serde(default)]
    prehashed: Option<bool>,
    #[serde(default)]
    marshaling_algorithm: Option<Marshaling>,
    /// For RSA: Vault does not look at it either.
    #[serde(rename = "signature_algorithm")]
    _signature_algorithm: Option<String>,
    /// For RSA.
    #[serde(rename = "salt_length")]
    _salt_length: Option<Value>,
    context: Option<String>,
    hmac: Option<String>,
}

/// One thing to sign or to verify.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    pub(super) signature: Option<String>,
    #[serde(default)]
    pub(super) reference: Option<String>,
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    hmac: Option<String>,
}

/// How a signature is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Marshaling {
    /// DER in base64.
    #[default]
    Asn1,
    /// `r‖s` in base64url without padding.
    Jws,
}

/// What to do with one input, or with several.
pub(super) enum Work {
    One(Item),
    /// What is no item fails by itself.
    Batch(Vec<Result<Item, Problem>>),
}

impl Operation {
    /// Refuses what these keys cannot do, and what is not said in the path alike.
    pub(super) fn check(self, name: Option<&str>, hash: Option<&str>) -> Result<Self, Problem> {
        if self.name.is_some() && self.name.as_deref() != name {
            return Err(invalid("name", "it is not the name in the path".to_owned()));
        }
        for hash in [hash, self.hash_algorithm.as_deref(), self.algorithm.as_deref()].into_iter().flatten() {
            if hash != HASH {
                return Err(invalid("hash_algorithm", format!("{hash} is not {HASH}, the only one here")));
            }
        }
        Ok(self)
    }

    /// The version to sign with; `None` is the active one.
    pub(super) fn pinned(&self) -> Result<Option<KeyVersion>, Problem> {
        match self.key_version {
            None | Some(0) => Ok(None),
            Some(number) => {
                let version = KeyVersion::try_from(number);
                version.map(Some).map_err(|error| invalid("key_version", error.to_string()))
            }
        }
    }

    pub(super) fn form(&self) -> Form {
        let prehashed = self.prehashed.unwrap_or_default();
        Form { prehashed, marshaling: self.marshaling_algorithm.unwrap_or_default() }
    }

    pub(super) fn work(self) -> Result<Work, Problem> {
        let Self { input, signature, batch_input, context, hmac, .. } = self;
        match batch_input {
            Some(_) if input.is_some() || signature.is_some() => {
                Err(invalid("batch_input", "send either batch_input or input".to_owned()))
            }
            Some(items) if !(1..=BATCH_ITEMS).contains(&items.len()) => {
                let detail = format!("this batch has {} items; send from 1 to {BATCH_ITEMS}", items.len());
                Err(Problem::new(ProblemCode::InvalidBatchSize, detail).field("batch_input"))
            }
            Some(items) => Ok(Work::Batch(items.iter().map(|item| read_item(item)).collect())),
            None => Ok(Work::One(Item { input, signature, reference: None, context, hmac })),
        }
    }
}

/// As strictly as the body itself.
fn read_item(item: &RawValue) -> Result<Item, Problem> {
    extract::json(item.get().as_bytes())
}

/// What is signed or verified. Policies tell a digest from what was hashed here.
pub(super) enum Input {
    Digest(Sha256Digest),
    Message(Vec<u8>),
}

impl Input {
    pub(super) fn digest(&self) -> Sha256Digest {
        match self {
            Self::Digest(digest) => *digest,
            Self::Message(message) => Sha256::digest(message),
        }
    }
}

/// How inputs are read and signatures written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    prehashed: bool,
    pub(super) marshaling: Marshaling,
}

impl Form {
    /// The input of an item: a digest, or what is to be hashed here.
    pub(super) fn input(self, item: &Item) -> Result<Input, Problem> {
        for (member, value) in [("context", &item.context), ("hmac", &item.hmac)] {
            if value.as_ref().is_some_and(|value| !value.is_empty()) {
                return Err(invalid(member, "keys are not derived here, and sign only".to_owned()));
            }
        }
        let missing = || Problem::new(ProblemCode::MissingField, "send it in base64").field("input");
        let input = item.input.as_ref().ok_or_else(missing)?;
        let core = |error| Problem::core(error, "input", "send base64; 32 bytes of it with `prehashed`");
        let input = from_base64_standard(input).map_err(core)?;
        if self.prehashed {
            Sha256Digest::from_slice(&input).map(Input::Digest).map_err(core)
        } else {
            Ok(Input::Message(input))
        }
    }

    /// `vault:v<version>:<signature>`
    pub(super) fn write(self, signature: &Signature, version: KeyVersion) -> String {
        let encoded = match self.marshaling {
            Marshaling::Asn1 => base64_standard(&der(signature)),
            Marshaling::Jws => base64url(signature.as_bytes()),
        };
        format!("vault:v{}:{encoded}", version.get())
    }

    /// The signature of an item and the version that it names.
    pub(super) fn read(self, item: &Item) -> Result<(KeyVersion, Signature), Problem> {
        let malformed = || invalid("signature", "write it as vault:v<version>:<signature>, as it was given".to_owned());
        let text = item.signature.as_deref().ok_or_else(malformed)?;
        let (version, encoded) =
            text.strip_prefix("vault:v").and_then(|rest| rest.split_once(':')).ok_or_else(malformed)?;
        let version = version.parse().map_err(|_| malformed())?;
        let signature = match self.marshaling {
            Marshaling::Asn1 => from_base64_standard(encoded).and_then(|der| Signature::from_der(&der)),
            Marshaling::Jws => from_base64url(encoded).and_then(|raw| Signature::from_raw(&raw)),
        };
        let signature = signature
            .map_err(|error| Problem::core(error, "signature", "write it in the marshaling that the request names"))?;
        Ok((version, signature))
    }
}

fn der(signature: &Signature) -> Vec<u8> {
    // Two integers of 33 bytes at most, each with a header of two, in a sequence.
    let mut buffer = [0; 72];
    signature.to_der(&mut buffer).expect("72 bytes hold every signature of P-256").to_vec()
}

/// Why an item of a batch has no result.
#[derive(Debug, Serialize)]
pub(super) struct ItemError {
    pub(super) error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
}

/// What Vault puts around everything.
pub(super) fn envelope(request_id: &RequestId, data: &Value) -> Value {
    json!({
        "request_id": request_id.as_str(),
        "lease_id": "",
        "renewable": false,
        "lease_duration": 0,
        "data": data,
        "wrap_info": null,
        "warnings": null,
        "auth": null,
    })
}

/// The results of a batch; where all failed, also as an error of the whole.
pub(super) fn batch_reply(status: StatusCode, request_id: &RequestId, results: &[Value]) -> Response {
    let mut reply = envelope(request_id, &json!({"batch_results": results}));
    if let (false, Some(members)) = (status.is_success(), reply.as_object_mut()) {
        members.insert("errors".to_owned(), json!(["every item failed; each says why"]));
    }
    (status, Json(reply)).into_response()
}

pub(super) fn invalid(member: &str, detail: String) -> Problem {
    Problem::new(ProblemCode::InvalidField, detail).field(member)
}
