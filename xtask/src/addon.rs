//! The native addon of Node: one npm package for each system that it is built for, and the packages as npm packs them.

use core::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use xtask_host::generated::table;
use xtask_host::node;
use xtask_host::process::{cargo, output, remap_paths, run, target_directory};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const PROFILE: &str = "addon";

/// A system, as npm and Node name it and as Rust does.
struct Target {
    /// The package is `@splitsign/node-` and this.
    name: &'static str,
    rust: &'static str,
    os: &'static str,
    cpu: &'static str,
    /// Where there is more than one on a system.
    libc: Option<&'static str>,
}

/// Every system that there is a package for. A build is made on, or for, each of them before a release; everybody else
/// has WebAssembly.
const TARGETS: &[Target] = &[
    target("darwin-arm64", "aarch64-apple-darwin", "darwin", "arm64", None),
    target("darwin-x64", "x86_64-apple-darwin", "darwin", "x64", None),
    target("linux-arm64-gnu", "aarch64-unknown-linux-gnu", "linux", "arm64", Some("glibc")),
    target("linux-arm64-musl", "aarch64-unknown-linux-musl", "linux", "arm64", Some("musl")),
    target("linux-x64-gnu", "x86_64-unknown-linux-gnu", "linux", "x64", Some("glibc")),
    target("linux-x64-musl", "x86_64-unknown-linux-musl", "linux", "x64", Some("musl")),
    target("win32-arm64-msvc", "aarch64-pc-windows-msvc", "win32", "arm64", None),
    target("win32-x64-msvc", "x86_64-pc-windows-msvc", "win32", "x64", None),
];

const fn target(
    name: &'static str,
    rust: &'static str,
    os: &'static str,
    cpu: &'static str,
    libc: Option<&'static str>,
) -> Target {
    Target { name, rust, os, cpu, libc }
}

/// Builds the addon for this machine, puts it where the JavaScript finds it, and packs both npm packages. None, where
/// this machine is not in the table.
pub(crate) fn build(root: &Path) -> Result<Option<PathBuf>> {
    let host = output("rustc -vV", Command::new("rustc").current_dir(root).arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    let Some(target) = TARGETS.iter().find(|target| target.rust == host) else {
        eprintln!(
            "    there is no package @splitsign/node-… for {host}: no addon is built, and WebAssembly is all there is"
        );
        return Ok(None);
    };
    let built = compile(root, target)?;
    let package = root.join("bindings-node/npm").join(target.name);
    place(&built, &package.join("splitsign.node"))?;
    install(root, target, &package)?;
    pack(root, target)?;
    Ok(Some(package))
}

fn compile(root: &Path, target: &Target) -> Result<PathBuf> {
    let mut command = cargo(
        root,
        ["build", "--locked", "--package", "splitsign-node", "--profile", PROFILE, "--target", target.rust],
    );
    // As with the module: nothing in it says where it was built.
    let mut flags = remap_paths(root)?;
    if target.rust.ends_with("musl") {
        flags.push_str(" -C target-feature=-crt-static");
    }
    let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", target.rust.replace('-', "_").to_uppercase());
    run(&format!("compile the addon for {}", target.name), command.env(variable, flags))?;
    let file = match target.os {
        "darwin" => "libsplitsign_node.dylib",
        "win32" => "splitsign_node.dll",
        _ => "libsplitsign_node.so",
    };
    Ok(target_directory(root).join(target.rust).join(PROFILE).join(file))
}

/// As npm would from the registry: into the folder where Node looks.
fn install(root: &Path, target: &Target, package: &Path) -> Result<()> {
    let javascript = root.join("bindings-wasm");
    node::install(&javascript)?;
    let folder = javascript.join("node_modules/@splitsign").join(format!("node-{}", target.name));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for name in ["package.json", "splitsign.node"] {
        place(&package.join(name), &folder.join(name))?;
    }
    Ok(())
}

/// `splitsign` and the package of the addon, as they would be published, into `bindings-node/dist`.
fn pack(root: &Path, target: &Target) -> Result<()> {
    let mut script = Command::new("node");
    script.current_dir(root.join("bindings-node")).args(["pack.mjs", target.name]);
    run("pack the npm packages", &mut script)
}

/// Renamed and not written in place: whoever has the old file open keeps it whole.
fn place(from: &Path, to: &Path) -> Result<()> {
    let new = to.with_extension("new");
    fs::copy(from, &new).with_context(|| format!("copy {} to {}", from.display(), new.display()))?;
    fs::rename(&new, to).with_context(|| to.display().to_string())
}

/// What only the addon and the packed packages can be asked. The addon must have been built.
pub(crate) fn test(root: &Path) -> Result<()> {
    ensure!(
        build(root)?.is_some(),
        "the addon cannot be built for this machine: its tests are left out; add a row to xtask/src/addon.rs"
    );
    let folder = root.join("bindings-node");
    node::install(&folder)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join("test")).context("bindings-node/test")? {
        let name = entry?.file_name();
        if name.to_string_lossy().ends_with(".test.mjs") {
            files.push(Path::new("test").join(name));
        }
    }
    files.sort();
    // Not through `npm test`, which would take another Node: those that the tests start are npm packages with a `node` each.
    let mut tests = Command::new("node");
    tests.current_dir(folder).args(["--test", "--test-reporter=tap"]).args(files);
    run("native addon and npm packages (node --test)", &mut tests)
}

/// Writes what npm and the JavaScript must know of the table; with `check`, fails if it is not there.
pub(crate) fn generate(root: &Path, check: bool) -> Result<()> {
    for target in TARGETS {
        let folder = root.join("bindings-node/npm").join(target.name);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        table(&folder.join("package.json"), manifest(target).as_bytes(), check)?;
        table(&folder.join("README.md"), readme(target).as_bytes(), check)?;
    }
    table(&root.join("bindings-wasm/js/backend/targets.js"), targets_module()?.as_bytes(), check)?;
    let package = fs::read_to_string(root.join("bindings-wasm/package.json")).context("bindings-wasm/package.json")?;
    if !package.contains(&format!("\"version\": \"{VERSION}\"")) {
        bail!("bindings-wasm/package.json does not have the version of the workspace, {VERSION}");
    }
    Ok(())
}

fn manifest(target: &Target) -> String {
    let Target { name, os, cpu, libc, .. } = target;
    let libc = libc.map_or_else(String::new, |libc| format!("\n  \"libc\": [\n    \"{libc}\"\n  ],"));
    format!(
        r#"{{
  "name": "@splitsign/node-{name}",
  "version": "{VERSION}",
  "description": "The native addon of the package splitsign for {name}",
  "license": "MIT OR Apache-2.0",
  "type": "commonjs",
  "main": "splitsign.node",
  "files": [
    "splitsign.node"
  ],
  "os": [
    "{os}"
  ],
  "cpu": [
    "{cpu}"
  ],{libc}
  "engines": {{
    "node": ">=20"
  }}
}}
"#
    )
}

fn readme(target: &Target) -> String {
    format!(
        "# @splitsign/node-{}\n\nThe native addon of the package `splitsign` for `{}`. npm installs it beside `splitsign` where it \
         fits, and `splitsign` finds it by itself; there is nothing to import from here.\n",
        target.name, target.rust
    )
}

fn targets_module() -> Result<String> {
    let mut text = format!(
        "// Generated by `cargo xtask gen` from the table in xtask/src/addon.rs. Do not edit.\n\n\
         /** The version of this package, which the addon must have, too. */\nexport const VERSION = '{VERSION}';\n\n\
         /** What follows `@splitsign/node-`, for each platform and architecture as Node names them. */\n\
         export const TARGETS = {{\n"
    );
    let mut systems: Vec<_> = TARGETS.iter().map(|target| (target.os, target.cpu)).collect();
    systems.dedup();
    for (os, cpu) in systems {
        let fitting = TARGETS.iter().filter(|target| (target.os, target.cpu) == (os, cpu));
        let names: Vec<_> = fitting.map(|target| format!("'{}'", target.name)).collect();
        writeln!(text, "  '{os}-{cpu}': [{}],", names.join(", "))?;
    }
    text.push_str("};\n");
    Ok(text)
}
