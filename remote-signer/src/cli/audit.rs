//! `splitsign audit`

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::audit::{Record, Trail, VerifyError};
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::encoding::hex;

/// The exit code for a chain that is broken, or that does not end where it should.
const BROKEN: u8 = 3;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// List records, or the intents without outcome
    List {
        /// Only intents whose outcome is not known, after a crash
        #[arg(long)]
        unresolved: bool,
        /// A JSON object in each line, with the bytes that the hash covers in `body`
        #[arg(long)]
        json: bool,
    },
    /// Compute the whole chain again; exit code 3 if it is broken
    Verify {
        /// SEQ:HASH of a head that was noted before and must still be in the chain
        #[arg(long, value_name = "SEQ:HASH")]
        expect_head: Option<String>,
    },
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let storage = context.storage_to_read(&context.config()?).await?;
        let trail = Trail::new(storage.clone());
        let done = match self {
            Self::List { unresolved: true, json } => list_unresolved(&trail, json).await,
            Self::List { unresolved: false, json } => list(&trail, json).await,
            Self::Verify { expect_head } => verify(&trail, expect_head).await,
        };
        storage.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }
}

async fn list(trail: &Trail, json: bool) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let page = trail.records_after(after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        for record in &page {
            output::line(&if json { as_json(record).to_string() } else { as_text(record) })?;
        }
    }
}

fn as_json(record: &Record) -> Value {
    json!({"seq": record.seq, "previous": hex(&record.previous), "hash": hex(&record.hash), "body": record.body})
}

/// Number, time, kind, and the rest as `name=value`.
fn as_text(record: &Record) -> String {
    let body: Value = serde_json::from_str(&record.body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let member = |name: &str| body.get(name).map(&text).unwrap_or_default();
    let rest = body.as_object().into_iter().flatten();
    let rest = rest.filter(|(name, _)| !["seq", "at", "kind"].contains(&name.as_str()));
    let rest: Vec<String> = rest.map(|(name, value)| format!("{name}={}", text(value))).collect();
    format!("{:>6}  {}  {:<22}  {}", record.seq, member("at"), member("kind"), rest.join(" ")).trim_end().to_owned()
}

async fn list_unresolved(trail: &Trail, json: bool) -> Result<(), Failure> {
    let intents = trail.unresolved().await?;
    if json {
        for intent in &intents {
            let line = json!({
                "requestId": intent.request_id.as_str(),
                "keyId": intent.key_id,
                "keyVersion": intent.key_version,
                "digest": hex(&intent.digest),
                "at": intent.at.to_string(),
            });
            output::line(&line.to_string())?;
        }
        return Ok(());
    }
    let rows: Vec<_> = intents
        .iter()
        .map(|intent| {
            let (request, version) = (intent.request_id.to_string(), intent.key_version.to_string());
            [request, intent.at.to_string(), intent.key_id.clone(), version, hex(&intent.digest)]
        })
        .collect();
    output::table(["REQUEST", "INTENT AT", "KEY", "VERSION", "DIGEST"], &rows)
}

async fn verify(trail: &Trail, expect_head: Option<String>) -> Result<(), Failure> {
    let head = trail.verify().await.map_err(|error| match error {
        VerifyError::Broken(_) => Failure::from(error).with_code(BROKEN),
        VerifyError::Storage(_) => Failure::from(error),
    })?;
    if let Some(expected) = expect_head {
        let (seq, hash) = expected.split_once(':').ok_or_else(|| Failure::usage("write --expect-head as SEQ:HASH"))?;
        let seq: i64 = seq.parse().map_err(|_| Failure::usage("the SEQ of --expect-head is not a number"))?;
        let record = trail.records_after(seq.saturating_sub(1)).await?.into_iter().next();
        let found = record.filter(|record| record.seq == seq).map(|record| hex(&record.hash));
        if found.as_deref() != Some(&hash.to_ascii_lowercase()) {
            return Err(Failure::new(format!(
                "the chain is whole, but has not {hash} at {seq}: it is another one, or was cut off"
            ))
            .with_code(BROKEN));
        }
    }
    output::line(&format!("{} records, whole; head {}:{}", head.seq, head.seq, hex(head.hash.as_bytes())))
}
