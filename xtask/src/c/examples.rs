//! The examples that need a machine with an operating system: a file that is verified, and one that is signed remotely.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::compiler::{compile, folder};
use super::library::Library;
use xtask_host::process::{exists, output, target_directory};
use xtask_host::signer::{self, KEY, Signer};

/// Signs a file through a signer on loopback, verifies it, and sees that another file is refused.
pub(super) fn run_all(root: &Path, library: &Library) -> Result<()> {
    let home = folder(root, "examples")?;
    let source = |name: &str| root.join("bindings-c/examples").join(name);
    ensure!(exists("curl-config"), "libcurl is not here: install the Debian package libcurl4-openssl-dev");
    let curl = output("curl-config --libs", Command::new("curl-config").arg("--libs"))?;
    let curl: Vec<&str> = curl.split_whitespace().collect();
    let sign = compile(
        root,
        &source("sign_remotely.c"),
        "gcc",
        &["-std=c99"],
        &home.join("sign_remotely"),
        &library.archive,
        &curl,
    )?;
    let verify = compile(
        root,
        &source("verify_file.c"),
        "gcc",
        &["-std=c99"],
        &home.join("verify_file"),
        &library.archive,
        &[],
    )?;

    let data = target_directory(root).join("bindings-c").join(format!("signer-{}", std::process::id()));
    let running = Signer::start(signer::build_for_tests(root)?, data.clone())?;
    let (file, object, key) = (root.join("README.md"), home.join("readme.cose"), home.join("key.spki"));
    let mut signing = Command::new(&sign);
    signing.args([&file, &object, &key]).env("SPLITSIGN_URL", running.url()).env("SPLITSIGN_KEY", KEY);
    println!("    {}", output("sign_remotely", signing.env("SPLITSIGN_TOKEN", running.token()))?.trim());
    let mut denied = Command::new(&sign);
    denied.args([&file, &home.join("denied.cose"), &key]).env("SPLITSIGN_URL", running.url()).env("SPLITSIGN_KEY", KEY);
    ensure!(
        output("sign_remotely", denied.env("SPLITSIGN_TOKEN", "not-a-token")).is_err(),
        "sign_remotely signed with a token that is none"
    );
    running.stop()?;
    fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;

    let verify = |payload: &Path| output("verify_file", Command::new(&verify).args([&object, &key]).arg(payload));
    println!("    {}", verify(&file)?.trim());
    let other = verify(&root.join("STYLE.md"));
    ensure!(
        other.as_ref().is_err_and(|error| format!("{error:#}").contains("bad_signature")),
        "verify_file says of another file: {other:?}"
    );
    Ok(())
}
