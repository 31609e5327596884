//! `.editorconfig`, read as editors read it, and every tracked file held to it.
//!
//! Checked are `charset`, `end_of_line`, `insert_final_newline`, `trim_trailing_whitespace`, and that nothing is indented
//! with tabs. Sizes of indents are not: formatters decide them, and comments and tables are aligned.

use std::collections::BTreeMap;
use std::fs;

use crate::{root, tracked};

/// The properties of a file, by name.
type Properties = BTreeMap<String, String>;

struct Section {
    /// Its glob, with every choice of braces written out.
    globs: Vec<String>,
    properties: Properties,
}

fn read(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if let Some(glob) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(Section { globs: choices(glob), properties: Properties::new() });
        } else if let Some((name, value)) = line.split_once('=') {
            let (name, value) = (name.trim().to_lowercase(), value.trim().to_lowercase());
            match sections.last_mut() {
                Some(section) => drop(section.properties.insert(name, value)),
                None => assert_eq!((name.as_str(), value.as_str()), ("root", "true"), "before the first section"),
            }
        } else {
            panic!("`{line}` is neither a section nor a property");
        }
    }
    sections
}

/// `*.{a,b}` is `*.a` and `*.b`. Braces are not nested.
fn choices(glob: &str) -> Vec<String> {
    let Some((before, rest)) = glob.split_once('{') else { return vec![glob.to_owned()] };
    let (inside, after) = rest.split_once('}').expect("a brace that is opened is closed");
    inside.split(',').flat_map(|choice| choices(&format!("{before}{choice}{after}"))).collect()
}

/// A glob without a slash is about names, in any folder.
fn applies(glob: &str, path: &str) -> bool {
    let path = if glob.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) };
    matches(glob.trim_start_matches('/').as_bytes(), path.as_bytes())
}

fn matches(glob: &[u8], text: &[u8]) -> bool {
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let end = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=end).any(|at| matches(rest, &text[at..]))
        }
        [b'?', rest @ ..] => text.first().is_some_and(|byte| *byte != b'/') && matches(rest, &text[1..]),
        [byte, rest @ ..] => text.first() == Some(byte) && matches(rest, &text[1..]),
    }
}

/// The last section that says something wins.
fn properties(sections: &[Section], path: &str) -> Properties {
    let that_apply = sections.iter().filter(|section| section.globs.iter().any(|glob| applies(glob, path)));
    that_apply.flat_map(|section| section.properties.clone()).collect()
}

/// What is wrong with a file, with the number of the line.
fn faults(bytes: &[u8], properties: &Properties) -> Vec<String> {
    let says = |name: &str, value: &str| properties.get(name).is_some_and(|said| said == value);
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if says("charset", "utf-8") => return vec!["1: it is not UTF-8".to_owned()],
        Err(_) => return Vec::new(),
    };
    let mut faults = Vec::new();
    for (line, number) in text.split('\n').zip(1..) {
        let mut fault = |what: &str| faults.push(format!("{number}: {what}"));
        if says("end_of_line", "lf") && line.contains('\r') {
            fault("it has a carriage return");
        }
        if says("trim_trailing_whitespace", "true") && line.trim_end_matches('\r').ends_with([' ', '\t']) {
            fault("it ends in white space");
        }
        if says("indent_style", "space") && line.trim_start_matches(' ').starts_with('\t') {
            fault("it is indented with a tab");
        }
    }
    if says("insert_final_newline", "true") && !text.is_empty() && !text.ends_with('\n') {
        faults.push(format!("{}: the file does not end with a line break", text.lines().count()));
    }
    faults
}

#[test]
fn every_tracked_file_is_written_as_the_editorconfig_says() {
    let sections = read(&fs::read_to_string(root().join(".editorconfig")).unwrap());
    let mut found = Vec::new();
    for path in tracked() {
        let bytes = fs::read(root().join(&path)).unwrap();
        // Pictures and tables. Git tells in the same way.
        if !bytes.contains(&0) {
            found.extend(faults(&bytes, &properties(&sections, &path)).iter().map(|fault| format!("{path}:{fault}")));
        }
    }
    assert!(found.is_empty(), "see .editorconfig:\n{}", found.join("\n"));
}

#[test]
fn every_section_is_about_a_file_that_there_is() {
    let (sections, files) = (read(&fs::read_to_string(root().join(".editorconfig")).unwrap()), tracked());
    for section in sections {
        let applies_to = |file: &String| section.globs.iter().any(|glob| applies(glob, file));
        assert!(files.iter().any(applies_to), "{:?} applies to no file", section.globs);
    }
}

#[test]
fn globs_apply_as_in_editors() {
    for (glob, path, expected) in [
        ("*", "a/b.rs", true),
        ("*.rs", "a/b.rs", true),
        ("*.rs", "a/b.rsx", false),
        ("LICENSE-*", "LICENSE-MIT", true),
        ("a/*", "a/b.rs", true),
        ("a/*", "a/b/c.rs", false),
        ("a/**", "a/b/c.rs", true),
        ("a/**", "b/a/c.rs", false),
        ("?.rs", "a/b.rs", true),
    ] {
        assert_eq!(applies(glob, path), expected, "{glob} {path}");
    }
    assert_eq!(choices("x/{a,b}/{c,d}"), ["x/a/c", "x/a/d", "x/b/c", "x/b/d"]);
    let sections = read("root = true\n[*]\nindent_size = 2\n# said again\n[*.{rs,py}]\nindent_size = unset\n");
    assert_eq!(properties(&sections, "a/b.py")["indent_size"], "unset");
    assert_eq!(properties(&sections, "a/b.js")["indent_size"], "2");
}

#[test]
fn each_fault_is_found() {
    let all = "[*]\ncharset = utf-8\nend_of_line = lf\ninsert_final_newline = true\n\
               trim_trailing_whitespace = true\nindent_style = space\n";
    let strict = properties(&read(all), "a.txt");
    assert!(faults(b"a\n\n  b\tc\n", &strict).is_empty());
    assert!(faults(b"", &strict).is_empty());
    for (bytes, fault) in [
        (&b"a\nb \n"[..], "2: it ends in white space"),
        (b"a\n\tb\n", "2: it is indented with a tab"),
        (b"a\r\n", "1: it has a carriage return"),
        (b"a\nb", "2: the file does not end with a line break"),
        (b"\xff\n", "1: it is not UTF-8"),
    ] {
        assert_eq!(faults(bytes, &strict), [fault]);
        assert!(faults(bytes, &Properties::new()).is_empty(), "nothing is asked of it");
    }
}
