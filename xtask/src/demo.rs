//! `cargo xtask demo`: the main job, end to end, on real files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use xtask_host::process::{exists, output, target_directory};
use xtask_host::signer::{KEY, Signer};
use xtask_host::{node, signer, toolchain};

use crate::wasm;

/// Files of the repository that are signed when none are given; one of them is an image.
const DEFAULT_FILES: &[&str] = &["docs/assets/flow.png", "README.md", "docs/openapi.json"];

/// What the JavaScript example prints for each object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    file: String,
    format: String,
    payload_bytes: u64,
    object_bytes: u64,
    digest: String,
    signature: String,
    prepare_ms: f64,
    sign_ms: f64,
    attach_ms: f64,
    verify_ms: f64,
}

/// Signs `files` through the WASM package and a signer on loopback, verifies what came out, and prints a table.
pub(crate) fn demo(root: &Path, out: &Path, files: &[PathBuf]) -> Result<()> {
    let files = existing(root, files)?;
    node::ensure_present()?;
    say_what_will_happen(root);
    toolchain::ensure_targets(root)?;
    let binary = build(root)?;

    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let data = fresh_folder(root)?;
    eprintln!("==> start a signer on loopback, with its data in {}", shown(root, &data));
    let running = Signer::start(binary, data.clone())?;
    let signed = sign(root, &running, out, &files)?;
    verify(&running, out, &signed)?;
    let by_openssl = exists("openssl") && verify_with_openssl(&data, out, &signed)?;
    running.stop()?;
    // Its keys were for this demo only.
    fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;

    print_table(&signed);
    println!();
    println!("{} objects made in Node with the WASM package, keys at the signer; verified by the core", signed.len());
    match by_openssl {
        true => println!("and each signature by openssl, which knows the digest, the signature and the public key."),
        false => println!("(openssl is not here: its second opinion was left out)."),
    }
    println!("Objects, public-key.pem and chain.pem are in {}", out.display());
    Ok(())
}

/// The first lines on the screen.
fn say_what_will_happen(root: &Path) {
    eprintln!("This signs files with the npm package in Node and a remote signer on 127.0.0.1, and verifies them:");
    eprintln!("  1. compile the core to WebAssembly, and the signer with the provider `file` alone");
    eprintln!("  2. start the signer with a key that is made for this demo, and sign");
    eprintln!("  3. verify every object with the core, and every signature with openssl");
    if target_directory(root).join("demo/splitsign").exists() {
        eprintln!("It was compiled before: this takes seconds, unless sources have changed.");
    } else {
        eprintln!(
            "The first time takes two to three minutes on two cores, with the crates to fetch; later ones take seconds."
        );
        eprintln!("Nothing is installed outside of this folder but what cargo, rustup and npm keep for themselves.");
    }
}

/// The npm package and the signer, side by side: much of both is work for one core.
fn build(root: &Path) -> Result<PathBuf> {
    std::thread::scope(|scope| {
        let package = scope.spawn(|| wasm::build(root));
        let signer = signer::build_for_demo(root);
        package.join().map_err(|_| anyhow::anyhow!("building the package panicked"))??;
        signer
    })
}

fn existing(root: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let files: Vec<_> =
        if files.is_empty() { DEFAULT_FILES.iter().map(|file| root.join(file)).collect() } else { files.to_vec() };
    let mut names = Vec::new();
    for file in &files {
        ensure!(file.is_file(), "{} is not a file: give paths of files that exist", file.display());
        let name = file.file_name();
        if names.contains(&name) {
            bail!("two files are named {}: sign them into two folders", file.display());
        }
        names.push(name);
    }
    files.iter().map(|file| file.canonicalize().with_context(|| format!("cannot read {}", file.display()))).collect()
}

/// A data folder that no earlier demo used.
fn fresh_folder(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/demo").join(format!("signer-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn sign(root: &Path, running: &Signer, out: &Path, files: &[PathBuf]) -> Result<Vec<Signed>> {
    eprintln!("==> prepare, sign remotely, attach: node bindings-wasm/examples/sign-files.mjs");
    let mut node = Command::new("node");
    node.current_dir(root)
        .arg("bindings-wasm/examples/sign-files.mjs")
        .arg(out.canonicalize().context("the folder was just made")?)
        .args(files)
        // What it shows is the WASM package, also where the addon is installed.
        .env("SPLITSIGN_BACKEND", "wasm")
        .env("SPLITSIGN_URL", running.url())
        .env("SPLITSIGN_TOKEN", running.token())
        .env("SPLITSIGN_KEY", KEY);
    let printed = output("sign-files.mjs", &mut node)?;
    printed.lines().map(|line| serde_json::from_str(line).with_context(|| format!("unexpected line: {line}"))).collect()
}

/// The command line verifies with the core, natively.
fn verify(running: &Signer, out: &Path, signed: &[Signed]) -> Result<()> {
    for object in signed {
        let folder = out.canonicalize().context("the folder was made before")?;
        let mut command = running.command();
        command.args(["verify", "--format", &object.format, "--key"]).arg(folder.join("public-key.pem"));
        if object.format == "cose" {
            command.arg("--payload").arg(folder.join(&object.file));
        }
        output("splitsign verify", command.arg(folder.join(format!("{}.{}", object.file, object.format))))?;
    }
    Ok(())
}

/// openssl verifies each signature over its digest.
fn verify_with_openssl(data: &Path, out: &Path, signed: &[Signed]) -> Result<bool> {
    for object in signed {
        let (digest, signature) = (data.join("digest"), data.join("signature.der"));
        let raw = splitsign_core::ecdsa::Signature::from_raw(&unhex(&object.signature)?)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut der = [0; splitsign_core::ecdsa::Signature::DER_LENGTH_MAX];
        let der = raw.to_der(&mut der).map_err(|error| anyhow::anyhow!("{error}"))?;
        put(&digest, &unhex(&object.digest)?)?;
        put(&signature, der)?;
        let mut openssl = Command::new("openssl");
        openssl.args(["pkeyutl", "-verify", "-pubin", "-inkey"]).arg(out.join("public-key.pem"));
        openssl.arg("-in").arg(&digest).arg("-sigfile").arg(&signature).stdin(Stdio::null());
        output("openssl pkeyutl -verify", &mut openssl)?;
    }
    Ok(true)
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16).context("hexadecimal digits"))
        .collect()
}

fn print_table(signed: &[Signed]) {
    let width = signed.iter().map(|object| object.file.len()).max().unwrap_or(0).max("file".len());
    println!();
    println!(
        "{:width$}  {:6}  {:>10}  {:>10}  {:>9}  {:>9}  {:>9}  {:>9}",
        "file", "format", "payload B", "object B", "t_prepare", "t_sign", "t_attach", "t_verify"
    );
    for object in signed {
        println!(
            "{:width$}  {:6}  {:>10}  {:>10}  {:>6.2} ms  {:>6.2} ms  {:>6.2} ms  {:>6.2} ms",
            object.file,
            object.format,
            object.payload_bytes,
            object.object_bytes,
            object.prepare_ms,
            object.sign_ms,
            object.attach_ms,
            object.verify_ms
        );
    }
}

fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
