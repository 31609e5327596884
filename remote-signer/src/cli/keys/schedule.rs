//! `splitsign keys schedule`: how often keys rotate by themselves.

use core::str::FromStr;

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::keys::Form;
use crate::cli::{Context, output};
use crate::clock::{Clock as _, SystemClock};
use crate::identity::KeyId;
use crate::keys::{Every, Keys as KeyStore, ProviderSet, Scheduled};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Schedule {
    /// The key, tenant/name [default: all, to be shown]
    key: Option<KeyId>,
    /// How long a version signs: a number of days as 90d, `off`, or `default`: as the configuration says
    #[arg(long, value_name = "DAYS", requires = "key")]
    every: Option<Wish>,
    #[command(flatten)]
    form: Form,
}

/// Ten years: whoever wants longer says `off`.
const DAYS_MAX: u32 = 3650;

/// What is written behind `--every`.
#[derive(Clone, Copy, Debug)]
struct Wish(Every);

impl FromStr for Wish {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let every = match text {
            "off" => Every::Never,
            "default" => Every::Default,
            days => {
                let days = days
                    .strip_suffix('d')
                    .and_then(|days| days.parse::<u32>().ok())
                    .filter(|days| (1..=DAYS_MAX).contains(days));
                Every::Days(days.ok_or("write a number of days from 1d to 3650d, `off` or `default`")?)
            }
        };
        Ok(Self(every))
    }
}

impl Schedule {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let writes = self.every.is_some() && !self.form.dry_run;
        let storage = match writes {
            true => context.storage(&config, &clock).await?,
            false => context.storage_to_read(&config).await?,
        };
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let shown = self.set_and_show(&keys, &clock).await;
        storage.close().await;
        shown
    }

    async fn set_and_show(self, keys: &KeyStore, clock: &SystemClock) -> Result<(), Failure> {
        let scheduled = keys.scheduled(self.key.as_ref(), &ProviderSet::default()).await?;
        match (&self.key, self.every) {
            (Some(key), _) if scheduled.is_empty() => {
                Err(Failure::new(format!("there is no key {key}; `splitsign keys list` shows those that there are")))
            }
            (Some(key), Some(Wish(every))) if self.form.dry_run && self.form.json => {
                output::json(&json!({ "key": key.as_str(), "dryRun": true, "every": written(every) }))
            }
            (Some(key), Some(Wish(every))) if self.form.dry_run => {
                output::line(&format!("would be set: {key} rotates {}", words(every)))
            }
            (Some(key), Some(Wish(every))) => {
                keys.set_rotation(key, every, clock.now()).await?;
                show(&keys.scheduled(Some(key), &ProviderSet::default()).await?, self.form.json)
            }
            (_, None) | (None, Some(_)) => show(&scheduled, self.form.json),
        }
    }
}

fn words(every: Every) -> String {
    match every {
        Every::Default => "as the configuration says".to_owned(),
        Every::Never => "never by itself".to_owned(),
        Every::Days(days) => format!("every {days} days"),
    }
}

fn show(scheduled: &[Scheduled], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Value::Array(scheduled.iter().map(as_json).collect()));
    }
    let row = |key: &Scheduled| {
        let due = key.due().map_or("-".to_owned(), |due| due.to_string());
        let failed = key.failed.map_or(String::new(), |(failures, next_at)| format!("{failures}, next try {next_at}"));
        [key.id.to_string(), words(key.every), due, failed]
    };
    let rows: Vec<_> = scheduled.iter().map(row).collect();
    output::table(["KEY", "ROTATES", "DUE", "FAILURES"], &rows)
}

/// As `--every` takes it.
fn written(every: Every) -> String {
    match every {
        Every::Default => "default".to_owned(),
        Every::Never => "off".to_owned(),
        Every::Days(days) => format!("{days}d"),
    }
}

fn as_json(key: &Scheduled) -> Value {
    json!({
        "key": key.id.as_str(),
        "every": written(key.every),
        "dueAt": key.due().map(|due| due.to_string()),
        "failures": key.failed.map_or(0, |(failures, _)| failures),
        "nextTryAt": key.failed.map(|(_, next_at)| next_at.to_string()),
    })
}
