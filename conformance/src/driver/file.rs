//! `drivers/<name>/driver.toml`: how a driver is started, and what it is known not to have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::places::Places;

/// How a driver is started, and what it is known not to have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverFile {
    /// The name of the folder.
    #[serde(skip)]
    pub name: String,
    /// Where it is started.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The language of the implementation.
    pub language: String,
    /// Program and arguments. `{root}` is the repository, `{target}` cargo's target directory, `{python}` a Python that
    /// has what `strangers/requirements.txt` names.
    pub command: Vec<String>,
    /// What builds it, for the message when it does not start.
    #[serde(default)]
    pub build: Option<String>,
    /// Operations that it does not have, each with the reason.
    #[serde(default)]
    pub gaps: BTreeMap<String, String>,
    /// Optional arguments that it does not have, each with the reason.
    #[serde(default)]
    pub arguments_absent: BTreeMap<String, String>,
    /// Whether it is an implementation of other people: it need not have all operations, and has no codes.
    #[serde(default)]
    pub foreign: bool,
}

impl DriverFile {
    /// Reads the file of a driver of the repository.
    ///
    /// # Errors
    /// If it is not there or has what is not known.
    pub fn read(places: &Places, name: &str) -> Result<Self> {
        let path = places.drivers().join(name).join("driver.toml");
        let known = || Self::names(places).map(|names| names.join(", ")).unwrap_or_default();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("there is no driver {name:?} ({}); there are: {}", path.display(), known()))?;
        let mut file: Self = toml::from_str(&text).with_context(|| path.display().to_string())?;
        ensure!(!file.command.is_empty(), "{}: command is empty", path.display());
        name.clone_into(&mut file.name);
        file.folder = places.drivers().join(name);
        file.command = file.command.iter().map(|word| places.fill(word)).collect::<Result<_>>()?;
        Ok(file)
    }

    /// A driver that is only a command.
    ///
    /// # Errors
    /// If the command is empty.
    pub fn of_command(command: &str, folder: &Path) -> Result<Self> {
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        ensure!(!words.is_empty(), "the command is empty");
        Ok(Self {
            name: "command".to_owned(),
            folder: folder.to_owned(),
            language: String::new(),
            command: words,
            build: None,
            gaps: BTreeMap::new(),
            arguments_absent: BTreeMap::new(),
            foreign: true,
        })
    }

    /// The names of all drivers of the repository.
    ///
    /// # Errors
    /// If their folder cannot be read.
    pub fn names(places: &Places) -> Result<Vec<String>> {
        let folder = places.drivers();
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.path().join("driver.toml").exists() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}
