//! The suite of faults, with something in the place of KMS.

use std::sync::Arc;

use async_trait::async_trait;

use super::{config, credentials, kms};
use crate::providers::aws_kms::{Config, build_with_credentials};
use crate::providers::contract::{self, Answer, Call, ContractServer, Failing, Fault, Faulty};
use crate::providers::{KeyReference, Provider};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:eu-central-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab";
/// SEQUENCE { INTEGER 1, INTEGER 2 }.
const SIGNATURE: &str = "MAYCAQECAQI=";

struct Aws;

fn exception(status: u16, code: &str) -> Answer {
    Answer::json(status, serde_json::json!({ "__type": code }))
}

fn signed(arn: &str, signature: &str) -> serde_json::Value {
    serde_json::json!({ "KeyId": arn, "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256" })
}

fn signing(answer: Answer) -> (Call, &'static [&'static str], Answer) {
    (Call::Sign, &["Sign"], answer)
}

#[async_trait]
impl Faulty for Aws {
    const GUIDE: &'static str = "docs/guides/aws-kms.md";
    const PERMISSION: &'static str = "kms:Sign";
    const KEY: &'static str = KEY;

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let (call, operations, answer) = match fault {
            Fault::Throttled => signing(exception(400, "ThrottlingException")),
            Fault::Denied => signing(exception(400, "AccessDeniedException")),
            Fault::Unauthenticated => signing(exception(400, "UnrecognizedClientException")),
            Fault::Disabled => signing(exception(400, "DisabledException")),
            Fault::Deleted => signing(exception(400, "KMSInvalidStateException")),
            Fault::Missing => signing(exception(400, "NotFoundException")),
            Fault::WrongKeySpec => {
                let key = serde_json::json!({
                    "KeyId": ARN, "PublicKey": "MAA=", "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY",
                    "SigningAlgorithms": ["RSASSA_PSS_SHA_256"],
                });
                (Call::Describe, &["GetPublicKey"][..], Answer::json(200, key))
            }
            // It is seen from the ARN: nothing is asked.
            Fault::WrongRegion => signing(Answer::Silence),
            Fault::Slow => signing(Answer::Silence),
            Fault::Down => signing(exception(500, "KMSInternalException")),
            Fault::Unreachable => signing(Answer::Silence),
            Fault::CutOff => signing(Answer::cut_off(&signed(ARN, SIGNATURE).to_string())),
            Fault::Html => signing(Answer::html()),
            Fault::AnotherKey => signing(Answer::json(200, signed(OTHER, SIGNATURE))),
            Fault::CorruptedSignature => signing(Answer::json(200, signed(ARN, "MAYCAQECAQ=="))),
            Fault::CorruptedChecksum => return None,
        };
        let answers: Vec<_> = operations.iter().map(|operation| (*operation, answer.clone())).collect();
        let server = kms(&answers).await;
        let config = Config { timeout_ms: 300, ..config(&server.url) };
        let provider = build_with_credentials(&config, Some(credentials())).await.unwrap();
        let reference = match fault {
            Fault::WrongRegion => KeyReference::new(ARN.replace("eu-central-1", "us-east-1")),
            _ => KeyReference::new(ARN),
        };
        failing(fault, provider, reference, call, server)
    }
}

fn failing(
    fault: Fault,
    provider: Arc<dyn Provider>,
    reference: KeyReference,
    call: Call,
    server: ContractServer,
) -> Option<Failing> {
    // Its port is closed when it is dropped.
    let keep = (fault != Fault::Unreachable).then_some(server);
    Some(Failing { provider, reference, call, keep: Box::new(keep) })
}

#[tokio::test]
async fn every_fault_ends_in_its_class_with_words_that_help() {
    contract::fails_well(
        &Aws,
        &[(Fault::CorruptedChecksum, "KMS has no checksums: the pipeline verifies every signature")],
    )
    .await;
}
