//! Programs that tests call and that a small machine may lack.

use std::path::Path;
use std::process::Command;

use crate::process::{exists, output, run};

/// Programs, and the Debian packages that have them.
const PROGRAMS: &[(&str, &str)] = &[
    ("openssl", "openssl"),
    ("curl", "curl"),
    ("qemu-system-arm", "qemu-system-arm"),
    ("java", "default-jre-headless"),
];

/// Files, and the Debian packages that have them.
const FILES: &[(&str, &str)] = &[("/usr/share/java/jna.jar", "libjna-java")];

/// Installs what is missing, as root on Debian and its like. Elsewhere it says what will be left out: the tests that
/// need a program that is not there skip themselves, and say so.
pub(crate) fn install_missing() {
    let programs = PROGRAMS.iter().filter(|(program, _)| !exists(program));
    for (program, package) in programs.chain(FILES.iter().filter(|(file, _)| !Path::new(file).exists())) {
        let is_root = output("id -u", Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        if !is_root || !exists("apt-get") {
            eprintln!("    `{program}` is not here: its tests are left out; install the package {package} to run them");
            continue;
        }
        let mut update = Command::new("apt-get");
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "--yes", "--quiet", package]);
        let installed = run("apt-get update", update.args(["update", "--quiet"]))
            .and_then(|()| run(&format!("install the Debian package {package}"), &mut install));
        if let Err(error) = installed {
            eprintln!("    {error:#}: the tests that need `{program}` are left out");
        }
    }
}
