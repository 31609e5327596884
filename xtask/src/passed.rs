//! What passed, and has not changed since: the inner loop does not run it again.
//!
//! A file counts as changed when its length or its time did. What a test reads when it runs, and is not told of here, does
//! not count: only the whole run is sure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result};
use xtask_host::process::target_directory;

/// Names of things that were tested, and what they looked like then.
pub(crate) struct Passed {
    file: PathBuf,
    known: BTreeMap<String, String>,
}

impl Passed {
    /// What was recorded under a name, if anything was.
    pub(crate) fn open(root: &Path, name: &str) -> Self {
        let file = target_directory(root).join("steps").join(format!("{name}.passed.json"));
        let known = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { file, known }
    }

    /// Whether it passed as it is now.
    pub(crate) fn has(&self, name: &str, state: &str) -> bool {
        self.known.get(name).is_some_and(|passed| passed == state)
    }

    /// Records that it passed.
    pub(crate) fn record(&mut self, name: &str, state: String) -> Result<()> {
        self.known.insert(name.to_owned(), state);
        fs::create_dir_all(self.file.parent().context("a path of a file")?)?;
        let text = serde_json::to_vec_pretty(&self.known).context("names and states are JSON")?;
        write(&self.file, &text)
    }
}

/// Length and time of files, and of all files in folders, but of what npm installed.
pub(crate) fn state(paths: &[PathBuf]) -> Result<String> {
    let mut state = String::new();
    let mut open: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = open.pop() {
        let facts = fs::metadata(&path).with_context(|| path.display().to_string())?;
        if facts.is_dir() {
            let entries = fs::read_dir(&path).with_context(|| path.display().to_string())?;
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.retain(|path| !path.ends_with("node_modules"));
            inside.sort();
            open.extend(inside);
        } else {
            let time = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            state.push_str(&format!("{} {} {}\n", path.display(), facts.len(), time.as_nanos()));
        }
    }
    Ok(state)
}

#[expect(clippy::disallowed_methods, reason = "half of it is as good as none: everything is run again")]
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    use super::{Passed, state};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-passed-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("inside/node_modules")).unwrap();
            Self(path)
        }

        fn put(&self, name: &str, text: &str) {
            File::create(self.0.join(name)).unwrap().write_all(text.as_bytes()).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_change_anywhere_in_a_folder_is_seen() {
        let folder = Folder::new("state");
        folder.put("inside/a", "1");
        let before = state(core::slice::from_ref(&folder.0)).unwrap();
        assert_eq!(before, state(core::slice::from_ref(&folder.0)).unwrap());
        folder.put("inside/node_modules/b", "installed");
        assert_eq!(before, state(core::slice::from_ref(&folder.0)).unwrap());
        folder.put("inside/a", "12");
        assert_ne!(before, state(core::slice::from_ref(&folder.0)).unwrap());
        assert!(state(&[folder.0.join("none")]).is_err());
    }

    #[test]
    fn only_what_passed_as_it_is_now_counts() {
        let folder = Folder::new("record");
        let mut passed = Passed { file: folder.0.join("x.json"), known: Default::default() };
        assert!(!passed.has("it", "1"));
        passed.record("it", "1".to_owned()).unwrap();
        assert!(passed.has("it", "1") && !passed.has("it", "2") && !passed.has("other", "1"));
        assert!(Path::new(&passed.file).exists());
    }
}
