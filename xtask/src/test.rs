//! `cargo xtask test`: everything, and what came of it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process::{cargo, exists, now, run, target_directory};
use crate::python::Environment;
use crate::{
    addon, bench, c, c2patool, check, conformance, debian, demo, fuzz, miri, node, pkcs11, proofs, providers, runtimes,
    signer, terraform, uniffi, vectors, wasm,
};

/// Runs every check and every test. Steps behind a failure still run, so that one run tells all.
pub(crate) fn test(root: &Path, quick: bool, long: bool) -> Result<()> {
    let start = now();
    let mut results = check::check(root, quick)?;
    let mut step = |name: &str, result: Result<()>| {
        if let Err(error) = &result {
            eprintln!("\x1b[31m==> {name}: {error:#}\x1b[0m");
        }
        results.push((name.to_owned(), result));
    };

    step("build the WASM package", wasm::build(root).map(drop));
    step("WASM package in Node and workerd", npm_test(root));
    step("native addon, packed npm packages", addon::test(root));
    if quick {
        step("Rust", rust(root, None));
    } else {
        debian::install_missing();
        let python = Environment::prepare(root);
        let environment = python.as_ref().ok();
        step("Rust", rust(root, environment));
        step("each provider alone", providers::alone(root));
        step("npm package in Deno, Bun and Chromium, from bundles of esbuild and vite", runtimes::test(root));
        step("the core on a Cortex-M4 (QEMU): verdicts, stack, instructions", proofs::on_the_small_machine(root));
        step("benches, one round of each", bench::smoke(root));
        step("a second of load, ours and OpenBao's", with(&python, |python| bench::load::smoke(root, python)));
        step("NIST's vectors", with(&python, |python| nist(root, python)));
        step("corpora of the fuzz targets", fuzz::corpora(root));
        for (name, result) in [fuzz::targets(root, long), miri::tests(root)] {
            step(&name, result);
        }
        step("conformance vectors: generated again, schema", with(&python, |python| vectors::check(root, python)));
        step("Python: the wheel, its types, its tests, its README", uniffi::test_python(root));
        step("Kotlin on the JVM; Kotlin and Swift are fresh", uniffi::test_kotlin(root));
        step(
            "conformance: every implementation, the same answers",
            with(&python, |python| conformance::compare(root, python)),
        );
        step("bindings-c: C99 and C++17, sanitizers, Valgrind, a firmware, what is installed, examples", c::test(root));
        let objects = root.join("target/demo/objects");
        step("Terraform module for AWS", with(&python, |python| terraform::test(root, python)));
        step("demo", demo::demo(root, &objects, &[]));
        step("strangers in Node (jose)", strangers_in_node(root, &objects));
        step(
            "strangers in Python (pycose, joserfc, securesystemslib, openssl; c2pa, hvac, pyHanko), README",
            with(&python, |python| strangers(root, python, &objects, long)),
        );
    }

    println!();
    for (name, result) in &results {
        match result {
            Ok(()) => println!("ok      {name}"),
            Err(error) => println!("FAILED  {name}: {error:#}"),
        }
    }
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    println!();
    println!(
        "{:.0} s{}",
        start.elapsed().as_secs_f64(),
        if quick { ", quick: strangers, demo, benches and licences left out" } else { "" }
    );
    println!("{} passed, {failed} failed", results.len() - failed);
    ensure!(failed == 0, "{failed} of {} steps failed; each one is named above", results.len());
    Ok(())
}

/// The programs without which tests of the signer leave themselves out. `debian` installs them, or says that it cannot.
const CALLED_BY_TESTS: [&str; 3] = ["openssl", "curl", "gcc"];

fn rust(root: &Path, python: Option<&Environment>) -> Result<()> {
    // By itself: it is compiled already, and with the features of the whole workspace it would be compiled again.
    let own = run("tests of xtask (cargo test)", &mut cargo(root, ["test", "--locked", "-p", "xtask"]));
    let mut command = cargo(root, ["test", "--locked", "--workspace", "--exclude", "xtask", "--no-fail-fast"]);
    match python {
        Some(environment) => {
            command.env("SPLITSIGN_MINISTACK", environment.program("ministack"));
            command.env("SPLITSIGN_OPENBAO", environment.program("bao"));
            command.env("SPLITSIGN_CLOUDS_PYTHON", environment.python());
        }
        None => eprintln!(
            "    AWS KMS, Vault and what clouds say of their own are left out: what stands for them needs the Python \
             environment"
        ),
    }
    let told = pkcs11::tell(&mut command);
    // What is missing was said: here, or as it could not be installed. Otherwise a test that leaves itself out fails.
    if python.is_some() && told && CALLED_BY_TESTS.iter().all(|program| exists(program)) {
        command.env("SPLITSIGN_TESTS_COMPLETE", "1");
    }
    run("Rust tests (cargo test)", &mut command).and(own)
}

/// What needs Python; without it, why there is none.
fn with(python: &Result<Environment>, step: impl FnOnce(&Environment) -> Result<()>) -> Result<()> {
    match python {
        Ok(environment) => step(environment),
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    }
}

/// The tests that are ignored where nobody says where the vectors are.
fn nist(root: &Path, python: &Environment) -> Result<()> {
    let vectors = python.package("cryptography_vectors")?;
    let mut command = cargo(root, ["test", "--locked", "--quiet", "-p", "splitsign-core", "--test", "it"]);
    command.args(["--", "--ignored", "nist::"]).env("SPLITSIGN_NIST_VECTORS", vectors);
    run("NIST's signatures, keys and SHA-256 (cargo test)", &mut command)
}

fn npm_test(root: &Path) -> Result<()> {
    let package = root.join("bindings-wasm");
    node::install(&package)?;
    run("JavaScript tests (npm test)", Command::new("npm").current_dir(package).args(["test", "--silent"]))
}

fn strangers_in_node(root: &Path, objects: &Path) -> Result<()> {
    let package = root.join("conformance/strangers");
    node::install(&package)?;
    let mut command = Command::new("node");
    command.current_dir(package).args(["--test", "--test-reporter=spec", "jose.test.mjs"]);
    run("npm `jose` verifies the demo's tokens", command.env("SPLITSIGN_DEMO_DIR", objects))
}

fn strangers(root: &Path, python: &Environment, objects: &Path, long: bool) -> Result<()> {
    let mut pytest = Command::new(python.python());
    pytest
        .current_dir(root.join("conformance/strangers"))
        .args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"])
        .env("SPLITSIGN_BIN", signer::build(root)?)
        // `cargo test` built them.
        .env("SPLITSIGN_EXAMPLES", target_directory(root).join("debug/examples"))
        .env("SPLITSIGN_DEMO_DIR", objects);
    if long {
        pytest.env("SPLITSIGN_C2PATOOL", c2patool::install(root)?);
    }
    run("programs that nobody here wrote (pytest)", &mut pytest).context("see conformance/strangers")
}
