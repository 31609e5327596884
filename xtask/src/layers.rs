//! Who may import whom (DESIGN, ARCHITECTURE): each module of a crate, and the modules that it may name.
//!
//! The source is read as text: `crate::x` and `super` paths of `mod` files are what counts. Tests and comments are
//! not looked at.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// One crate, its layers, and the outside crates that only one module may name.
struct Layers {
    sources: &'static str,
    modules: &'static [(&'static str, &'static [&'static str])],
    only_here: &'static [(&'static str, &'static [&'static str])],
}

const FORMAT: &[&str] = &["digest", "ecdsa", "encoding", "error", "limits", "sink", "x509"];

const CORE: Layers = Layers {
    sources: "core-nostd/src",
    modules: &[
        ("error", &[]),
        ("limits", &[]),
        ("operations", &[]),
        ("sink", &["error"]),
        ("digest", &["error", "sink"]),
        ("encoding", &["error", "limits", "sink"]),
        ("ecdsa", &["digest", "encoding", "error", "limits", "sink"]),
        ("x509", &["encoding", "error", "limits", "sink"]),
        ("cose", FORMAT),
        ("jws", FORMAT),
        ("dsse", FORMAT),
    ],
    only_here: &[("sha2", &["digest"]), ("p256", &["ecdsa"])],
};

const SIGNER: Layers = Layers {
    sources: "remote-signer/src",
    modules: &[
        ("clock", &[]),
        ("telemetry", &[]),
        ("storage", &["clock", "telemetry"]),
        ("providers", &["clock", "telemetry"]),
        ("audit", &["clock", "storage", "telemetry"]),
        ("auth", &["audit", "clock", "keys", "storage", "telemetry"]),
        ("keys", &["audit", "clock", "providers", "storage", "telemetry"]),
        ("pipeline", &["audit", "auth", "clock", "keys", "providers", "telemetry"]),
        ("shutdown", &["clock", "telemetry"]),
        ("api", &["auth", "clock", "keys", "pipeline", "providers", "telemetry"]),
    ],
    only_here: &[
        ("aws_sdk_kms", &["providers"]),
        ("age", &["providers"]),
        ("sqlx", &["storage", "audit", "auth", "keys"]),
    ],
};

/// Modules that wire everything together and may name all.
const WIRING: &[&str] = &["main", "lib", "cli", "app", "config"];

/// Workspace crates, and the workspace crates that each may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("splitsign-core", &[]),
    ("splitsign-no-alloc", &["splitsign-core"]),
    ("splitsign-wasm", &["splitsign-core"]),
    ("splitsign-signer", &["splitsign-core"]),
    ("xtask", &["splitsign-core"]),
];

/// Fails with every place where a layer names one that it must not.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for layers in [&CORE, &SIGNER] {
        check_crate(root, layers, &mut faults)?;
    }
    check_dependencies(root, &mut faults)?;
    ensure!(faults.is_empty(), "layer rules (xtask/src/layers.rs, ARCHITECTURE.md) are broken:\n{}", faults.join("\n"));
    Ok(())
}

fn check_crate(root: &Path, layers: &Layers, faults: &mut Vec<String>) -> Result<()> {
    let directory = root.join(layers.sources);
    let allowed: BTreeMap<_, _> = layers.modules.iter().copied().collect();
    for file in rust_files(&directory)? {
        let inside = file.strip_prefix(&directory).context("a file of the walk")?;
        let module = inside.components().next().context("a path has a first part")?.as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let shown = file.strip_prefix(root).unwrap_or(&file).display();
        for (number, line) in code_lines(&text) {
            for (outside, homes) in layers.only_here {
                if names_crate(line, outside) && !homes.contains(&module) && !WIRING.contains(&module) {
                    faults.push(format!("  {shown}:{number}: only {homes:?} may name `{outside}`"));
                }
            }
            if WIRING.contains(&module) {
                continue;
            }
            let Some(may) = allowed.get(module) else {
                bail!("{shown}: module `{module}` has no row in xtask/src/layers.rs; add one with what it may import");
            };
            for named in named_modules(line).filter(|named| *named != module && !may.contains(named)) {
                faults.push(format!("  {shown}:{number}: `{module}` must not import `{named}`"));
            }
        }
    }
    Ok(())
}

/// The lines before the tests, without comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]") || !text.contains("\nmod tests"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

/// The modules behind every `crate::` of a line; types at the root of the crate (capitals) do not count.
fn named_modules(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::")
        .skip(1)
        .flat_map(|rest| {
            let group = rest.strip_prefix('{').map(|inside| inside.split('}').next().unwrap_or(inside));
            group.unwrap_or(rest).split(if group.is_some() { ',' } else { ';' }).map(|path| {
                let path = path.trim_start();
                path.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').next().unwrap_or(path)
            })
        })
        .filter(|name| !name.is_empty())
}

fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        line[at + name.len()..].starts_with("::")
            && !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '"')
    })
}

fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn check_dependencies(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let metadata = crate::process::output(
        "cargo metadata",
        &mut crate::process::cargo(root, ["metadata", "--no-deps", "--locked", "--format-version", "1"]),
    )?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata prints JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let members: Vec<_> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, may)) = CRATES.iter().find(|(known, _)| *known == name) else {
            bail!(
                "crate `{name}` has no row in xtask/src/layers.rs; add one with the workspace crates that it may use"
            );
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            if members.contains(&used) && !may.contains(&used) {
                faults.push(format!("  crate `{name}` must not depend on `{used}`"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{code_lines, named_modules, names_crate};

    #[test]
    fn modules_are_found_in_every_form_of_import() {
        let named = |line| named_modules(line).collect::<Vec<_>>();
        assert_eq!(named("use crate::sink::{Encode, Sink};"), ["sink"]);
        assert_eq!(named("use crate::{cose, jws::Jws};"), ["cose", "jws"]);
        assert_eq!(named("    crate::x509::check(a)?; crate::cose::b()"), ["x509", "cose"]);
        assert!(named("use crate::Code;").is_empty());
    }

    #[test]
    fn outside_crates_are_told_from_words_that_contain_them() {
        assert!(names_crate("    let key = p256::ecdsa::f();", "p256"));
        assert!(names_crate("use sha2::Digest as _;", "sha2"));
        assert!(!names_crate("use crate::p256::f();", "p256"));
        assert!(!names_crate("is_p256: bool", "p256"));
    }

    #[test]
    fn tests_and_comments_do_not_count() {
        let text = "use a;\n// use b;\n#[cfg(test)]\nmod tests {\n use c;\n}";
        assert_eq!(code_lines(text).map(|(number, _)| number).collect::<Vec<_>>(), [1]);
    }
}
