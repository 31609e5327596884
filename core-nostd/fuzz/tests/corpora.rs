//! Every input of the corpora, and every one that was a fault once, through its target: on any toolchain, without libFuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use splitsign_fuzz::TARGETS;

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_input_of_the_corpora() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for (name, target) in TARGETS {
        let corpus = inputs(&root.join("corpus").join(name));
        assert!(corpus.len() >= 2, "{name} has no corpus");
        for path in corpus.into_iter().chain(inputs(&root.join("regressions").join(name))) {
            let input = fs::read(&path).expect("a readable file");
            if std::panic::catch_unwind(|| target(&input)).is_err() {
                panic!("{} fails: see above", path.display());
            }
            count += 1;
        }
    }
    println!("{count} inputs of {} targets", TARGETS.len());
}

/// The programs, the corpora and the table of targets name the same.
#[test]
fn every_target_has_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str| -> Vec<_> {
        inputs(&root.join(folder)).iter().map(|path| path.file_stem().expect("a name").to_os_string()).collect()
    };
    let targets: Vec<_> = TARGETS.iter().map(|(name, _)| std::ffi::OsString::from(name)).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
    assert!(names("regressions").iter().all(|name| targets.contains(name)));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
}
