//! The Kotlin binding: compiled by the compiler of npm, run on the JVM with JNA.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{LIBRARY, folder, python};
use xtask_host::node;
use xtask_host::process::{exists, output, run, target_directory};

/// Where Debian's `libjna-java` puts it.
const JNA: &str = "/usr/share/java/jna.jar";

/// The Kotlin and the Swift that are kept are fresh, and the Kotlin does what its tests say.
pub(crate) fn test(root: &Path) -> Result<()> {
    super::generate(root, true)?;
    let class_path = prepare(root)?;
    let readme = fs::read_to_string(root.join("bindings-uniffi/README.md")).context("bindings-uniffi/README.md")?;
    let program = between(&readme, "<!-- run: kotlin -->\n```kotlin\n", "```").context("the README has no Kotlin")?;
    let promised = readme.split("```kotlin").nth(1).and_then(|rest| between(rest, "```text\n", "\n```"));
    let example = folder(root).join("Readme.kt");
    write(&example, program)?;
    let tests = folder(root).join("kotlin-tests.jar");
    let sources = root.join("bindings-uniffi/test/kotlin");
    compile(root, &tests, &[sources.join("Tests.kt"), sources.join("Handles.kt"), example])?;
    let mut java = Command::new("java");
    java.arg(format!("-Dsplitsign.readme={}", promised.context("the README does not say what its Kotlin prints")?));
    with_class_path(&mut java, &class_path, &tests);
    run("the Kotlin binding (JVM)", java.arg("TestsKt"))
}

/// What the conformance driver runs: jars and the shared library in one folder.
pub(crate) fn driver(root: &Path) -> Result<()> {
    let class_path = prepare(root)?;
    let sources = root.join("conformance/drivers/kotlin");
    compile(root, &class_path.join("driver.jar"), &[sources.join("Driver.kt"), sources.join("Json.kt")])
}

/// What it costs to cross the border, as JSON.
pub(super) fn borders(root: &Path, rounds: &str) -> Result<String> {
    let class_path = prepare(root)?;
    let bench = folder(root).join("kotlin-borders.jar");
    compile(root, &bench, &[root.join("benches/borders/kotlin/Borders.kt")])?;
    let mut java = Command::new("java");
    with_class_path(&mut java, &class_path, &bench);
    output("the border of Kotlin", java.args(["BordersKt", rounds]))
}

fn with_class_path(java: &mut Command, class_path: &Path, jar: &Path) {
    java.arg(format!("-Djna.library.path={}", class_path.display()));
    java.arg("-cp").arg(format!("{}/*:{}", class_path.display(), jar.display()));
}

/// The binding, what it needs, and the shared library of the wheel.
fn prepare(root: &Path) -> Result<PathBuf> {
    ensure!(
        exists("java"),
        "Java 17 or newer is needed: install it, for instance `apt-get install default-jre-headless`"
    );
    ensure!(Path::new(JNA).exists(), "JNA is needed: `apt-get install libjna-java`, which brings {JNA}");
    let package = root.join("bindings-uniffi");
    node::install(&package)?;
    let class_path = class_path(root);
    fs::create_dir_all(&class_path).with_context(|| class_path.display().to_string())?;
    for (from, name) in [
        (PathBuf::from(JNA), "jna.jar"),
        (compiler(root).join("kotlin-stdlib.jar"), "kotlin-stdlib.jar"),
        (python::library(root)?, LIBRARY),
    ] {
        fs::copy(&from, class_path.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    compile(root, &class_path.join("splitsign.jar"), &[package.join("kotlin/splitsign.kt")])?;
    Ok(class_path)
}

fn class_path(root: &Path) -> PathBuf {
    target_directory(root).join("conformance/kotlin")
}

fn compiler(root: &Path) -> PathBuf {
    root.join("bindings-uniffi/node_modules/kotlin-compiler/lib")
}

/// Compiles to a jar, unless it was made of the same sources and the same binding.
fn compile(root: &Path, jar: &Path, sources: &[PathBuf]) -> Result<()> {
    let binding = class_path(root).join("splitsign.jar");
    let mut text = fs::read_to_string(root.join("bindings-uniffi/package-lock.json")).context("package-lock.json")?;
    let kept = root.join("bindings-uniffi/kotlin/splitsign.kt");
    for source in sources.iter().chain([&kept]) {
        text.push_str(&fs::read_to_string(source).with_context(|| source.display().to_string())?);
    }
    let stamp = folder(root).join(jar.with_extension("sources").file_name().unwrap_or_default());
    if jar.exists() && fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == text) {
        return Ok(());
    }
    let mut java = Command::new("java");
    java.args(["-Xmx1g", "-cp"]).arg(format!("{}/*", compiler(root).display()));
    java.args(["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-reflect", "-jvm-target", "17", "-cp"]);
    if jar == binding {
        // What uniffi writes has warnings.
        java.args([JNA, "-nowarn"]);
    } else {
        java.arg(format!("{JNA}:{}", binding.display())).arg("-Werror");
    }
    java.arg("-d").arg(jar).args(sources);
    let name = jar.file_name().unwrap_or_default().to_string_lossy();
    run(&format!("compile {name} (Kotlin)"), &mut java)?;
    write(&stamp, &text)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(between, _)| between)
}

#[expect(clippy::disallowed_methods, reason = "made anew when it is half")]
fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
