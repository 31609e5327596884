//! Programs that tests call and that a small machine may lack.

use std::path::Path;
use std::process::Command;

use crate::process::{exists, output, run};

/// Programs, and the Debian packages that have them; with a compiler comes its library.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("openssl", &["openssl"]),
    ("curl", &["curl"]),
    ("qemu-system-arm", &["qemu-system-arm"]),
    ("gcc", &["gcc", "libc6-dev"]),
    ("chromium", &["chromium"]),
    ("g++", &["g++"]),
    ("make", &["make"]),
    ("cmake", &["cmake"]),
    ("pkg-config", &["pkg-config"]),
    ("valgrind", &["valgrind"]),
    ("curl-config", &["libcurl4-openssl-dev"]),
    ("arm-none-eabi-gcc", &["gcc-arm-none-eabi", "libnewlib-arm-none-eabi"]),
    ("java", &["default-jre-headless"]),
    ("softhsm2-util", &["softhsm2"]),
    ("pkcs11-tool", &["opensc"]),
];

/// Files, and the Debian packages that have them.
const FILES: &[(&str, &[&str])] = &[("/usr/share/java/jna.jar", &["libjna-java"])];

/// Installs what is missing, as root on Debian and its like. Elsewhere it says what is missing: the tests that need it
/// skip themselves or fail, and say so.
pub fn install_missing() {
    let programs = PROGRAMS.iter().filter(|(program, _)| !exists(program));
    let files = FILES.iter().filter(|(file, _)| !Path::new(file).exists());
    let missing: Vec<&(&str, &[&str])> = programs.chain(files).collect();
    if missing.is_empty() {
        return;
    }
    let packages: Vec<&str> = missing.iter().flat_map(|(_, packages)| packages.iter().copied()).collect();
    let is_root = output("id -u", Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || !exists("apt-get") {
        for (program, packages) in missing {
            eprintln!("    `{program}` is not here; install {} for the tests that need it", packages.join(" "));
        }
        return;
    }
    let mut update = Command::new("apt-get");
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&packages);
    let installed = run("apt-get update", update.args(["update", "--quiet"]))
        .and_then(|()| run(&format!("install the Debian packages {}", packages.join(" ")), &mut install));
    if let Err(error) = installed {
        eprintln!("    {error:#}: the tests that need these are left out, or fail");
    }
}
