//! The environment, read once.

use alloc::collections::BTreeMap;

/// What our variables start with. `SPLITSIGN_TOKEN`, with one underscore, is no override.
const PREFIX: &str = "SPLITSIGN__";

/// The sections, as variables have them.
pub(super) const SECTIONS: [&str; 9] =
    ["SERVER", "STORAGE", "KEYS", "SIGNING", "IDEMPOTENCY", "TELEMETRY", "HEALTH", "DROPINS", "PROVIDERS"];

/// The variables that the process was started with; those that are not UTF-8 are left out.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads them.
    #[must_use]
    pub fn capture() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(text).collect()
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The name of a variable that looks like an override and is none, and the one that was meant.
    pub(super) fn mistaken(&self) -> Option<(&str, String)> {
        let mistaken = |name: &String| {
            let rest = name.strip_prefix("SPLITSIGN_").filter(|rest| !rest.starts_with('_'))?;
            let (section, field) = SECTIONS.iter().find_map(|section| {
                Some((section, rest.strip_prefix(section)?.strip_prefix('_')?.trim_start_matches('_')))
            })?;
            Some(format!("{PREFIX}{section}__{field}"))
        };
        self.0.keys().find_map(|name| Some((name.as_str(), mistaken(name)?)))
    }

    pub(super) fn overrides(&self) -> Vec<Override> {
        self.0.iter().filter_map(|(name, value)| Override::read(name, value)).collect()
    }
}

/// Names only: values may be secrets.
impl core::fmt::Debug for Environment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

/// A field that the environment sets.
pub(super) struct Override {
    pub(super) name: String,
    path: Vec<String>,
    value: toml::Value,
}

impl Override {
    fn read(name: &str, text: &str) -> Option<Self> {
        let mut path: Vec<String> = name.strip_prefix(PREFIX)?.split("__").map(str::to_lowercase).collect();
        // Providers have hyphens in their names, variables cannot.
        if let [section, provider, ..] = path.as_mut_slice()
            && section == "providers"
        {
            *provider = provider.replace('_', "-");
        }
        let toml: Option<toml::Table> = toml::from_str(&format!("value = {text}")).ok();
        let value = toml.and_then(|mut table| if table.len() == 1 { table.remove("value") } else { None });
        let value = value.unwrap_or_else(|| toml::Value::String(text.to_owned()));
        Some(Self { name: name.to_owned(), path, value })
    }

    pub(super) fn apply(&self, table: &mut toml::Table) {
        let Some((field, sections)) = self.path.split_last() else { return };
        let mut place = table;
        for section in sections {
            let entry = place.entry(section.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if !entry.is_table() {
                *entry = toml::Value::Table(toml::Table::new());
            }
            let toml::Value::Table(inner) = entry else { return };
            place = inner;
        }
        place.insert(field.clone(), self.value.clone());
    }
}
