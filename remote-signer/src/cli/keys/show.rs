//! `splitsign keys list` and `show`.

use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::keys::{as_json, state_and_time};
use crate::cli::{Context, output, public_key};
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{KeyEntry, KeyState, Keys as KeyStore};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Show {
    /// The key, tenant/name
    key: KeyId,
    /// This version, instead of the active one
    #[arg(long, value_name = "N")]
    key_version: Option<KeyVersion>,
    /// As JSON
    #[arg(long, group = "form")]
    json: bool,
    /// Only the public key, as PEM
    #[arg(long, group = "form")]
    public_key: bool,
    /// Only the certificate chain, as PEM, leaf first
    #[arg(long, group = "form")]
    certificates: bool,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.config()?;
        let storage = context.storage_to_read(&config).await?;
        let entries = KeyStore::new(storage.clone(), config.keys.clone()).all().await?;
        storage.close().await;
        if self.json {
            return output::json(&Value::Array(entries.iter().map(without_certificates).collect()));
        }
        table(&entries)
    }
}

/// Of thousands of keys, they are not read; to say that there are none would be wrong.
fn without_certificates(entry: &KeyEntry) -> Value {
    let mut shown = as_json(entry);
    if let Some(members) = shown.as_object_mut() {
        members.remove("certificateChain");
        members.remove("certificateNotAfter");
    }
    shown
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.config()?;
        let storage = context.storage_to_read(&config).await?;
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let versions = keys.versions_with_certificates(&self.key).await?;
        storage.close().await;
        if versions.is_empty() {
            return Err(Failure::new(format!(
                "there is no key {}; `splitsign keys list` shows those that there are",
                self.key
            )));
        }
        let is_meant = |entry: &&KeyEntry| match self.key_version {
            Some(version) => entry.version == version,
            None => entry.state == KeyState::Active,
        };
        let meant = versions.iter().find(is_meant).ok_or_else(|| {
            let what = self.key_version.map_or("no active version".to_owned(), |number| format!("no version {number}"));
            Failure::new(format!("key {} has {what}; `splitsign keys show {}` lists its versions", self.key, self.key))
        });
        if self.json {
            return output::json(&Value::Array(versions.iter().map(as_json).collect()));
        }
        if self.public_key {
            return output::text(&public_key::pem("PUBLIC KEY", &meant?.public_key.to_spki()));
        }
        if self.certificates {
            let chain = &meant?.certificate_chain;
            return chain.iter().try_for_each(|der| output::text(&public_key::pem("CERTIFICATE", der)));
        }
        table(&versions)
    }
}

fn table(entries: &[KeyEntry]) -> Result<(), Failure> {
    let row = |entry: &KeyEntry| {
        [
            entry.id.to_string(),
            entry.version.to_string(),
            state_and_time(entry.state),
            entry.provider.clone(),
            entry.kid.clone(),
            entry.created_at.to_string(),
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    output::table(["KEY", "VERSION", "STATE", "PROVIDER", "KID", "CREATED"], &rows)
}
