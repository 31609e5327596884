//! Who may import whom (DESIGN, ARCHITECTURE): each module of a crate, and the modules that it may name.
//!
//! The source is read as text: paths that begin with `crate::`, or with as many `super::` as lead to the root. Tests and
//! comments are not looked at.

use std::collections::{BTreeMap, BTreeSet};
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
    // p256 is the oracle of the tests, and nothing else.
    only_here: &[("sha2", &["digest"]), ("p256", &[])],
};

const SIGNER: Layers = Layers {
    sources: "remote-signer/src",
    modules: &[
        // Vocabulary that every layer may use: these name nothing of ours but each other.
        ("clock", &[]),
        ("encoding", &[]),
        ("telemetry", &[]),
        ("identity", &["clock", "encoding"]),
        ("shutdown", &["clock", "telemetry"]),
        ("storage", &["clock", "encoding", "identity", "telemetry"]),
        ("providers", &["clock", "encoding", "telemetry"]),
        ("audit", &["clock", "encoding", "identity", "storage", "telemetry"]),
        ("auth", &["audit", "clock", "encoding", "identity", "storage", "telemetry"]),
        ("keys", &["audit", "clock", "encoding", "identity", "providers", "shutdown", "storage", "telemetry"]),
        ("pipeline", &["audit", "auth", "clock", "encoding", "identity", "keys", "providers", "storage", "telemetry"]),
        ("api", &["auth", "clock", "encoding", "identity", "keys", "pipeline", "shutdown", "telemetry"]),
    ],
    only_here: &[
        ("aws_sdk_kms", &["providers"]),
        ("age", &["providers"]),
        ("cryptoki", &["providers"]),
        ("aws_lc_rs", &["providers"]),
        ("sqlx", &["storage", "audit", "auth", "keys"]),
        ("axum", &["api"]),
        ("moka", &["storage"]),
        ("metrics_exporter_prometheus", &["telemetry"]),
    ],
};

/// Modules that wire everything together and may name all.
const WIRING: &[&str] = &["main", "lib", "cli", "app", "config"];

/// Workspace crates, and the workspace crates that each may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("splitsign-core", &[]),
    // For the list of operations; everything else it reaches as a process.
    ("splitsign-conformance", &["splitsign-core"]),
    ("splitsign-driver-rust", &["splitsign-core"]),
    ("splitsign-c", &["splitsign-core"]),
    ("splitsign-firmware", &["splitsign-core", "splitsign-proofs"]),
    ("splitsign-proofs", &["splitsign-core"]),
    ("splitsign-js-border", &["splitsign-core"]),
    // What both do is one crate (docs/adr/0011), and nothing else of ours.
    ("splitsign-node", &["splitsign-js-border"]),
    ("splitsign-wasm", &["splitsign-js-border"]),
    ("splitsign-uniffi", &["splitsign-core"]),
    ("splitsign-signer", &["splitsign-core"]),
    ("xtask-public-api", &["xtask-host"]),
    ("xtask", &["splitsign-core", "xtask-host"]),
    ("xtask-bench", &["xtask-host", "xtask-proofs", "xtask-wasm"]),
    // For the sizes of the types of the C binding, which its header names.
    ("xtask-generate", &["splitsign-c", "splitsign-core", "xtask-host"]),
    ("xtask-host", &[]),
    ("xtask-proofs", &["splitsign-core", "splitsign-proofs", "xtask-host"]),
    ("xtask-wasm", &["splitsign-core", "xtask-host"]),
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
        if is_test(inside) {
            continue;
        }
        let path = module_path(inside);
        let module = path.first().map_or("lib", String::as_str);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let code = code(&text);
        let shown = file.strip_prefix(root).unwrap_or(&file).display();
        for (outside, homes) in layers.only_here {
            if names_crate(&code, outside) && !homes.contains(&module) && !WIRING.contains(&module) {
                faults.push(format!("  {shown}: only {homes:?} may name `{outside}`"));
            }
        }
        if WIRING.contains(&module) {
            continue;
        }
        let Some(may) = allowed.get(module) else {
            bail!("{shown}: module `{module}` has no row in xtask/src/layers.rs; add one with what it may import");
        };
        for named in named_modules(&code, path.len()) {
            if named != module && !may.contains(&named.as_str()) {
                faults.push(format!("  {shown}: `{module}` must not import `{named}`"));
            }
        }
    }
    Ok(())
}

/// `pipeline/sign.rs` and `pipeline/mod.rs` as the path of their module.
fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<_> = file.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if let Some(last) = path.pop().map(|last| last.trim_end_matches(".rs").to_owned())
        && last != "mod"
    {
        path.push(last);
    }
    path
}

/// Tests that have a file or a folder of their own.
fn is_test(file: &Path) -> bool {
    file.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

/// The text before the tests, without comments.
fn code(text: &str) -> String {
    let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text.get(..end).unwrap_or(text).lines();
    lines.map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The modules at the root of the crate that paths lead to: behind every `crate::`, and behind as many `super::` as
/// the module is deep. Groups are followed, over lines and into each other. Types at the root (capitals) do not count.
fn named_modules(code: &str, depth: usize) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        // `$crate::`, `some_crate::`, `krate::crate::` are other things.
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
            heads(code.get(at + "crate::".len()..).unwrap_or_default(), &mut named);
        }
    }
    let climb = "super::".repeat(depth.max(1));
    for (at, _) in code.match_indices(&climb) {
        if !code.get(..at).is_some_and(|before| before.ends_with("super::")) {
            heads(code.get(at + climb.len()..).unwrap_or_default(), &mut named);
        }
    }
    named
}

/// The first names of a path or of each path of a group.
fn heads(path: &str, named: &mut BTreeSet<String>) {
    let path = path.trim_start();
    let Some(group) = path.strip_prefix('{') else {
        let end = path.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
        let name = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
        let next = path.get(name.len()..).and_then(|rest| rest.chars().next());
        if !name.is_empty() && name != "super" && !next.is_some_and(char::is_alphabetic) {
            named.insert(name.to_owned());
        }
        return;
    };
    let (mut level, mut start) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => level += 1,
            '}' if level == 0 => return heads(group.get(start..at).unwrap_or_default(), named),
            '}' => level -= 1,
            ',' if level == 0 => {
                heads(group.get(start..at).unwrap_or_default(), named);
                start = at + 1;
            }
            _ => {}
        }
    }
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
    let packages = xtask_host::process::packages(root)?;
    let members: Vec<_> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in &packages {
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
    use super::{code, module_path, named_modules, names_crate};
    use std::path::Path;

    fn named(code: &str, depth: usize) -> Vec<String> {
        named_modules(code, depth).into_iter().collect()
    }

    #[test]
    fn modules_are_found_in_every_form_of_import() {
        assert_eq!(named("use crate::sink::{Encode, Sink};", 1), ["sink"]);
        assert_eq!(named("use crate::{cose, jws::Jws};", 1), ["cose", "jws"]);
        assert_eq!(named("use crate::{keys::{A, b}, api::X};", 1), ["api", "keys"]);
        assert_eq!(named("use crate::{\n    api::X,\n    Code,\n};", 1), ["api"]);
        assert_eq!(named("    crate::x509::check(a)?; crate::cose::b()", 1), ["cose", "x509"]);
        assert!(named("use crate::Code; macro: $crate::inner::f()", 1).is_empty());
    }

    #[test]
    fn climbing_to_the_root_is_an_import_too() {
        assert_eq!(named("use super::super::api::X;", 2), ["api"]);
        assert_eq!(named("use super::{api, keys};", 1), ["api", "keys"]);
        assert!(named("use super::sibling::X;", 2).is_empty());
        assert_eq!(module_path(Path::new("pipeline/sign.rs")), ["pipeline", "sign"]);
        assert_eq!(module_path(Path::new("pipeline/mod.rs")), ["pipeline"]);
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
        let text = "use a;\n// use crate::b;\nlet c; // crate::d\n\n#[cfg(test)]\nmod tests {\n use crate::e;\n}";
        assert_eq!(code(text), "use a;\n\nlet c; ");
    }
}
