//! Where things are: the repository, what was built, and what was installed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Where things are. All come from the command line, so that nothing here reads the environment.
#[derive(Clone, Debug)]
pub struct Places {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
    /// A Python that has what the Python drivers and suites need.
    pub python: Option<PathBuf>,
    /// The package `cryptography_vectors` of PyPI, unpacked: NIST's files.
    pub nist_vectors: Option<PathBuf>,
}

impl Places {
    /// `conformance/drivers`.
    #[must_use]
    pub fn drivers(&self) -> PathBuf {
        self.conformance().join("drivers")
    }

    /// `conformance`.
    #[must_use]
    pub fn conformance(&self) -> PathBuf {
        self.root.join("conformance")
    }

    /// A word of a driver's command with its places filled in.
    ///
    /// # Errors
    /// If one of them is not known.
    pub fn fill(&self, word: &str) -> Result<String> {
        let mut filled = word.to_owned();
        for (mark, place) in
            [("{root}", Some(&self.root)), ("{target}", Some(&self.target)), ("{python}", self.python.as_ref())]
        {
            if filled.contains(mark) {
                let place = place.with_context(|| format!("`{word}` needs {mark}: give --python"))?;
                filled = filled.replace(mark, path_text(place)?);
            }
        }
        Ok(filled)
    }
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
