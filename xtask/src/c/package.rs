//! What is installed, used as its README says, by somebody who has nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::compiler::folder;
use super::install::{install, write};
use super::library::soname;
use xtask_host::process::{exists, output, run};

const PROJECT: &str = "\
cmake_minimum_required(VERSION 3.16)
project(empty C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(splitsign 0.2 CONFIG QUIET)
if(splitsign_FOUND)
  message(FATAL_ERROR \"0.2 has another interface, and was found all the same\")
endif()
find_package(splitsign 0.1 CONFIG REQUIRED)
add_executable(c_shared example.c)
target_link_libraries(c_shared splitsign::splitsign)
add_executable(c_static example.c)
target_link_libraries(c_static splitsign::static)
add_executable(cpp_shared example.cpp)
target_link_libraries(cpp_shared splitsign::splitsign)
add_executable(cpp_static example.cpp)
target_link_libraries(cpp_static splitsign::static)
";

/// Installs into an empty prefix, and uses it from an empty CMake project and through pkg-config.
pub(super) fn tests(root: &Path) -> Result<()> {
    let home = folder(root, "package")?;
    fs::remove_dir_all(&home).with_context(|| format!("cannot empty {}", home.display()))?;
    let prefix = home.join("prefix");
    install(root, &prefix, None)?;
    let project = home.join("project");
    let readme = fs::read_to_string(root.join("bindings-c/README.md")).context("bindings-c/README.md")?;
    write(&project.join("CMakeLists.txt"), PROJECT)?;
    write(&project.join("example.c"), block(&readme, "c")?)?;
    write(&project.join("example.cpp"), block(&readme, "cpp")?)?;
    cmake(&project, &prefix)?;
    for program in ["c_shared", "c_static", "cpp_shared", "cpp_static"] {
        let mut command = Command::new(project.join("build").join(program));
        run(&format!("the README's example, {program}"), &mut command)?;
    }
    let needed = output("readelf", Command::new("readelf").arg("-d").arg(project.join("build/c_shared")))?;
    ensure!(needed.contains(&format!("[{}]", soname())), "c_shared does not ask for {}:\n{needed}", soname());
    pkg_config(&project, &prefix)?;
    staged(root, &home, &prefix)
}

/// For a package: the same files below `DESTDIR`, and none of them says where they were staged.
fn staged(root: &Path, home: &Path, prefix: &Path) -> Result<()> {
    let destdir = home.join("destdir");
    install(root, Path::new("/usr"), Some(&destdir))?;
    let (here, there) = (files(&destdir.join("usr"))?, files(prefix)?);
    ensure!(here == there && here.len() > 8, "with --destdir there are {here:?}, without {there:?}");
    let stage = destdir.display().to_string();
    for file in here.iter().filter(|file| file.starts_with("lib/pkgconfig") || file.starts_with("lib/cmake")) {
        let text = fs::read_to_string(destdir.join("usr").join(file)).with_context(|| file.display().to_string())?;
        ensure!(!text.contains(&stage), "{} says where it was staged", file.display());
    }
    let config = fs::read_to_string(destdir.join("usr/lib/pkgconfig/splitsign.pc")).context("splitsign.pc")?;
    ensure!(config.starts_with("prefix=/usr\n"), "splitsign.pc has another prefix:\n{config}");
    Ok(())
}

/// All files below a folder, as paths within it, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn cmake(project: &Path, prefix: &Path) -> Result<()> {
    ensure!(exists("cmake"), "cmake is not here: install the Debian packages cmake and make");
    let mut configure = Command::new("cmake");
    configure.current_dir(project).args(["-S", ".", "-B", "build"]);
    let mut path = std::ffi::OsString::from("-DCMAKE_PREFIX_PATH=");
    path.push(prefix);
    run("cmake, an empty project", configure.arg(path))?;
    run("cmake --build", Command::new("cmake").current_dir(project).args(["--build", "build"]))
}

fn pkg_config(project: &Path, prefix: &Path) -> Result<()> {
    ensure!(exists("pkg-config"), "pkg-config is not here: install the Debian package pkg-config");
    for (way, program) in
        [(&["--cflags", "--libs"][..], "through_pc"), (&["--static", "--cflags", "--libs"], "static_pc")]
    {
        let mut ask = Command::new("pkg-config");
        ask.args(way).arg("splitsign").env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
        let flags = output("pkg-config", &mut ask)?;
        let mut gcc = Command::new("gcc");
        gcc.current_dir(project).args(["-std=c99", "example.c", "-o", program]).args(flags.split_whitespace());
        run(&format!("gcc with pkg-config {}", way.join(" ")), &mut gcc)?;
        let mut command = Command::new(project.join(program));
        run(&format!("the README's example, {program}"), command.env("LD_LIBRARY_PATH", prefix.join("lib")))?;
    }
    Ok(())
}

/// The first block of a language in the README.
fn block<'a>(readme: &'a str, language: &str) -> Result<&'a str> {
    let fence = format!("```{language}\n");
    let start = readme.find(&fence).with_context(|| format!("the README has no block `{language}`"))? + fence.len();
    let rest = &readme[start..];
    Ok(&rest[..rest.find("```").context("a block of the README does not end")?])
}
