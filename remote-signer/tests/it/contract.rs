//! What is promised in files: the example configuration, the OpenAPI document, who may import whom.

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
