//! `splitsign token`: works on the data directory, also beside a service that runs.

use core::time::Duration;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::auth::{NewToken, TokenEntry, TokenId, TokenKind, Tokens};
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::clock::{Clock as _, SystemClock, UnixMillis};
use crate::identity::{KeyId, KeyScope, TenantId};
use crate::keys::Keys as KeyStore;

/// On whose behalf an admin acts who signs nothing.
const ADMIN_TENANT: &str = "operator";

const DAY_SECONDS: u64 = 24 * 60 * 60;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token; it is shown once
    Create(Create),
    /// List tokens, without their secrets
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token, at once
    Revoke {
        /// Its id: what is between the first and the second underscore
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// On whose behalf
    #[arg(long, required_unless_present_any = ["c2pa", "admin"])]
    tenant: Option<TenantId>,
    /// A key that it may use; repeat for more
    #[arg(
        long = "key",
        value_name = "TENANT/NAME",
        required_unless_present_any = ["all_keys", "c2pa", "admin"],
        conflicts_with = "all_keys"
    )]
    keys: Vec<KeyId>,
    /// It may use every key of the tenant, also those that are made later
    #[arg(long, requires = "tenant")]
    all_keys: bool,
    /// It opens the admin interface and /metrics; it signs nothing unless keys are named as well
    #[arg(long, conflicts_with = "c2pa")]
    admin: bool,
    /// Instead: for the URL of a C2PA remote signer; it signs C2PA claims with this key and nothing else
    #[arg(long, value_name = "TENANT/NAME", conflicts_with_all = ["tenant", "keys", "all_keys"])]
    c2pa: Option<KeyId>,
    /// What it is for
    #[arg(long, default_value = "")]
    label: String,
    /// Days until it expires [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    expires_in: Option<u32>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Token {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let storage = match self {
            Self::List { .. } => context.storage_to_read(&config).await?,
            Self::Create(_) | Self::Revoke { .. } => context.storage(&config, &clock).await?,
        };
        let tokens = Tokens::new(storage.clone());
        let done = match self {
            Self::Create(create) => {
                let keys = KeyStore::new(storage.clone(), config.keys.clone());
                create.run(&tokens, &keys, clock.now()).await
            }
            Self::List { json } => list(&tokens, json, clock.now()).await,
            Self::Revoke { id } => tokens.revoke(&TokenId::new(id), clock.now()).await.map_err(Failure::from),
        };
        storage.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self, tokens: &Tokens, keys: &KeyStore, now: UnixMillis) -> Result<(), Failure> {
        let kind = if self.c2pa.is_some() { TokenKind::C2paUrl } else { TokenKind::Api };
        // clap requires one of them.
        let tenant = self.tenant.or_else(|| self.c2pa.as_ref().map(|key| key.tenant().clone()));
        let operator = || (self.admin && self.keys.is_empty()).then(|| ADMIN_TENANT.parse().ok()).flatten();
        let tenant = tenant.or_else(operator).ok_or_else(|| Failure::usage("say on whose behalf, with --tenant"))?;
        let named: Vec<KeyId> = self.keys.into_iter().chain(self.c2pa).collect();
        for strange in named.iter().filter(|key| *key.tenant() != tenant) {
            let policy = keys.policy(strange).await?.unwrap_or_default();
            if !policy.admits(strange, &tenant) {
                return Err(Failure::usage(format!(
                    "key {strange} is not one of tenant {0}, and its policy does not share it: \
                     `splitsign keys policy set {strange} --tenant {1} --tenant {0}` would",
                    tenant,
                    strange.tenant()
                )));
            }
        }
        for key in &named {
            if keys.versions(key).await?.is_empty() {
                // No error: tokens may be made before their keys.
                output::error_line(&format!("splitsign: there is no key {key} yet; `splitsign keys list` shows all"));
            }
        }
        let lifetime = |days: u32| Duration::from_secs(u64::from(days) * DAY_SECONDS);
        let new = NewToken {
            tenant,
            scope: if self.all_keys { KeyScope::All } else { KeyScope::Only(named.into_iter().collect()) },
            label: self.label,
            expires_at: self.expires_in.map(|days| now.after(lifetime(days))),
        };
        let expires_at = new.expires_at.map(|time| time.to_string());
        let token = match self.admin {
            true => tokens.create_admin(new, now).await?,
            false => tokens.create_kind(kind, new, now).await?,
        };
        if self.json {
            return output::json(
                &json!({"id": token.id().as_str(), "token": *token.reveal(), "expiresAt": expires_at}),
            );
        }
        output::line(&token.reveal())
    }
}

async fn list(tokens: &Tokens, json: bool, now: UnixMillis) -> Result<(), Failure> {
    let entries = tokens.all().await?;
    if json {
        return output::json(&Value::Array(entries.iter().map(|entry| as_json(entry, now)).collect()));
    }
    let row = |entry: &TokenEntry| {
        [
            entry.id.to_string(),
            if entry.admin { "admin".to_owned() } else { entry.kind.name().to_owned() },
            entry.tenant.to_string(),
            state(entry, now).to_owned(),
            keys(&entry.scope).map_or_else(|| "all".to_owned(), |keys| keys.join(",")),
            entry.expires_at.map_or_else(|| "never".to_owned(), |time| time.to_string()),
            entry.label.clone(),
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    output::table(["ID", "KIND", "TENANT", "STATE", "KEYS", "EXPIRES", "LABEL"], &rows)
}

fn state(entry: &TokenEntry, now: UnixMillis) -> &'static str {
    match entry.revoked_at {
        Some(_) => "revoked",
        None if entry.is_valid(now) => "valid",
        None => "expired",
    }
}

fn keys(scope: &KeyScope) -> Option<Vec<&str>> {
    match scope {
        KeyScope::All => None,
        KeyScope::Only(keys) => Some(keys.iter().map(KeyId::as_str).collect()),
    }
}

fn as_json(entry: &TokenEntry, now: UnixMillis) -> Value {
    json!({
        "id": entry.id.as_str(),
        "kind": entry.kind.name(),
        "admin": entry.admin,
        "tenant": entry.tenant.as_str(),
        "state": state(entry, now),
        "keys": keys(&entry.scope),
        "label": entry.label,
        "createdAt": entry.created_at.to_string(),
        "expiresAt": entry.expires_at.map(|time| time.to_string()),
        "revokedAt": entry.revoked_at.map(|time| time.to_string()),
    })
}
