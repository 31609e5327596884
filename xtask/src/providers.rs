//! Builds of the remote signer with one provider each: what is left out must not be missed.

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;

use anyhow::{Context as _, Result, bail, ensure};
use xtask_host::process::{as_typed, output, packages, run, target_directory};
use xtask_host::signer;
use xtask_host::tools::Tools;

/// What the demo's build of the signer has.
const BUILT: &str = "file";
/// How long a start that is refused may take.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// Compiles the signer with each provider alone.
pub(crate) fn alone(root: &Path, tools: &Tools) -> Result<()> {
    // Every feature of the signer is a provider. All together is what everything else compiles.
    let mut hack = Command::new(tools.program("cargo-hack"));
    as_typed(&mut hack).current_dir(root).args([
        "hack",
        "check",
        "--locked",
        "--quiet",
        "--package",
        "splitsign-signer",
    ]);
    hack.args(["--each-feature", "--exclude-features", "default"]);
    hack.args(["--exclude-no-default-features", "--exclude-all-features"]);
    run("the signer with each provider alone (cargo hack check)", &mut hack)
}

/// Builds the signer as the demo does, with one provider, and asks it for each of the others.
pub(crate) fn one(root: &Path) -> Result<()> {
    let binary = signer::build_for_demo(root)?;
    let folder = target_directory(root).join("demo/providers");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for name in names(root)?.iter().filter(|name| *name != BUILT) {
        let config = folder.join("splitsign.toml");
        let text = format!("[storage]\ndirectory = \"data\"\n[server]\nlisten = \"127.0.0.1:0\"\n[providers.{name}]\n");
        fs::File::create(&config)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| config.display().to_string())?;
        let ended = start(Command::new(&binary).current_dir(&folder).arg("serve"))?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(!ended.status.success(), "with the provider `{name}`, which is not built, it served");
        let wanted = [format!("this program has: {BUILT}"), format!("--features {name}`")];
        for words in wanted {
            ensure!(said.contains(&words), "with the provider `{name}`, it does not say `{words}`: {said}");
        }
    }
    eprintln!("    a signer with the provider `{BUILT}` names itself, what it lacks and how to have it");
    Ok(())
}

/// Runs the signer, which is to end by itself at once; one that serves is stopped.
fn start(command: &mut Command) -> Result<Output> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("cannot start the signer")?;
    let (id, (ended, endings)) = (child.id().to_string(), channel());
    // The receiver may have given up.
    std::thread::spawn(move || drop(ended.send(child.wait_with_output())));
    if let Ok(output) = endings.recv_timeout(ENDS_WITHIN) {
        return output.context("cannot wait for the signer");
    }
    output("kill", Command::new("kill").arg(id))?;
    bail!("the signer goes on with a provider that it does not have")
}

/// All providers: the features of the signer.
fn names(root: &Path) -> Result<Vec<String>> {
    let packages = packages(root)?;
    let signer = packages.iter().find(|package| package["name"] == "splitsign-signer").context("there is a signer")?;
    let features = signer["features"].as_object().context("the signer has features")?;
    let names: Vec<_> = features.keys().filter(|name| *name != "default").cloned().collect();
    ensure!(names.len() > 1, "the signer has no features for providers");
    Ok(names)
}
