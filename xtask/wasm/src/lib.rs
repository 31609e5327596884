//! The WebAssembly below the npm package: built twice, with SIMD and without, bound, optimised, and once more as text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, ensure};
use splitsign_core::digest::Sha256;
use wasm_bindgen_cli_support::Bindgen;

use xtask_host::node;
use xtask_host::process::{cargo, remap_paths, run, target_directory};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";

/// One way to compile the same source.
#[derive(Debug)]
pub struct Build {
    file: &'static str,
    /// For rustc, besides what every build gets.
    pub rustflags: &'static str,
    /// For wasm-opt, besides what every build gets.
    features: &'static [&'static str],
}

const BASELINE: Build =
    Build { file: "splitsign.wasm", rustflags: " --cfg sha2_backend_soft=\"compact\"", features: &[] };
/// For `sha2`, which has its message schedule in vectors.
pub const SIMD: Build =
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

/// What the package has of them.
const FILES: [&str; 4] = ["splitsign_wasm.js", BASELINE.file, SIMD.file, "inline.js"];

/// Builds everything into `bindings-wasm/js/wasm`, and returns that folder.
///
/// # Errors
///
/// npm, the compiler, wasm-bindgen or wasm-opt fails.
pub fn build(root: &Path) -> Result<PathBuf> {
    let package = root.join("bindings-wasm");
    let out = package.join("js/wasm");
    node::install(&package)?;
    let [baseline, simd] = compile_both(root)?;
    let marker = target_directory(root).join("splitsign/packaged.sha256");
    let inputs = fingerprint(&package, &baseline, &simd)?;
    let is_there = FILES.iter().all(|name| out.join(name).exists());
    if is_there && fs::read(&marker).is_ok_and(|packaged| packaged == inputs) {
        return Ok(out);
    }
    let new = tempdir(root)?;
    let glue = make(&baseline, &package, &BASELINE, &new)?;
    let glue_of_simd = make(&simd, &package, &SIMD, &new)?;
    ensure!(glue == glue_of_simd, "the two builds need different JavaScript");
    put(&new.join("splitsign_wasm.js"), &glue)?;
    put(&new.join("inline.js"), inline_module(&fs::read(new.join(SIMD.file))?).as_bytes())?;

    fs::create_dir_all(&out)?;
    for name in FILES {
        // Renamed and not written in place: a test that runs meanwhile sees the old file or the new one.
        fs::rename(new.join(name), out.join(name)).with_context(|| format!("{name} to {}", out.display()))?;
    }
    // What is left of it must not get into the package.
    fs::remove_dir_all(&new)?;
    put(&marker, &inputs)?;
    Ok(out)
}

/// Side by side: the end of each is one thread of the linker.
fn compile_both(root: &Path) -> Result<[PathBuf; 2]> {
    std::thread::scope(|scope| {
        let simd = scope.spawn(|| compile(root, &SIMD));
        let baseline = compile(root, &BASELINE);
        let simd = simd.join().map_err(|_| anyhow!("compiling panicked"))?;
        Ok([baseline?, simd?])
    })
}

/// All that the files of the package are made of, but this program.
fn fingerprint(package: &Path, baseline: &Path, simd: &Path) -> Result<Vec<u8>> {
    let mut sha256 = Sha256::new();
    for path in [baseline, simd, &package.join("package-lock.json")] {
        sha256.update(&fs::read(path).with_context(|| path.display().to_string())?);
    }
    sha256.update(WASM_OPT.concat().as_bytes());
    sha256.update(include_bytes!("lib.rs"));
    Ok(sha256.finish().as_bytes().to_vec())
}

/// Makes `build.file` in the folder `new`, and returns the JavaScript that calls it.
fn make(compiled: &Path, package: &Path, build: &Build, new: &Path) -> Result<Vec<u8>> {
    Bindgen::new()
        .input_path(compiled)
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
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", remap_paths(root)? + build.rustflags);
    run("compile the core to WebAssembly", &mut command)?;
    Ok(directory.join(TARGET).join(PROFILE).join("splitsign_wasm.wasm"))
}

/// wasm-opt as npm has it, with the flags of the package's own module.
///
/// # Errors
///
/// It is not installed, or refuses the module.
pub fn optimise(package: &Path, build: &Build, from: &Path, to: &Path) -> Result<()> {
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
