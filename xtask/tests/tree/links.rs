//! The pages: every link leads somewhere, and every page under `docs` is found from its index.
//!
//! Links to other hosts are not followed. Links to a folder show its `README.md`, where it has one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::{root, tracked};

/// The link's target as it is written, with the number of the line.
type Link = (usize, String);

/// Links and images of a page that lead to another file or to a heading. Code is not looked at.
fn links(page: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (number, line) in prose(page) {
        // What stands between backticks is code: every second part.
        let text: String = line.split('`').step_by(2).collect();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let targets = targets.map(|(target, _)| target.split_whitespace().next().unwrap_or_default());
        links.extend(targets.filter(|target| !is_elsewhere(target)).map(|target| (number, target.to_owned())));
    }
    links
}

/// The lines that are not in a block of code, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    page.lines().zip(1..).filter_map(move |(line, number)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        (!in_code && !is_fence).then_some((number, line))
    })
}

fn is_elsewhere(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// What the headings of a page are called in links, as GitHub and others make it of them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(page).filter_map(|(_, line)| {
        let text = line.trim_start_matches('#');
        (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
    });
    let mut anchors = BTreeSet::new();
    for heading in headings {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let before = seen.entry(anchor.clone()).or_default();
        anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
        *before += 1;
    }
    anchors
}

/// The path from the top that a link of `page` leads to.
fn resolve(page: &str, target: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            _ => names.push(name),
        }
    }
    names.join("/")
}

/// Every tracked page, with its text.
fn pages() -> BTreeMap<String, String> {
    let pages = tracked().into_iter().filter(|path| path.ends_with(".md"));
    pages.map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap())).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let (pages, files) = (pages(), tracked());
    let exists =
        |path: &str| path.is_empty() || files.iter().any(|file| file == path || file.starts_with(&format!("{path}/")));
    let mut faults = Vec::new();
    for (page, text) in &pages {
        for (number, link) in links(text) {
            let (target, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, a)| (path, Some(a)));
            let path = if target.is_empty() { page.clone() } else { resolve(page, target) };
            if !exists(&path) {
                faults.push(format!("{page}:{number}: {link}: there is no such file"));
            } else if let (Some(anchor), Some(text)) = (anchor, pages.get(&path))
                && !anchors(text).contains(anchor)
            {
                faults.push(format!("{page}:{number}: {link}: there is no such heading"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// By links from page to page within `docs`: nobody has to know a path.
#[test]
fn every_page_of_the_docs_is_found_from_the_index() {
    let pages = pages();
    let (mut found, mut to_read) = (BTreeSet::new(), vec!["docs/README.md".to_owned()]);
    while let Some(page) = to_read.pop() {
        let Some(text) = pages.get(&page).filter(|_| found.insert(page.clone())) else { continue };
        for (_, link) in links(text) {
            let path = resolve(&page, link.split('#').next().unwrap_or_default());
            let page = if pages.contains_key(&path) { path } else { format!("{path}/README.md") };
            if page.starts_with("docs/") {
                to_read.push(page);
            }
        }
    }
    let lost: Vec<_> = pages.keys().filter(|page| page.starts_with("docs/") && !found.contains(*page)).collect();
    assert!(lost.is_empty(), "no link leads from docs/README.md to {lost:?}");
}

/// Who comes to the repository finds how to use it, how to change it, and how to report a fault.
#[test]
fn the_readme_leads_to_the_pages_that_everybody_needs() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let targets: BTreeSet<_> = links(&text).into_iter().map(|(_, link)| link).collect();
    for page in ["docs/README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        assert!(targets.contains(page), "README.md has no link to {page}");
    }
}

#[test]
fn links_are_found_where_readers_see_them() {
    let page = "# A b\n[x](a.md) and ![y](b/c.png \"title\") `[no](code.md)`\n```sh\n[no](code.md)\n```\n\
                [z](https://example.com) [w](../d.md#e-f)\n## A b\n### `f` and: g_h\n";
    let found: Vec<_> = links(page).into_iter().map(|(number, link)| format!("{number} {link}")).collect();
    assert_eq!(found, ["2 a.md", "2 b/c.png", "6 ../d.md#e-f"]);
    assert_eq!(anchors(page).into_iter().collect::<Vec<_>>(), ["a-b", "a-b-1", "f-and-g_h"]);
    assert_eq!(resolve("docs/guides/x.md", "../adr/"), "docs/adr");
    assert_eq!(resolve("README.md", "./docs/x.md"), "docs/x.md");
}
