//! Every field of the configuration, as its type has it: words, default, whether it must be there. `config.example.toml`
//! says the same.
//!
//! The types derive their JSON schema in tests, so no list here can be out of date: a field is in the schema because it is
//! in the type, with the default that serde takes and the words that stand at the field.

use alloc::collections::{BTreeMap, BTreeSet};

use schemars::{Schema, schema_for};
use serde_json::Value;

use crate::app::PROVIDERS;
use crate::config::Config;

/// What numbers are counted in: one of these stands in the words of each.
const UNITS: &[&str] = &[
    "milliseconds",
    "seconds",
    "hours",
    "days",
    "bytes",
    "keys",
    "connections",
    "requests",
    "sessions",
    "binary logarithm",
];

/// Those that a name may end in.
const SUFFIXES: &[(&str, &str)] =
    &[("_ms", "milliseconds"), ("_seconds", "seconds"), ("_hours", "hours"), ("_days", "days"), ("_bytes", "bytes")];

/// A field, as its type has it.
#[derive(Debug)]
struct Field {
    words: String,
    /// `None` if it must be there.
    default: Option<Value>,
    is_number: bool,
}

/// A setting of the example.
#[derive(Debug)]
struct Setting {
    /// The comment above it.
    words: String,
    value: Value,
    is_commented_out: bool,
}

/// The sections of the providers in this build.
fn providers() -> Vec<(&'static str, Schema)> {
    vec![
        #[cfg(feature = "aws-kms")]
        ("aws-kms", schema_for!(crate::providers::aws_kms::Config)),
        #[cfg(feature = "azure-kv")]
        ("azure-kv", schema_for!(crate::providers::azure_kv::Config)),
        #[cfg(feature = "env")]
        ("env", schema_for!(crate::providers::env::Config)),
        #[cfg(feature = "file")]
        ("file", schema_for!(crate::providers::file::Config)),
        #[cfg(feature = "gcp-kms")]
        ("gcp-kms", schema_for!(crate::providers::gcp_kms::Config)),
        #[cfg(feature = "pkcs11")]
        ("pkcs11", schema_for!(crate::providers::pkcs11::Config)),
        #[cfg(feature = "vault")]
        ("vault", schema_for!(crate::providers::vault::Config)),
    ]
}

/// Every field, by its path.
fn fields() -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::new();
    let config = schema_for!(Config).to_value();
    for (section, property) in config["properties"].as_object().unwrap() {
        add(&config, resolved(&config, property), section, &mut fields);
    }
    for (name, schema) in providers() {
        let schema = schema.to_value();
        add(&schema, &schema, &format!("providers.{name}"), &mut fields);
    }
    fields
}

/// The fields of one table, and of the tables that have any name in one of them.
fn add(root: &Value, table: &Value, path: &str, fields: &mut BTreeMap<String, Field>) {
    assert_eq!(table["additionalProperties"], false, "[{path}] takes fields that there are not");
    let required = table["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in table["properties"].as_object().unwrap() {
        let path = format!("{path}.{name}");
        let description = property["description"].as_str().unwrap_or_default();
        let each = &property["additionalProperties"];
        let may_be_null = property["anyOf"].as_array().is_some_and(|any| any.iter().any(|of| of["type"] == "null"));
        let default = match property.get("default") {
            _ if required.contains(&Value::from(name.as_str())) => None,
            Some(default) => Some(default.clone()),
            // A reference to a secret, and a table of tables: what there is not is nothing.
            None if may_be_null || each.is_object() => Some(Value::Null),
            None => panic!("{path}: its type must derive Serialize in tests, so that its default can be seen"),
        };
        let is_number = property["type"] == "integer";
        let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
        fields.insert(path.clone(), Field { words, default, is_number });
        if each.is_object() {
            add(root, resolved(root, each), &format!("{path}.*"), fields);
        }
    }
}

/// A schema, or the one that it refers to.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    root.pointer(reference.trim_start_matches('#')).unwrap()
}

/// Every setting of the example, by its path. The name of a table that may have any name is `*`.
fn settings() -> BTreeMap<String, Setting> {
    let (mut settings, mut section, mut words) = (BTreeMap::new(), String::new(), Vec::new());
    for line in include_str!("../../config.example.toml").lines() {
        let (text, is_commented_out) = line.strip_prefix("# ").map_or((line, false), |text| (text, true));
        if let Some(header) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            header.clone_into(&mut section);
            if let Some((map, _)) = header.split_once("keys.") {
                let setting = Setting { words: words.join(" "), value: Value::Null, is_commented_out };
                settings.insert(format!("{map}keys"), setting);
                section = format!("{map}keys.*");
            }
            words.clear();
        } else if let Some((name, _)) = text.split_once(" = ").filter(|(name, _)| is_name(name)) {
            let table: toml::Table = toml::from_str(text).unwrap();
            let value = serde_json::to_value(&table[name]).unwrap();
            let setting = Setting { words: words.join(" "), value, is_commented_out };
            settings.insert(format!("{section}.{name}"), setting);
            words.clear();
        } else if is_commented_out {
            words.push(text);
        } else {
            words.clear();
        }
    }
    settings.retain(|path, _| is_built(path));
    settings
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Not a field of a provider that this build leaves out.
fn is_built(path: &str) -> bool {
    path.strip_prefix("providers.").is_none_or(|rest| {
        let provider = rest.split('.').next().unwrap();
        PROVIDERS.iter().any(|(name, is_built)| *name == provider && *is_built)
    })
}

/// Fails with everything that is wrong, one line each.
fn none_of(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_provider_of_this_build_is_looked_at() {
    let built: BTreeSet<_> = PROVIDERS.iter().filter(|(_, is_built)| *is_built).map(|(name, _)| *name).collect();
    assert_eq!(providers().into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), built);
}

#[test]
fn the_example_has_every_field_and_no_other() {
    let (fields, settings) = (fields(), settings());
    let missing = fields.keys().filter(|path| !settings.contains_key(*path));
    let unknown = settings.keys().filter(|path| !fields.contains_key(*path));
    let faults: Vec<_> = missing.map(|path| format!("{path}: the example does not show it")).collect();
    none_of(&faults);
    none_of(&unknown.map(|path| format!("{path}: the example shows it, and no type has it")).collect::<Vec<_>>());
}

#[test]
fn the_example_shows_each_default() {
    let (fields, mut faults) = (fields(), Vec::new());
    for (path, setting) in settings() {
        // What has no field is a fault of its own.
        let Some(field) = fields.get(&path) else { continue };
        let default = field.default.as_ref().filter(|default| !default.is_null());
        let belongs_to_a_provider = path.starts_with("providers.");
        match default {
            Some(default) if *default != setting.value => {
                faults.push(format!("{path}: the example shows {}, and the default is {default}", setting.value));
            }
            Some(_) if setting.is_commented_out && !belongs_to_a_provider => {
                faults.push(format!("{path}: it has a default, and is commented out"));
            }
            None if !setting.is_commented_out => {
                faults.push(format!("{path}: it has no default, and is not commented out"));
            }
            _ => {}
        }
    }
    none_of(&faults);
}

#[test]
fn every_field_says_meaning_unit_default_and_what_it_prevents() {
    let (mut faults, settings) = (Vec::new(), settings());
    for (path, field) in fields() {
        let of_the_example = settings.get(&path).map(|setting| ("the example", &setting.words));
        for (place, words) in [("its type", &field.words)].into_iter().chain(of_the_example) {
            let mut fault = |what: &str| faults.push(format!("{path}: {place} does not say {what}: {words}"));
            match words.split_once("Prevents") {
                Some((meaning, mistake)) if mistake.len() > 10 => {
                    if meaning.len() < 10 {
                        fault("what it means");
                    }
                }
                _ => fault("which mistake it prevents"),
            }
            let lower = words.to_lowercase();
            let suffix = SUFFIXES.iter().find(|(suffix, _)| path.ends_with(suffix));
            if suffix.is_some_and(|(_, unit)| !lower.contains(unit)) {
                fault("the unit that its name has");
            }
            if field.is_number && !UNITS.iter().any(|unit| lower.contains(unit)) {
                fault("what it is counted in");
            }
        }
        // The example has the default itself.
        let words = field.words.replace('`', "");
        let says_default = match &field.default {
            None => true,
            Some(Value::String(default)) => words.contains(&format!("efault {default}")),
            Some(default @ (Value::Number(_) | Value::Bool(_))) => words.contains(&format!("efault {default}")),
            Some(_) => words.contains("efault"),
        };
        if !says_default {
            faults.push(format!("{path}: its type does not say that the default is {:?}: {words}", field.default));
        }
    }
    none_of(&faults);
}
