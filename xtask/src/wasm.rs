//! The WebAssembly below the npm package: built twice, with SIMD and without, bound, optimised, and once more as text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::node;
use crate::process::{cargo, cargo_home, output, run, target_directory};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";

/// One way to compile the same source.
pub(crate) struct Build {
    file: &'static str,
    /// For rustc, besides what every build gets.
    pub(crate) rustflags: &'static str,
    /// For wasm-opt, besides what every build gets.
    features: &'static [&'static str],
}

const BASELINE: Build =
    Build { file: "splitsign.wasm", rustflags: " --cfg sha2_backend_soft=\"compact\"", features: &[] };
/// For `sha2`, which has its message schedule in vectors.
pub(crate) const SIMD: Build =
    Build { file: "splitsign.simd.wasm", rustflags: " -C target-feature=+simd128", features: &["--enable-simd"] };

/// What every runtime since Node 20 knows. `--all-features` makes a module that Node 20 refuses.
const WASM_OPT: &[&str] = &[
    "-O3",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Builds everything into `bindings-wasm/js/wasm`, and returns that folder.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    let package = root.join("bindings-wasm");
    let out = package.join("js/wasm");
    node::install(&package)?;
    let new = tempdir(root)?;
    let glue = make(root, &package, &BASELINE, &new)?;
    let glue_of_simd = make(root, &package, &SIMD, &new)?;
    ensure!(glue == glue_of_simd, "the two builds need different JavaScript");
    put(&new.join("splitsign_wasm.js"), &glue)?;
    put(&new.join("inline.js"), inline_module(&fs::read(new.join(SIMD.file))?).as_bytes())?;

    fs::create_dir_all(&out)?;
    for name in ["splitsign_wasm.js", BASELINE.file, SIMD.file, "inline.js"] {
        // Renamed and not written in place: a test that runs meanwhile sees the old file or the new one.
        fs::rename(new.join(name), out.join(name)).with_context(|| format!("{name} to {}", out.display()))?;
    }
    // What is left of it must not get into the package.
    fs::remove_dir_all(&new)?;
    Ok(out)
}

/// Makes `build.file` in the folder `new`, and returns the JavaScript that calls it.
fn make(root: &Path, package: &Path, build: &Build, new: &Path) -> Result<Vec<u8>> {
    Bindgen::new()
        .input_path(compile(root, build)?)
        .out_name("bound")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate(new)
        .context("wasm-bindgen")?;
    let wasm = new.join(build.file);
    optimise(package, build, &new.join("bound_bg.wasm"), &wasm)?;
    eprintln!("    {} has {} bytes", build.file, fs::metadata(&wasm)?.len());
    Ok(fs::read(new.join("bound.js"))?)
}

fn compile(root: &Path, build: &Build) -> Result<PathBuf> {
    // A folder for each, as cargo would compile everything anew when the flags change.
    let directory = target_directory(root).join(build.file.trim_end_matches(".wasm"));
    let mut command =
        cargo(root, ["build", "--locked", "--package", "splitsign-wasm", "--profile", PROFILE, "--target", TARGET]);
    command.arg("--target-dir").arg(&directory);
    // A module must not say where it was built, and must be the same wherever that is.
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", remap(root)? + build.rustflags);
    run("compile the core to WebAssembly", &mut command)?;
    Ok(directory.join(TARGET).join(PROFILE).join("splitsign_wasm.wasm"))
}

pub(crate) fn remap(root: &Path) -> Result<String> {
    let mut flags = format!("--remap-path-prefix={}=splitsign", root.display());
    if let Some(home) = cargo_home() {
        flags.push_str(&format!(" --remap-path-prefix={}=cargo", home.display()));
    }
    // Where the sources of the standard library are installed, they are what panics name.
    let sysroot =
        output("rustc --print sysroot", Command::new("rustc").current_dir(root).args(["--print", "sysroot"]))?;
    flags.push_str(&format!(" --remap-path-prefix={}=rust", sysroot.trim()));
    Ok(flags)
}

/// wasm-opt as npm has it, with the flags of the package's own module.
pub(crate) fn optimise(package: &Path, build: &Build, from: &Path, to: &Path) -> Result<()> {
    let wasm_opt = package.join("node_modules/binaryen/bin/wasm-opt");
    ensure!(wasm_opt.exists(), "{} is missing after `npm ci`: is binaryen still a dependency?", wasm_opt.display());
    // Through node, as what npm links there is a script on one system and a batch file on another.
    run("wasm-opt", Command::new("node").arg(wasm_opt).args(WASM_OPT).args(build.features).arg(from).arg("-o").arg(to))
}

/// For runtimes that neither read files nor import WebAssembly.
fn inline_module(wasm: &[u8]) -> String {
    use splitsign_core::encoding::{Alphabet, base64_encode};
    let mut out = vec![0; wasm.len().div_ceil(3) * 4];
    let text = base64_encode(wasm, Alphabet::Standard, &mut out).expect("the buffer has the exact size");
    format!("// Generated by `cargo xtask wasm`.\nexport default \"{text}\";\n")
}

fn tempdir(root: &Path) -> Result<PathBuf> {
    // In the package, so that the rename stays on one file system.
    let path = root.join("bindings-wasm/js/wasm/.new");
    fs::create_dir_all(&path)?;
    Ok(path)
}

#[expect(clippy::disallowed_methods, reason = "into a folder that nobody reads yet")]
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())
}
