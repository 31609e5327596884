//! One static library, and one program for each entry of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use xtask_host::process::{cargo, output, run, target_directory};

/// What a panic calls, and nobody defines.
const SENTINEL: &str = "splitsign_panic_was_reached";
const PROFILE: &str = "proofs";

/// Where the core has neither an operating system nor an allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    Thumb,
    Wasm,
}

impl Target {
    pub(super) const ALL: [Self; 2] = [Self::Thumb, Self::Wasm];

    pub(super) const fn triple(self) -> &'static str {
        match self {
            Self::Thumb => "thumbv7em-none-eabihf",
            Self::Wasm => "wasm32-unknown-unknown",
        }
    }
}

/// The symbol of an entry.
pub(super) fn symbol(name: &str) -> String {
    format!("splitsign_{name}")
}

/// What came of linking an entry.
pub(super) enum Linked {
    /// It linked, with nothing but what it calls.
    Alone(PathBuf),
    /// It did not, as something that it calls can panic.
    ReachesPanic,
}

/// The static library.
pub(super) struct Archive {
    target: Target,
    path: PathBuf,
    linker: PathBuf,
    out: PathBuf,
}

impl Archive {
    /// Builds `core-nostd/proofs` as one object.
    pub(super) fn build(root: &Path, target: Target, features: &[&str]) -> Result<Self> {
        let triple = target.triple();
        let mut command = cargo(root, ["rustc", "--locked", "--quiet", "-p", "splitsign-proofs"]);
        command.args(["--crate-type", "staticlib", "--profile", PROFILE, "--target", triple]);
        command.args(["--features", &features.join(",")]);
        // A directory of its own: the flags below must not disturb what others build.
        let directory = target_directory(root).join("proofs");
        command.arg("--target-dir").arg(&directory);
        if target == Target::Thumb {
            // The option that writes the section `.stack_sizes` is not stable; it changes no code.
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS", "-Zemit-stack-sizes");
        }
        let control = if features.is_empty() { "" } else { ", positive control" };
        run(&format!("entries of the core, {triple}{control}"), &mut command)?;
        let out = directory.join("linked").join(triple);
        fs::create_dir_all(&out)?;
        // Beside others of other features: cargo has one name for all.
        let path = out.join(format!("entries-{}.a", features.join("-")));
        fs::copy(directory.join(triple).join(PROFILE).join("libsplitsign_proofs.a"), &path)?;
        Ok(Self { target, path, linker: linker()?, out })
    }

    /// Links one entry, with only what it reaches.
    pub(super) fn link(&self, name: &str) -> Result<Linked> {
        let path = self.out.join(name);
        let output = self.command(name, &path).output().context("cannot start rust-lld")?;
        if output.status.success() {
            return Ok(Linked::Alone(path));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let mut undefined = said.lines().filter(|line| line.contains("undefined symbol"));
        if undefined.clone().next().is_some() && undefined.all(|line| line.contains(SENTINEL)) {
            return Ok(Linked::ReachesPanic);
        }
        bail!("{name} does not link for {}, and not for a panic:\n{said}", self.target.triple())
    }

    /// Links an entry that can panic, for those who look for the reason.
    pub(super) fn link_with_panic(&self, name: &str) -> Result<PathBuf> {
        let path = self.out.join(name);
        output("rust-lld", self.command(name, &path).arg(format!("--defsym={SENTINEL}=0")))?;
        Ok(path)
    }

    fn command(&self, name: &str, out: &Path) -> Command {
        let mut command = Command::new(&self.linker);
        let symbol = symbol(name);
        match self.target {
            // Relocations stay in, as they tell whose address is taken.
            Target::Thumb => command.args(["-flavor", "gnu", "--emit-relocs", "-e", &symbol]),
            Target::Wasm => command.args(["-flavor", "wasm", "--no-entry"]).arg(format!("--export={symbol}")),
        };
        command.arg("--gc-sections").arg("-o").arg(out).arg(&self.path);
        command
    }
}

/// The linker that comes with the compiler.
fn linker() -> Result<PathBuf> {
    let sysroot = output("rustc --print sysroot", Command::new("rustc").args(["--print", "sysroot"]))?;
    let host = output("rustc -vV", Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.exists() {
        bail!("{} is missing: the toolchain of rustup has it", linker.display());
    }
    Ok(linker)
}
