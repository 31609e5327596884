//! What can be said about the tree without running it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::addon;
pub(crate) use crate::layers::check as layers;
use xtask_host::process::{cargo, exists, output, run, target_directory, tool};
use xtask_host::tools::Tools;

const GENERATOR: &str = "xtask/bindgen/Cargo.toml";
const EMBEDDED: &str = "thumbv7em-none-eabihf";
const WASM: &str = "wasm32-unknown-unknown";

pub(crate) fn format(root: &Path) -> Result<()> {
    run("format (cargo fmt --check)", &mut cargo(root, ["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` mends it")?;
    // Workspaces of their own.
    for manifest in ["benches/Cargo.toml", "core-nostd/fuzz/Cargo.toml", "xtask/bindgen/Cargo.toml"] {
        let format = ["fmt", "--manifest-path", manifest, "--all", "--check"];
        run(&format!("format, {manifest}"), &mut cargo(root, format))
            .with_context(|| format!("`cargo fmt --manifest-path {manifest} --all` mends it"))?;
    }
    Ok(())
}

pub(crate) fn clippy(root: &Path) -> Result<()> {
    run(
        "clippy, host",
        &mut cargo(root, ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    )?;
    let core = ["clippy", "--locked", "-p", "splitsign-proofs", "--target", EMBEDDED, "--", "-D", "warnings"];
    run("clippy, thumbv7em", &mut cargo(root, core))?;
    let mut firmware = cargo(root, ["clippy", "--locked", "-p", "splitsign-firmware", "--target", EMBEDDED]);
    run("clippy, firmware", firmware.args(["--features", "peer", "--", "-D", "warnings"]))?;
    let wasm = ["clippy", "--locked", "-p", "splitsign-wasm", "--target", WASM, "--", "-D", "warnings"];
    run("clippy, wasm32", &mut cargo(root, wasm))?;
    clippy_of_benches(root)
}

/// A workspace of its own, in the folder of this one: what both have was checked already.
fn clippy_of_benches(root: &Path) -> Result<()> {
    let in_benches = || {
        let mut command = cargo(root, ["clippy", "--locked", "--manifest-path", "benches/Cargo.toml", "--target-dir"]);
        command.arg(target_directory(root));
        command
    };
    let mut native = in_benches();
    native.args(["-p", "splitsign-benches", "-p", "splitsign-load"]);
    if Command::new("pkg-config").args(["--exists", "openssl"]).status().is_ok_and(|status| status.success()) {
        native.args(["--features", "splitsign-benches/openssl"]);
    }
    run("clippy, benches", native.args(["--", "-D", "warnings"]))?;
    let mut wasm = in_benches();
    wasm.args(["--target", WASM, "-p", "splitsign-bench-wasm-core", "-p", "splitsign-bench-wasm-p256"]);
    run("clippy, benches in WebAssembly", wasm.args(["--", "-D", "warnings"]))
}

/// Every operation of the core links without an allocator, whatever the features, and does not once something needs one.
/// The core's feature `alloc` is the one that has it in its name.
pub(crate) fn no_allocator(root: &Path) -> Result<()> {
    let build = |target: &str, features: &str| {
        let mut command = cargo(root, ["rustc", "--locked", "--quiet", "--release", "-p", "splitsign-proofs"]);
        command.args(["--crate-type", "staticlib", "--target", target, "--features", features]);
        command
    };
    for target in [EMBEDDED, WASM] {
        for features in ["", "large-generator-table"] {
            let what = if features.is_empty() { "default features" } else { features };
            run(&format!("link without an allocator, {target}, {what}"), &mut build(target, features))?;
        }
        let control = build(target, "control-with-allocator").output().context("cannot start cargo")?;
        let said = String::from_utf8_lossy(&control.stderr);
        ensure!(
            !control.status.success() && said.contains("no global memory allocator found"),
            "the positive control linked for {target} although it uses `alloc`: the check proves nothing any more\n{said}"
        );
    }
    Ok(())
}

/// What may come in with dependencies: deny.toml.
pub(crate) fn deny(root: &Path) -> Result<()> {
    let tools = Tools::prepare(root)?;
    // It looks at the crates of every platform; most of them were not needed to build here.
    run("fetch what the lock file names", &mut cargo(root, ["fetch", "--locked"]))?;
    // The generator of uniffi is a workspace of its own.
    run("fetch what its lock file names", &mut cargo(root, ["fetch", "--locked", "--manifest-path", GENERATOR]))?;
    for manifest in ["Cargo.toml", GENERATOR] {
        let mut command = Command::new(tools.program("cargo-deny"));
        command.current_dir(root).args(["--offline", "--config", "deny.toml", "--manifest-path", manifest]);
        command.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
        run(&format!("cargo deny, {manifest} (bans, licences, sources)"), &mut command)?;
    }
    Ok(())
}

/// Tables of the core in the bindings, and what the addon's packages say of each system.
pub(crate) fn generated(root: &Path) -> Result<()> {
    run("generated files", tool(root, "xtask-generate")?.arg("--check"))?;
    addon::generate(root, true)
}

/// The public interfaces of the libraries, and that the links of their documentation lead somewhere.
pub(crate) fn api(root: &Path, write: bool) -> Result<()> {
    let mut tool = tool(root, "xtask-public-api")?;
    run("public interfaces, rustdoc", tool.arg(if write { "--write" } else { "--check" }))
}

/// Lock files name the public registries or none at all.
pub(crate) fn lock_files(root: &Path) -> Result<()> {
    let listed = if exists("git") {
        output(
            "git ls-files",
            Command::new("git").current_dir(root).args(["ls-files", "*Cargo.lock", "*package-lock.json"]),
        )?
    } else {
        "Cargo.lock\nbenches/Cargo.lock\nbenches/wasm/package-lock.json\nbindings-wasm/package-lock.json".to_owned()
    };
    for name in listed.lines() {
        let text = fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))?;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let foreign = match line {
                _ if line.starts_with("source = ") => {
                    line != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
                }
                // A folder of this repository is no registry.
                _ if line.starts_with("\"resolved\": \"..") => false,
                _ => line.starts_with("\"resolved\":") && !line.contains("\"https://registry.npmjs.org/"),
            };
            if foreign {
                bail!(
                    "{name}:{}: `{line}` is not a public registry; make the lock file against the public one",
                    number + 1
                );
            }
        }
    }
    Ok(())
}
