//! Every `cargo xtask …` in the pages and in the workflows of the forge is a command that there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use crate::{root, tracked};

/// What stands behind `cargo xtask` in a text, up to the end of the line or of the code.
fn commands(text: &str) -> BTreeSet<Vec<String>> {
    let behind = text.lines().flat_map(|line| line.split("cargo xtask ").skip(1));
    let words = behind.map(|rest| {
        let words = rest.split(['`', '#', '|', ';']).next().unwrap_or_default().split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    // `cargo xtask …` is about any of them.
    words
        .filter(|words| words.first().is_some_and(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')))
        .collect()
}

/// The options of a command; `None` if there is no such command.
fn options(command: &str) -> Option<BTreeSet<String>> {
    // Not `--help`, which some commands hand to a program of their own, and that is compiled for it.
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["help", command]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let options = help.split_whitespace().filter(|word| word.starts_with("--"));
    output.status.success().then(|| options.map(|word| word.trim_end_matches(',').to_owned()).collect())
}

/// Which word of a command there is not.
fn unknown<'a>(words: &'a [String], known: &mut BTreeMap<String, Option<BTreeSet<String>>>) -> Option<&'a str> {
    let (command, arguments) = words.split_first()?;
    let Some(options) = known.entry(command.clone()).or_insert_with(|| options(command)) else { return Some(command) };
    if options.is_empty() {
        // What follows is for another program.
        return None;
    }
    // `[--option VALUE]` is one that may be left out.
    let used = arguments.iter().map(|word| word.trim_matches(['[', ']'])).filter(|word| word.starts_with("--"));
    used.into_iter().find(|option| !options.contains(*option))
}

#[test]
fn every_command_that_is_named_exists() {
    let is_text = |path: &String| path.ends_with(".md") || path.starts_with(".github/") || path.starts_with(".ci/");
    let (mut faults, mut known) = (Vec::new(), BTreeMap::new());
    for path in tracked().into_iter().filter(is_text) {
        for words in commands(&fs::read_to_string(root().join(&path)).unwrap()) {
            if let Some(word) = unknown(&words, &mut known) {
                faults.push(format!("{path}: cargo xtask {}: there is no `{word}`", words.join(" ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(known.len() > 5, "{known:?}");
}

#[test]
fn commands_are_found_and_unknown_ones_are_not_known() {
    let text =
        "run `cargo xtask test --quick`, or cargo xtask check   # fast\n`cargo xtask …`\n- run: cargo xtask demo\n";
    let found: Vec<_> = commands(text).into_iter().map(|words| words.join(" ")).collect();
    assert_eq!(found, ["check", "demo", "test --quick"]);
    for (command, expected) in [
        ("tset --quick", Some("tset")),
        ("test --fast", Some("--fast")),
        ("install-c --prefix DIR [--destdir DIR]", None),
        ("demo --out DIR photo.jpg", None),
    ] {
        let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        assert_eq!(unknown(&words, &mut BTreeMap::new()), expected, "{command}");
    }
}
