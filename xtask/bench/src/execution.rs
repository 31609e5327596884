//! Building everybody, and running them: one native process, and one Node process.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::measurement::Samples;
use super::rows::{IN_ADDON, IN_NODE, IN_QEMU};
use xtask_host::node;
use xtask_host::process::{cargo, exists, output, run, target_directory};
use xtask_proofs::firmware;
use xtask_wasm as wasm;

const WASM: &str = "wasm32-unknown-unknown";

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: u32,
    /// Passes of a round, each over 64 signatures of every contender.
    native_passes: u32,
    node_passes: u32,
    /// What Node's compilers get for each contender before it is measured.
    node_warm_ms: u32,
}

impl Effort {
    pub(crate) const FULL: Self = Self { rounds: 15, native_passes: 11, node_passes: 5, node_warm_ms: 400 };
    pub(crate) const QUICK: Self = Self { rounds: 9, native_passes: 3, node_passes: 3, node_warm_ms: 150 };
    /// Shows that everything builds, comes out right and refuses what is wrong. The times mean nothing.
    pub(crate) const SMOKE: Self = Self { rounds: 1, native_passes: 1, node_passes: 1, node_warm_ms: 0 };
}

/// What Node says about where it runs.
#[derive(Deserialize)]
pub(crate) struct Facts {
    pub(crate) date: String,
    pub(crate) node: String,
    pub(crate) machine: Machine,
}

/// The kind of machine; nothing that names a certain one.
#[derive(Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: u32,
    pub(crate) os: String,
    pub(crate) arch: String,
}

#[derive(Deserialize)]
struct Printed {
    samples: Samples,
}

#[derive(Deserialize)]
struct PrintedInNode {
    samples: Samples,
    facts: Facts,
}

/// Where the benches are built: apart from the workspace, whose lock file they do not share.
pub(crate) fn target(root: &Path) -> PathBuf {
    target_directory(root).join("benches")
}

/// `cargo` in the workspace of the benches.
pub(crate) fn in_benches(root: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo(root, arguments.iter().take(1));
    command.args(["--manifest-path", "benches/Cargo.toml", "--locked", "--target-dir"]).arg(target(root));
    command.args(arguments.iter().skip(1));
    command
}

/// Whether the crate `openssl` would find the system's OpenSSL.
pub(crate) fn has_openssl() -> bool {
    let mut command = Command::new("pkg-config");
    command.args(["--exists", "openssl"]).status().is_ok_and(|status| status.success())
}

fn features() -> &'static [&'static str] {
    if has_openssl() { &["--features", "openssl"] } else { &[] }
}

/// What `cargo xtask check` does for the workspace.
pub(crate) fn clippy(root: &Path) -> Result<()> {
    // In the profile of the benches, so that the peers' C is compiled once.
    let mut native = in_benches(root, &["clippy", "--profile", "bench-native", "-p", "splitsign-benches"]);
    run("clippy, benches", native.args(features()).args(["--", "-D", "warnings"]))?;
    let mut wasm = in_benches(root, &["clippy", "--profile", "bench-wasm", "--target", WASM]);
    wasm.args(["-p", "splitsign-bench-wasm-core", "-p", "splitsign-bench-wasm-p256", "--", "-D", "warnings"]);
    run("clippy, benches in WebAssembly", &mut wasm)
}

/// The native process.
pub(crate) fn native(root: &Path, effort: Effort) -> Result<Samples> {
    let mut build = in_benches(root, &["build", "--profile", "bench-native", "-p", "splitsign-benches"]);
    run("build the native peers (the first time takes a minute or two)", build.args(features()))?;
    let binary = target(root).join("bench-native").join(format!("splitsign-benches{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(binary);
    command.args([effort.rounds, effort.native_passes].map(|number| number.to_string()));
    eprintln!("    measuring, native");
    let printed: Printed = serde_json::from_str(&output("native benches", &mut command)?).context("native benches")?;
    Ok(printed.samples)
}

/// The Node process; the npm package must have been built.
pub(crate) fn in_node(root: &Path, effort: Effort) -> Result<(Samples, Facts)> {
    let mut build = in_benches(root, &["build", "--profile", "bench-wasm", "--target", WASM]);
    build.args(["-p", "splitsign-bench-wasm-core", "-p", "splitsign-bench-wasm-p256"]);
    // As the build that Node takes.
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", wasm::SIMD.rustflags.trim());
    run("build the peers in WebAssembly", &mut build)?;
    let built = target(root).join(WASM).join("bench-wasm");
    let mut modules = Vec::new();
    for name in ["core", "p256"] {
        let module = built.join(format!("{name}.optimised.wasm"));
        // The same for both as for the module that we ship.
        let compiled = built.join(format!("splitsign_bench_wasm_{name}.wasm"));
        wasm::optimise(&root.join("bindings-wasm"), &wasm::SIMD, &compiled, &module)?;
        modules.push(module);
    }

    let package = root.join("benches/wasm");
    node::install(&package)?;
    let mut command = Command::new("node");
    command.current_dir(&package).arg("bench.mjs");
    // The rows say WASM, also where the addon is installed.
    command.env("SPLITSIGN_BACKEND", "wasm");
    command.args([effort.rounds, effort.node_passes, effort.node_warm_ms].map(|number| number.to_string()));
    eprintln!("    measuring, Node");
    let printed = output("benches in Node", command.args(modules))?;
    let PrintedInNode { samples, facts } = serde_json::from_str(&printed).context("benches in Node")?;
    let samples = samples.into_iter().map(|(name, times)| (format!("{IN_NODE}{name}"), times)).collect();
    Ok((samples, facts))
}

#[derive(Deserialize)]
struct PrintedWithAddon {
    samples: Samples,
    missing: Option<String>,
}

/// The Node process that has the native addon, after [`in_node`]; none where it is not built.
pub(crate) fn with_the_addon(root: &Path, effort: Effort) -> Result<Samples> {
    let mut command = Command::new("node");
    command.current_dir(root.join("benches/wasm")).arg("bench-native.mjs").env("SPLITSIGN_BACKEND", "native");
    command.args([effort.rounds, effort.node_passes, effort.node_warm_ms].map(|number| number.to_string()));
    eprintln!("    measuring, Node with the addon");
    let printed = output("benches with the native addon", &mut command)?;
    let PrintedWithAddon { samples, missing } =
        serde_json::from_str(&printed).context("benches with the native addon")?;
    if let Some(why) = missing {
        eprintln!("    \x1b[33mTHE NATIVE ADDON IS NOT MEASURED: {why}\x1b[0m");
    }
    Ok(samples.into_iter().map(|(name, times)| (format!("{IN_ADDON}{name}"), times)).collect())
}

/// Instructions of one verification on a small machine, which are the same in every round; none without QEMU.
pub(crate) fn under_qemu(root: &Path, effort: Effort) -> Result<Samples> {
    if !exists(firmware::QEMU) {
        eprintln!("    {} is not here: no instructions are counted", firmware::QEMU);
        return Ok(Samples::new());
    }
    let firmware::Comparison { ours, p256 } = firmware::compare(root)?;
    let samples = [("verify", ours), ("p256", p256)].into_iter().map(|(name, instructions)| {
        let rounds = (0..effort.rounds).map(|_| instructions as f64).collect();
        (format!("{IN_QEMU}{name}"), rounds)
    });
    Ok(samples.collect())
}
