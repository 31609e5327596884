//! Tests.

use super::Config;

#[test]
fn configuration_has_defaults_and_refuses_unknown_fields() {
    let least = "module = \"/m.so\"\ntoken = \"t\"\npin = { env = \"PIN\" }\n";
    let config: Config = toml::from_str(least).unwrap();
    assert_eq!((config.sessions, config.timeout_ms, config.serial), (8, 30_000, None));
}
