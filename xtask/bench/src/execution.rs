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
    profile: Profile,
    /// Passes of a round, each over 64 signatures of every contender.
    native_passes: u32,
    node_passes: u32,
    /// What Node's compilers get for each contender before it is measured.
    node_warm_ms: u32,
}

impl Effort {
    pub(crate) const FULL: Self =
        Self { rounds: 15, profile: Profile::Measured, native_passes: 11, node_passes: 5, node_warm_ms: 400 };
    pub(crate) const QUICK: Self =
        Self { rounds: 9, profile: Profile::Measured, native_passes: 3, node_passes: 3, node_warm_ms: 150 };
    /// Shows that everything builds, comes out right and refuses what is wrong. The times mean nothing.
    pub(crate) const SMOKE: Self =
        Self { rounds: 1, profile: Profile::Tests, native_passes: 1, node_passes: 1, node_warm_ms: 0 };
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

/// How the benches are compiled.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// With what every library has at best, in a folder of its own.
    Measured,
    /// As the tests of the workspace, and in its folder, so that what both have is compiled once.
    Tests,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Measured => "bench-native",
            Self::Tests => "dev",
        }
    }

    fn target(self, root: &Path) -> PathBuf {
        match self {
            Self::Measured => target_directory(root).join("benches"),
            Self::Tests => target_directory(root),
        }
    }

    /// Builds a program of the workspace of the benches, and says where it is.
    pub(crate) fn build(self, root: &Path, package: &str, options: &[&str]) -> Result<PathBuf> {
        let mut build = in_benches(root, &self.target(root), self.name());
        run(
            &format!("build {package} (the first time takes a minute or two)"),
            build.args(["-p", package]).args(options),
        )?;
        let folder = match self {
            Self::Measured => "bench-native",
            Self::Tests => "debug",
        };
        Ok(self.target(root).join(folder).join(format!("{package}{}", std::env::consts::EXE_SUFFIX)))
    }
}

/// `cargo build` in the workspace of the benches.
fn in_benches(root: &Path, target: &Path, profile: &str) -> Command {
    let mut command = cargo(root, ["build", "--locked", "--manifest-path", "benches/Cargo.toml", "--profile", profile]);
    command.arg("--target-dir").arg(target);
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

/// The native process.
pub(crate) fn native(root: &Path, effort: Effort) -> Result<Samples> {
    let mut command = Command::new(effort.profile.build(root, "splitsign-benches", features())?);
    command.args([effort.rounds, effort.native_passes].map(|number| number.to_string()));
    eprintln!("    measuring, native");
    let printed: Printed = serde_json::from_str(&output("native benches", &mut command)?).context("native benches")?;
    Ok(printed.samples)
}

/// The Node process; the npm package must have been built.
pub(crate) fn in_node(root: &Path, effort: Effort) -> Result<(Samples, Facts)> {
    // In a folder of its own, as its flags are not those of other modules.
    let target = Profile::Measured.target(root);
    let mut build = in_benches(root, &target, "bench-wasm");
    build.args(["--target", WASM, "-p", "splitsign-bench-wasm-core", "-p", "splitsign-bench-wasm-p256"]);
    // As the build that Node takes.
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", wasm::SIMD.rustflags.trim());
    run("build the peers in WebAssembly", &mut build)?;
    let built = target.join(WASM).join("bench-wasm");
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
