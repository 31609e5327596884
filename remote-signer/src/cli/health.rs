//! `splitsign health`

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::client::Service;
use crate::cli::failure::Failure;
use crate::cli::output;

#[derive(Debug, clap::Args)]
pub(super) struct Health {
    /// The service
    #[arg(long, default_value = "http://127.0.0.1:8700")]
    url: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Health {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let service = Service::new(&self.url)?;
        let mut healthy = true;
        let mut all = serde_json::Map::new();
        // Each says 503 itself where something is wrong.
        for name in ["live", "ready", "kms"] {
            let answer = service.get(&format!("/health/{name}"), None).await?;
            healthy &= answer.status.is_success();
            all.insert(name.to_owned(), answer.body);
        }
        if self.json {
            output::json(&Value::Object(all))?;
        } else {
            print(&all)?;
        }
        Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(all: &serde_json::Map<String, Value>) -> Result<(), Failure> {
    let text = |name: &str, member: &str| {
        let value = all.get(name).and_then(|body| body.get(member)).unwrap_or(&Value::Null);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    output::line(&format!("live        {}", text("live", "status")))?;
    output::line(&format!("ready       {}", text("ready", "status")))?;
    let checked = all.get("kms").and_then(|body| body.get("checkedAt")).and_then(Value::as_str);
    let checked = checked.map_or_else(|| "not yet".to_owned(), |at| format!("checked {at}"));
    let reason = all.get("kms").and_then(|body| body.get("reason")).and_then(Value::as_str);
    let reason = reason.map(|reason| format!(", {reason}")).unwrap_or_default();
    output::line(&format!("kms         {} ({}{reason}; {checked})", text("kms", "status"), text("kms", "provider")))?;
    output::line(&format!("unresolved  {}", text("ready", "unresolvedIntents")))
}
