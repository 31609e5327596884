//! The committed file of a library, and how it differs from what the library offers.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};

/// The file as it is; one that is not there has no items.
pub(crate) fn read(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes the file anew.
#[expect(clippy::disallowed_methods, reason = "git keeps the old text")]
pub(crate) fn write(path: &Path, items: &str) -> Result<()> {
    println!("write {}", path.display());
    std::fs::write(path, items).with_context(|| format!("cannot write {}", path.display()))
}

/// Items that are gone, with `-`, and new ones, with `+`; what was changed has one of each, next to each other. `None` if
/// both are the same.
pub(crate) fn difference(committed: &str, items: &str) -> Option<String> {
    if committed == items {
        return None;
    }
    let (before, now): (BTreeSet<_>, BTreeSet<_>) = (committed.lines().collect(), items.lines().collect());
    let gone = before.difference(&now).map(|item| ('-', *item));
    let new = now.difference(&before).map(|item| ('+', *item));
    let mut lines: Vec<_> = gone.chain(new).collect();
    lines.sort_by_key(|(sign, item)| (path_of(item), *sign == '+'));
    let lines: Vec<_> = lines.into_iter().map(|(sign, item)| format!("{sign} {item}")).collect();
    // The same items in another order, or another line break at the end.
    Some(if lines.is_empty() { "the order of its lines is another one".to_owned() } else { lines.join("\n") })
}

/// The first word with a path in it, so that what became of an item stands beside it.
fn path_of(item: &str) -> &str {
    let word = item.split_whitespace().find(|word| word.contains("::")).unwrap_or(item);
    word.split(['(', '<']).next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::difference;

    const COMMITTED: &str = "pub mod a\npub fn a::gone() -> u8\npub fn a::kept()\npub fn a::taken(one: u8)\n";

    #[test]
    fn the_same_is_no_difference() {
        assert_eq!(difference(COMMITTED, COMMITTED), None);
    }

    #[test]
    fn gone_and_new_items_are_shown_and_changed_ones_stand_together() {
        let now = "pub mod a\npub fn a::kept()\npub const fn a::taken(one: u8, two: u8)\npub fn a::very_new()\n";
        let expected = "- pub fn a::gone() -> u8\n- pub fn a::taken(one: u8)\n\
                        + pub const fn a::taken(one: u8, two: u8)\n+ pub fn a::very_new()";
        assert_eq!(difference(COMMITTED, now).as_deref(), Some(expected));
    }

    #[test]
    fn a_file_that_is_not_there_lacks_everything() {
        let shown = difference("", COMMITTED).unwrap();
        assert_eq!(shown.lines().count(), 4);
        assert!(shown.lines().all(|line| line.starts_with("+ ")), "{shown}");
    }

    #[test]
    fn another_order_is_a_difference() {
        let swapped = "pub fn a::gone() -> u8\npub mod a\npub fn a::kept()\npub fn a::taken(one: u8)\n";
        assert!(difference(COMMITTED, swapped).is_some());
        assert!(difference(COMMITTED, COMMITTED.trim_end()).is_some());
    }
}
