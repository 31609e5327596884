//! What can happen. The names and members are those of docs/audit.md; they are added to and never changed.

use serde::Serialize;

use crate::clock::UnixMillis;

/// Something that is recorded.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "docs/audit.md says what each member means, for readers without our code")]
pub enum Event {
    SignIntent {
        request_id: String,
        tenant: String,
        token_id: String,
        key_id: String,
        key_version: u32,
        digest: String,
        profile: &'static str,
        idempotent: bool,
    },
    SignOutcome {
        request_id: String,
        #[serde(flatten)]
        outcome: SigningOutcome,
    },
    IntentUnresolved {
        request_id: String,
    },
    KeyCreated {
        key_id: String,
        key_version: u32,
        state: &'static str,
        until: Option<String>,
        by: &'static str,
        provider: String,
        reference: String,
        kid: String,
    },
    KeyStateChanged {
        key_id: String,
        key_version: u32,
        from: &'static str,
        to: &'static str,
        until: Option<String>,
        by: &'static str,
        forced: bool,
        reason: Option<String>,
    },
    ChainImported {
        key_id: String,
        key_version: u32,
        certificates: usize,
        leaf_sha256: String,
        not_before: String,
        not_after: String,
        by: &'static str,
    },
    KeyUseIntent {
        key_id: String,
        key_version: u32,
        purpose: &'static str,
        digest: String,
    },
    KeyUseOutcome {
        key_id: String,
        key_version: u32,
        purpose: &'static str,
        digest: String,
        #[serde(flatten)]
        outcome: SigningOutcome,
    },
    RotationPolicySet {
        key_id: String,
        /// `None`: as the configuration says; 0: never.
        every_days: Option<u32>,
    },
    RotationFailed {
        key_id: String,
        provider: String,
        failure: &'static str,
        failures: i64,
        next_at: String,
    },
    PolicySet {
        key_id: String,
        policy: serde_json::Value,
    },
    PolicyCleared {
        key_id: String,
    },
    PolicyRefused {
        request_id: String,
        tenant: String,
        token_id: String,
        key_id: String,
        rule: &'static str,
    },
    TokenCreated {
        token_id: String,
        token_kind: &'static str,
        admin: bool,
        tenant: String,
        label: String,
        /// `None`: all keys of the tenant.
        keys: Option<Vec<String>>,
        expires_at: Option<String>,
    },
    TokenRevoked {
        token_id: String,
    },
    AdminAction {
        request_id: String,
        token_id: String,
        action: &'static str,
        /// What was asked for, or what came of it.
        detail: String,
    },
    ServiceStarted {
        version: &'static str,
    },
    ServiceStopped {},
}

/// How a signing ended.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "docs/audit.md says what each member means, for readers without our code")]
pub enum SigningOutcome {
    Signed { signature: String },
    Failed { failure: &'static str },
}

/// The body of a record, which the hash covers.
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    seq: i64,
    at: String,
    #[serde(flatten)]
    event: &'a Event,
}

impl<'a> Body<'a> {
    pub(super) fn new(seq: i64, at: UnixMillis, event: &'a Event) -> Self {
        Self { seq, at: at.to_string(), event }
    }
}
