//! The suite of faults, with something in the place of Cloud KMS.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::cloud_kms::base64;
use super::{Config, config, provider_with};
use crate::providers::KeyReference;
use crate::providers::contract::{self, Answer, Call, ContractServer, Failing, Fault, Faulty};

pub(super) const NAME: &str =
    "projects/acme/locations/europe-west3/keyRings/signer/cryptoKeys/c2pa/cryptoKeyVersions/3";
/// SEQUENCE { INTEGER 1, INTEGER 2 }.
pub(super) const SIGNATURE: &[u8] = b"\x30\x06\x02\x01\x01\x02\x01\x02";

pub(super) fn refused(code: u16, status: &str) -> Answer {
    Answer::json(code, json!({ "error": { "code": code, "status": status, "message": "words of Google\r\nin lines" } }))
}

pub(super) fn not_enabled(state: &str) -> Answer {
    let message = format!("{NAME} is not enabled, current state is: {state}.");
    Answer::json(400, json!({ "error": { "code": 400, "status": "FAILED_PRECONDITION", "message": message } }))
}

/// What KMS answers to a signature.
pub(super) fn signed(signature: &[u8]) -> Value {
    json!({
        "name": NAME,
        "signature": base64(signature),
        "signatureCrc32c": crc32c::crc32c(signature).to_string(),
        "verifiedDigestCrc32c": true,
    })
}

/// The same with another member.
pub(super) fn signed_but(member: &str, value: Value) -> Value {
    let mut answer = signed(SIGNATURE);
    answer[member] = value;
    answer
}

struct Gcp;

#[async_trait]
impl Faulty for Gcp {
    const GUIDE: &'static str = "docs/guides/gcp-kms.md";
    const PERMISSION: &'static str = "cloudkms.cryptoKeyVersions.useToSign";
    const KEY: &'static str = NAME;

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let mut call = Call::Sign;
        let answer = match fault {
            Fault::Throttled => refused(429, "RESOURCE_EXHAUSTED"),
            Fault::Denied => refused(403, "PERMISSION_DENIED"),
            Fault::Unauthenticated => refused(401, "UNAUTHENTICATED"),
            Fault::Disabled => not_enabled("DISABLED"),
            Fault::Deleted => not_enabled("DESTROY_SCHEDULED"),
            Fault::Missing => refused(404, "NOT_FOUND"),
            Fault::WrongKeySpec => {
                call = Call::Describe;
                let version = json!({ "name": NAME, "state": "ENABLED", "algorithm": "RSA_SIGN_PSS_2048_SHA256" });
                Answer::json(200, version)
            }
            Fault::WrongRegion => return None,
            Fault::Slow | Fault::Unreachable => Answer::Silence,
            Fault::Down => refused(503, "UNAVAILABLE"),
            Fault::CutOff => Answer::cut_off(&signed(SIGNATURE).to_string()),
            Fault::Html => Answer::html(),
            Fault::AnotherKey => Answer::json(200, signed_but("name", NAME.replace("/3", "/4").into())),
            Fault::CorruptedSignature => Answer::json(200, signed(b"\x30\x06\x02\x01\x01\x02\x01")),
            Fault::CorruptedChecksum => Answer::json(200, signed_but("signatureCrc32c", "1".into())),
        };
        let server = ContractServer::start(move |_| answer.clone()).await;
        let provider = provider_with(&Config { timeout_ms: 300, ..config(&server.url) });
        // Its port is closed when it is dropped.
        let keep = (fault != Fault::Unreachable).then_some(server);
        let reference = KeyReference::new(format!("gcpkms://{NAME}"));
        Some(Failing { provider, reference, call, keep: Box::new(keep) })
    }
}

#[tokio::test]
async fn every_fault_ends_in_its_class_with_words_that_help() {
    contract::fails_well(
        &Gcp,
        &[(Fault::WrongRegion, "a reference has project and location, and one endpoint answers for all")],
    )
    .await;
}
