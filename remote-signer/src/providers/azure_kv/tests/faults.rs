//! The suite of faults, with something in the place of Key Vault.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::key_vault::base64url;
use super::{Config, config, provider_with};
use crate::providers::KeyReference;
use crate::providers::contract::{self, Answer, Call, ContractServer, Failing, Fault, Faulty, Request};

pub(super) const PATH: &str = "/keys/c2pa/78deebed173b48e48f55abf87ed4cf71";

pub(super) fn refused(status: u16, code: &str, inner: Option<&str>) -> Answer {
    let inner = inner.map(|code| json!({ "code": code }));
    Answer::json(status, json!({ "error": { "code": code, "message": "words of\r\nAzure", "innererror": inner } }))
}

/// Two scalars that can be a signature.
pub(super) fn signature() -> Vec<u8> {
    let mut raw = vec![0; 64];
    (raw[31], raw[63]) = (1, 2);
    raw
}

/// What a vault answers to a signature with this key.
pub(super) fn signed(request: &Request, path: &str, raw: &[u8]) -> Value {
    json!({ "kid": format!("https://{}{path}", request.header("host").unwrap()), "value": base64url(raw) })
}

/// A reference of the key at the vault of this server.
pub(super) fn reference(server: &ContractServer) -> KeyReference {
    KeyReference::new(format!("{}{PATH}", server.url.replace("http://", "azurekms://")))
}

struct Azure;

#[async_trait]
impl Faulty for Azure {
    const GUIDE: &'static str = "docs/guides/azure-kv.md";
    const PERMISSION: &'static str = "Microsoft.KeyVault/vaults/keys/sign/action";
    const KEY: &'static str = PATH;

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let mut call = Call::Sign;
        let answer = match fault {
            Fault::Throttled => refused(429, "Throttled", None),
            Fault::Denied => refused(403, "Forbidden", Some("ForbiddenByRbac")),
            Fault::Unauthenticated => refused(401, "Unauthorized", None),
            Fault::Disabled => refused(403, "Forbidden", Some("KeyDisabled")),
            Fault::Deleted | Fault::Missing => refused(404, "KeyNotFound", None),
            Fault::WrongKeySpec => {
                call = Call::Describe;
                Answer::json(200, json!({ "key": { "kid": "KID", "kty": "RSA", "key_ops": ["sign"] } }))
            }
            // It is seen from the reference: nothing is asked.
            Fault::WrongRegion | Fault::Slow | Fault::Unreachable => Answer::Silence,
            Fault::Down => refused(503, "ServiceUnavailable", None),
            Fault::CutOff => Answer::cut_off("{\"kid\":\"https://acme.vault.azure.net/keys/c2pa\",\"value\":\"\"}"),
            Fault::Html => Answer::html(),
            Fault::AnotherKey => Answer::json(200, json!({ "kid": "KID2", "value": base64url(&signature()) })),
            Fault::CorruptedSignature => Answer::json(200, json!({ "kid": "KID", "value": base64url(&[1; 63]) })),
            Fault::CorruptedChecksum => return None,
        };
        let server = ContractServer::start(move |request| with_kid(&answer, request)).await;
        let provider = provider_with(&Config { timeout_ms: 300, ..config(&server.url) });
        let reference = match fault {
            Fault::WrongRegion => KeyReference::new(format!("azurekms://other.vault.azure.net{PATH}")),
            _ => reference(&server),
        };
        // Its port is closed when it is dropped.
        let keep = (fault != Fault::Unreachable).then_some(server);
        Some(Failing { provider, reference, call, keep: Box::new(keep) })
    }
}

/// The answer with the identifiers that only a server that runs knows: of the key, and of another version of it.
fn with_kid(answer: &Answer, request: &Request) -> Answer {
    let kid = format!("https://{}{PATH}", request.header("host").unwrap());
    match answer {
        Answer::Reply(status, headers, body) => {
            let other = kid.replace("cf71", "cf72");
            Answer::Reply(*status, headers, body.replace("KID2", &other).replace("KID", &kid))
        }
        Answer::Bytes(_) | Answer::Silence => answer.clone(),
    }
}

#[tokio::test]
async fn every_fault_ends_in_its_class_with_words_that_help() {
    contract::fails_well(
        &Azure,
        &[(Fault::CorruptedChecksum, "Key Vault has no checksums: the pipeline verifies every signature")],
    )
    .await;
}
