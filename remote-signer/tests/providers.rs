//! The names of providers: the start ends over one that there is not, and says which there are. `cargo xtask
//! test` asks the program with one provider for the others by itself: this also runs in such builds, by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use splitsign_signer::app::PROVIDERS;

/// Exit code and standard error of a start with this provider.
fn start(provider: &str) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let config = format!(
        "[storage]\ndirectory = \"data\"\n[server]\nlisten = \"127.0.0.1:0\"\n[providers.{provider:?}]\nx = 1\n"
    );
    std::fs::File::create(directory.path().join("splitsign.toml")).unwrap().write_all(config.as_bytes()).unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_splitsign"));
    let output = serve.current_dir(directory.path()).arg("serve").output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("listening"), "it serves without its provider");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// What an error lists as built.
fn list() -> String {
    PROVIDERS.iter().filter(|(_, is_built)| *is_built).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_provider_that_there_is_not_stops_the_start() {
    for name in ["kms", "AWS-KMS", "aws_kms", "softhsm"] {
        let (code, stderr) = start(name);
        assert_ne!(code, Some(0));
        assert!(stderr.contains(&format!("there is no provider `{name}`")), "{stderr}");
        assert!(stderr.contains(&format!("this program has: {}", list())), "{stderr}");
        assert!(stderr.contains("docs/guides/providers.md"), "{stderr}");
    }
}

#[test]
fn a_provider_that_is_not_built_stops_the_start_and_names_its_feature() {
    for &(name, is_built) in PROVIDERS {
        let (code, stderr) = start(name);
        assert_ne!(code, Some(0), "{name} has no field `x`");
        if is_built {
            assert!(stderr.contains(&format!("[providers.{name}] is not valid")), "{stderr}");
        } else {
            assert!(stderr.contains(&format!("--features {name}`")), "{stderr}");
            assert!(stderr.contains(&format!("this program has: {}", list())), "{stderr}");
        }
    }
}

/// The list of the program and the guide, which must have every feature.
#[test]
fn the_lists_have_every_provider() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let features = manifest["features"].as_table().unwrap();
    let mut declared: Vec<&str> = features.keys().map(String::as_str).filter(|name| *name != "default").collect();
    declared.sort_unstable();
    assert_eq!(PROVIDERS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), declared);
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/providers.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for name in declared {
        assert!(guide.contains(&format!("`{name}`")), "docs/guides/providers.md does not know {name}");
        assert!(guide.contains(&format!("{name}.md)")), "docs/guides/providers.md does not lead to the page of {name}");
    }
}
