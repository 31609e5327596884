//! Builds of the remote signer with one provider each: what is left out must not be missed.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::process::{cargo, run};

/// Compiles the signer with each provider alone, and in one of these builds asks for the others.
pub(crate) fn alone(root: &Path) -> Result<()> {
    let names = names(root)?;
    for name in &names {
        let what = format!("the signer with the provider {name} alone (cargo check)");
        run(&what, cargo(root, ["check", "--locked", "--quiet", "-p", "splitsign-signer"]).args(with(name)))?;
    }
    let smallest = names.iter().find(|name| *name == "env").context("there is a provider env")?;
    let mut test = cargo(root, ["test", "--locked", "--quiet", "-p", "splitsign-signer", "--test", "providers"]);
    run("what a signer with one provider says of the others (cargo test)", test.args(with(smallest)))
}

fn with(name: &str) -> [&str; 3] {
    ["--no-default-features", "--features", name]
}

/// The features of the signer, each of which is a provider.
fn names(root: &Path) -> Result<Vec<String>> {
    let path = root.join("remote-signer/Cargo.toml");
    let manifest = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let features = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    let names: Vec<_> = features
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ["))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name != "default")
        .collect();
    ensure!(!names.is_empty(), "{} has no section [features] with a provider", path.display());
    Ok(names)
}
