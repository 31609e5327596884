//! `splitsign keys policy`, and tokens for keys that are shared, with the real binary.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use serde_json::{Value, json};

struct Place(tempfile::TempDir);

impl Place {
    /// With the key `acme/c2pa`.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let passphrase = place.write("passphrase", "correct horse battery staple");
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
        place.write("splitsign.toml", "[providers.file]\npassphrase = { file = \"passphrase\" }\nscrypt_log_n = 1\n");
        place.ok(&["keys", "create", "acme/c2pa"]);
        place
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_splitsign")).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn shown(&self) -> Value {
        serde_json::from_str(&self.ok(&["keys", "policy", "show", "acme/c2pa", "--json"])).unwrap()
    }

    fn kinds(&self) -> Vec<String> {
        let lines = self.ok(&["audit", "list", "--json"]);
        let kind = |line: &str| {
            let record: Value = serde_json::from_str(line).unwrap();
            let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            body["kind"].as_str().unwrap().to_owned()
        };
        lines.lines().map(kind).collect()
    }
}

#[test]
fn set_show_and_clear() {
    let place = Place::new();
    assert_eq!(
        place.ok(&["keys", "policy", "show", "acme/c2pa"]).lines().next(),
        Some("acme/c2pa: no policy; the default one")
    );
    assert_eq!(place.shown(), json!({"maxTbsBytes": 32768}));
    let options =
        ["--profile", "jws", "--profile", "cose-sign1", "--hours", "mon-fri 08:00-18:00", "--require-pinned-version"];
    let set = [&["keys", "policy", "set", "acme/c2pa"][..], &options].concat();
    let would = place.ok(&[&set[..], &["--dry-run"]].concat());
    assert!(would.starts_with("would set") && would.contains("cose-sign1, jws"), "{would}");
    assert_eq!(place.shown(), json!({"maxTbsBytes": 32768}), "a dry run changes nothing");
    place.ok(&set);
    let expected = json!({
        "profiles": ["cose-sign1", "jws"],
        "maxTbsBytes": 32768,
        "requirePinnedVersion": true,
        "hours": ["mon-fri 08:00-18:00"],
    });
    assert_eq!(place.shown(), expected);
    // What is shown can be set, and `set` replaces all of it.
    place.write("policy.json", &expected.to_string());
    place.ok(&["keys", "policy", "set", "acme/c2pa", "--max-tbs-bytes", "1000"]);
    assert_eq!(place.shown(), json!({"maxTbsBytes": 1000}));
    place.ok(&["keys", "policy", "set", "acme/c2pa", "--file", "policy.json"]);
    assert_eq!(place.shown(), expected);
    assert!(place.ok(&["keys", "policy", "clear", "acme/c2pa", "--dry-run"]).starts_with("would clear"));
    assert_eq!(place.shown(), expected);
    assert_eq!(place.ok(&["keys", "policy", "clear", "acme/c2pa"]), "policy of acme/c2pa cleared\n");
    assert_eq!(place.ok(&["keys", "policy", "clear", "acme/c2pa"]), "acme/c2pa has no policy\n");
    let kinds = place.kinds();
    let count = |kind: &str| kinds.iter().filter(|other| *other == kind).count();
    assert_eq!((count("policy_set"), count("policy_cleared")), (3, 1));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let place = Place::new();
    place.write("bad.json", r#"{"profile": ["jws"]}"#);
    for (arguments, code, named) in [
        (&["--profile", "jwt"][..], 2, "jwt"),
        (&["--hours", "9-17"], 2, "mon-fri 08:00-18:00"),
        (&["--max-tbs-bytes", "0"], 2, "maxTbsBytes"),
        (&["--not-after", "tomorrow"], 2, "2026-12-31T23:59:59Z"),
        (&["--file", "bad.json"], 2, "profile"),
        (&["--file", "missing.json"], 1, "missing.json"),
        (&["--file", "bad.json", "--profile", "jws"], 2, "--file"),
    ] {
        let (status, error) = place.fails(&[&["keys", "policy", "set", "acme/c2pa"][..], arguments].concat());
        assert!(status == code && error.contains(named), "{arguments:?}: {status} {error}");
    }
    for command in [
        &["set", "acme/nothing"][..],
        &["set", "acme/nothing", "--dry-run"],
        &["show", "acme/nothing"],
        &["clear", "acme/nothing"],
    ] {
        let (status, error) = place.fails(&[&["keys", "policy"][..], command].concat());
        assert!(status == 1 && error.contains("there is no key acme/nothing"), "{command:?}: {status} {error}");
    }
    let large = place.run(&["keys", "policy", "set", "acme/c2pa", "--max-tbs-bytes", "1000000"]);
    let said = String::from_utf8(large.stderr).unwrap();
    assert!(large.status.success() && said.contains("server.max_body_bytes"), "{said}");
    assert_eq!(place.shown(), json!({"maxTbsBytes": 1_000_000}));
}

#[test]
fn a_token_may_name_a_key_that_its_owner_shares() {
    let place = Place::new();
    let create = ["token", "create", "--tenant", "partner", "--key", "acme/c2pa"];
    let (status, error) = place.fails(&create);
    assert!(status == 2 && error.contains("keys policy set acme/c2pa --tenant acme --tenant partner"), "{error}");
    place.ok(&["keys", "policy", "set", "acme/c2pa", "--tenant", "acme", "--tenant", "partner"]);
    place.ok(&create);
    let rival = place.fails(&["token", "create", "--tenant", "rival", "--key", "acme/c2pa"]);
    assert_eq!(rival.0, 2, "{}", rival.1);
}
