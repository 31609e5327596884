//! The suite of faults, with something in the place of Vault.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{any_token, config, provider, vault};
use crate::providers::KeyReference;
use crate::providers::contract::{self, Answer, Call, Failing, Fault, Faulty};
use crate::providers::vault::Config;

const KEY: &str = "hashivault://acme/versions/2";
const SIGN: &str = "transit/sign/acme";

struct Transit;

fn errors(status: u16, words: &str) -> Answer {
    Answer::json(status, json!({ "errors": [words] }))
}

fn signed(signature: &str) -> Value {
    json!({ "data": { "signature": signature, "key_version": 2 } })
}

#[async_trait]
impl Faulty for Transit {
    const GUIDE: &'static str = "docs/guides/vault.md";
    const PERMISSION: &'static str = "path \"transit/sign/acme\" { capabilities = [\"update\"] }";
    const KEY: &'static str = KEY;

    async fn provoke(&self, fault: Fault) -> Option<Failing> {
        let good = signed("vault:v2:MAYCAQECAQI=");
        let mut answers = Vec::new();
        let mut call = Call::Sign;
        let answer = match fault {
            Fault::Throttled => (SIGN, errors(429, "request path \"transit/sign/acme\": rate limit quota exceeded")),
            Fault::Denied => (SIGN, errors(403, "1 error occurred:\n\t* permission denied\n\n")),
            Fault::Unauthenticated => {
                answers.push(("auth/token/lookup-self", errors(403, "permission denied")));
                (SIGN, errors(403, "permission denied"))
            }
            Fault::Disabled => (
                SIGN,
                errors(
                    500,
                    "1 error occurred:\n\t* requested version for signing is less than the minimum encryption key \
                     version\n\n",
                ),
            ),
            Fault::Deleted => (SIGN, errors(400, "signing key not found")),
            Fault::Missing => (SIGN, errors(400, "signing key not found")),
            Fault::WrongKeySpec => {
                call = Call::Describe;
                let key = json!({
                    "name": "acme", "type": "aes256-gcm96", "latest_version": 2, "min_decryption_version": 1,
                    "keys": { "1": 1_700_000_000, "2": 1_700_000_001 },
                });
                ("transit/keys/acme", Answer::json(200, json!({ "data": key })))
            }
            Fault::WrongRegion => {
                (SIGN, errors(404, "no handler for route \"transit/sign/acme\". route entry not found."))
            }
            Fault::Slow | Fault::Unreachable => (SIGN, Answer::Silence),
            Fault::Down => (SIGN, errors(503, "Vault is sealed")),
            Fault::CutOff => (SIGN, Answer::cut_off(&good.to_string())),
            Fault::Html => (SIGN, Answer::html()),
            // A Transit key has its versions, and this is what it can mix up.
            Fault::AnotherKey => (SIGN, Answer::json(200, signed("vault:v1:MAYCAQECAQI="))),
            Fault::CorruptedSignature => (SIGN, Answer::json(200, signed("vault:v2:MAYCAQECAQ=="))),
            Fault::CorruptedChecksum => return None,
        };
        answers.push(answer);
        let server = vault(&answers).await;
        let provider = provider(&Config { timeout_ms: 300, ..config(&server.url, any_token()) }).await;
        // Its port is closed when it is dropped.
        let keep = Box::new((fault != Fault::Unreachable).then_some(server));
        Some(Failing { provider, reference: KeyReference::new(KEY), call, keep })
    }
}

#[tokio::test]
async fn every_fault_ends_in_its_class_with_words_that_help() {
    contract::fails_well(
        &Transit,
        &[(Fault::CorruptedChecksum, "Transit has no checksums: the pipeline verifies every signature")],
    )
    .await;
}
