//! The tests in C and C++, compiled strictly, as they are, under sanitizers, and under Valgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::library::Library;
use xtask_host::process::{exists, run, target_directory};

/// What a compiler must have nothing to say about.
pub(super) const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Wshadow", "-Werror", "-g"];

/// A program: its source, its compiler, and options of its own.
type Program = (&'static str, &'static str, &'static str, &'static [&'static str]);

const PROGRAMS: &[Program] = &[
    ("known_answers", "known_answers.c", "gcc", &["-std=c99"]),
    ("known_answers_11", "known_answers.c", "gcc", &["-std=c11"]),
    ("bad_input", "bad_input.c", "gcc", &["-std=c99"]),
    ("contexts", "contexts.c", "gcc", &["-std=c99"]),
    ("room", "room.c", "gcc", &["-std=c99"]),
    // The header in C++, by those who do not want the wrapper.
    ("known_answers_cpp", "known_answers.c", "g++", &["-std=c++17", "-x", "c++"]),
    ("wrapper_17", "wrapper.cpp", "g++", &["-std=c++17"]),
    ("wrapper_20", "wrapper.cpp", "g++", &["-std=c++20"]),
    ("wrapper_bare", "wrapper.cpp", "g++", &["-std=c++17", "-fno-exceptions", "-fno-rtti"]),
];

const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Compiles and runs every program in every way.
pub(super) fn tests(root: &Path, library: &Library) -> Result<()> {
    let folder = folder(root, "tests")?;
    for (name, source, compiler, options) in PROGRAMS {
        let source = root.join("bindings-c/tests").join(source);
        let plain = compile(root, &source, compiler, options, &folder.join(name), &library.archive, &[])?;
        run(&format!("run {name}"), &mut Command::new(&plain))?;
        let sanitized = folder.join(format!("{name}_sanitized"));
        let options = [options, SANITIZERS].concat();
        let sanitized = compile(root, &source, compiler, &options, &sanitized, &library.archive, &[])?;
        run(&format!("run {name} under AddressSanitizer and UBSan"), &mut Command::new(&sanitized))?;
        valgrind(name, &plain)?;
    }
    Ok(())
}

/// Compiles one source into a program, with a static library or another file to link.
pub(super) fn compile(
    root: &Path,
    source: &Path,
    compiler: &str,
    options: &[&str],
    program: &Path,
    library: &Path,
    libraries: &[&str],
) -> Result<PathBuf> {
    ensure!(
        exists(compiler),
        "{compiler} is not here: install the Debian packages gcc, g++ and libc6-dev, or their like"
    );
    let mut command = Command::new(compiler);
    command.args(STRICT).args(options).arg("-I").arg(root.join("bindings-c/include")).arg(source);
    // The language of the source is not that of the archive.
    command.args(["-x", "none"]).arg(library).args(libraries).args(["-lpthread", "-ldl", "-lm", "-o"]).arg(program);
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    run(&format!("compile {name}"), &mut command)?;
    Ok(program.to_owned())
}

fn valgrind(name: &str, program: &Path) -> Result<()> {
    ensure!(exists("valgrind"), "valgrind is not here: install the Debian package valgrind");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--track-origins=yes"]).arg(program);
    run(&format!("run {name} under Valgrind"), &mut command)
}

/// A folder below `target/bindings-c`.
pub(super) fn folder(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = target_directory(root).join("bindings-c").join(name);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}
