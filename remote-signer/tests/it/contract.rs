//! What is promised in files: the example configuration, the OpenAPI document, who may import whom.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use splitsign_signer::api::openapi_json;
use splitsign_signer::config::{Config, Environment};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_example_shows_the_defaults() {
    let example = here("config.example.toml");
    let config = Config::load(Some(&example), &Environment::default()).unwrap();
    assert_eq!(config, Config::default());
}

/// The lines that are commented out are valid too, and sections and fields are all there: a field that the example
/// leaves out is found in the source of its `Config`.
#[test]
fn the_example_has_every_field() {
    let text = std::fs::read_to_string(here("config.example.toml")).unwrap();
    let is_setting =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| is_name(name));
    let uncommented = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(setting) if is_setting(setting) => setting,
        _ => line,
    });
    let table: toml::Table = toml::from_str(&uncommented.collect::<Vec<_>>().join("\n")).unwrap();
    let mut shown = BTreeSet::new();
    for (section, fields) in &table {
        for (field, value) in fields.as_table().unwrap() {
            match value.as_table() {
                Some(fields) if section == "providers" => {
                    shown.extend(fields.keys().map(|name| format!("{section}.{field}.{name}")));
                }
                _ => drop(shown.insert(format!("{section}.{field}"))),
            }
        }
    }
    let mut declared = BTreeSet::new();
    for (section, source, name) in [
        ("server", "src/api/mod.rs", "Config"),
        ("storage", "src/storage/mod.rs", "Config"),
        ("keys", "src/keys/mod.rs", "Config"),
        ("signing", "src/pipeline/mod.rs", "Config"),
        ("idempotency", "src/pipeline/mod.rs", "IdempotencyConfig"),
        ("telemetry", "src/telemetry/mod.rs", "Config"),
        ("health", "src/pipeline/health.rs", "HealthConfig"),
        ("dropins", "src/api/dropins.rs", "DropinsConfig"),
        ("providers.file", "src/providers/file/mod.rs", "Config"),
        ("providers.aws-kms", "src/providers/aws_kms/mod.rs", "Config"),
        ("providers.azure-kv", "src/providers/azure_kv/mod.rs", "Config"),
        ("providers.env", "src/providers/env/mod.rs", "Config"),
        ("providers.pkcs11", "src/providers/pkcs11/mod.rs", "Config"),
        ("providers.vault", "src/providers/vault/mod.rs", "Config"),
        ("providers.gcp-kms", "src/providers/gcp_kms/mod.rs", "Config"),
    ] {
        let source = std::fs::read_to_string(here(source)).unwrap();
        let (_, fields) = source.split_once(&format!("pub struct {name} {{")).unwrap();
        let fields = fields.split_once("\n}").unwrap().0;
        let names = fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
        declared.extend(names.map(|(name, _)| format!("{section}.{name}")));
    }
    assert_eq!(shown, declared);
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `SPLITSIGN_UPDATE=1 cargo test -p splitsign-signer --test it contract` writes it anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that is told by hand to write the file that it checks")]
fn the_openapi_document_is_fresh() {
    let path = here("../docs/openapi.json");
    if std::env::var_os("SPLITSIGN_UPDATE").is_some() {
        std::fs::write(&path, openapi_json()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, openapi_json(), "run: cargo run -p splitsign-signer -- openapi > docs/openapi.json");
}
