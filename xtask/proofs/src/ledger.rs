//! `docs/ledger.json`: what every operation costs on Cortex-M4, and what it may cost.
//!
//! Figures are written by `cargo xtask proofs --write`; budgets are written by people. The check fails when a figure is
//! above its budget, and when the ledger is not what is measured any more.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Figures;
use super::firmware::Taken;

/// Parts of a thousand: by how much the ledger may be off before it has to be written anew.
const TOLERANCE: u64 = 10;
/// Bytes or instructions, which are counted in steps of forty: as much it may be off in any case.
const SLACK: u64 = 80;

/// Entries by name. Other parts of the file are others' business.
#[derive(Deserialize, Serialize)]
pub(super) struct Ledger {
    entries: BTreeMap<String, Row>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// Bytes.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct Row {
    text: u64,
    rodata: u64,
    size_budget: u64,
    stack: u64,
    stack_budget: u64,
    /// Not bytes: counted under QEMU.
    instructions: u64,
    instructions_budget: u64,
}

const TABLE_BEGINS: &str = "<!-- written by `cargo xtask proofs --write` -->\n";
const TABLE_ENDS: &str = "<!-- end of what is written -->";

fn path(root: &Path) -> PathBuf {
    root.join("docs/ledger.json")
}

fn read(root: &Path) -> Result<Ledger> {
    let path = path(root);
    let text = fs::read(&path).with_context(|| path.display().to_string())?;
    serde_json::from_slice(&text).with_context(|| path.display().to_string())
}

/// What a figure is called, what it is now, what it may be, and what the ledger says that it is.
type Comparison = (&'static str, u64, u64, u64);

/// Above the budget, or not what the ledger says.
fn fault(name: &str, (what, now, budget, then): Comparison) -> Option<String> {
    if now > budget {
        Some(format!("{name}: {now} {what}, and the budget is {budget}"))
    } else if now.abs_diff(then) > (then * TOLERANCE / 1000).max(SLACK) {
        Some(format!("{name}: {now} {what}, and the ledger says {then}"))
    } else {
        None
    }
}

const REMEDY: &str = "`cargo xtask proofs --write` writes the figures of docs/ledger.json and docs/proofs.md anew; budgets \
                      are raised by hand, with a reason in the commit";

/// Compares the instructions that were counted with the ledger.
pub(super) fn check_instructions(root: &Path, counted: &[Taken]) -> Result<()> {
    let ledger = read(root)?;
    let faults: Vec<String> = counted
        .iter()
        .filter_map(|taken| {
            let row = ledger.entries.get(&taken.name)?;
            let figures = ("instructions", taken.instructions, row.instructions_budget, row.instructions);
            fault(&taken.name, figures)
        })
        .collect();
    ensure!(faults.is_empty(), "{}\n{REMEDY}", faults.join("\n"));
    Ok(())
}

/// Compares what was linked with the ledger, and the documentation with it.
pub(super) fn check(root: &Path, figures: &[Figures]) -> Result<()> {
    let ledger = read(root)?;
    let mut faults = Vec::new();
    for measured in figures {
        let Some(row) = ledger.entries.get(measured.name) else {
            faults.push(format!("{} is not in the ledger", measured.name));
            continue;
        };
        let size = measured.text + measured.rodata;
        let comparisons = [
            ("bytes", size, row.size_budget, row.text + row.rodata),
            ("bytes of stack", measured.stack, row.stack_budget, row.stack),
        ];
        faults.extend(comparisons.into_iter().filter_map(|comparison| fault(measured.name, comparison)));
    }
    faults.extend(
        ledger
            .entries
            .keys()
            .filter(|name| !figures.iter().any(|f| f.name == *name))
            .map(|name| format!("{name} is in the ledger, and there is no such entry")),
    );
    let document = document(root);
    let text = fs::read_to_string(&document)?;
    if with_table(&text, &ledger)? != text {
        faults.push(format!("the table in {} is not that of the ledger", document.display()));
    }
    ensure!(faults.is_empty(), "{}\n{REMEDY}", faults.join("\n"));
    eprintln!("    {} entries are within their budgets of size and stack", figures.len());
    Ok(())
}

/// Writes the figures into the ledger and the documentation, and leaves the budgets.
pub(super) fn write(root: &Path, figures: &[Figures], counted: &[Taken]) -> Result<()> {
    let mut ledger = read(root)?;
    ledger.entries.retain(|name, _| figures.iter().any(|f| f.name == name));
    for measured in figures {
        let Figures { name, text, rodata, stack } = measured.clone();
        let instructions = counted.iter().find(|taken| taken.name == name).map_or(0, |taken| taken.instructions);
        // A new entry may grow by a twentieth.
        let budget = |now: u64| (now + now / 20).next_multiple_of(100);
        let row = ledger.entries.entry(name.to_owned()).or_insert(Row {
            text,
            rodata,
            size_budget: budget(text + rodata),
            stack,
            stack_budget: budget(stack),
            instructions,
            instructions_budget: budget(instructions),
        });
        *row = Row { text, rodata, stack, instructions, ..*row };
    }
    put(&path(root), &format!("{}\n", serde_json::to_string_pretty(&ledger)?))?;
    let document = document(root);
    put(&document, &with_table(&fs::read_to_string(&document)?, &ledger)?)
}

fn document(root: &Path) -> PathBuf {
    root.join("docs/proofs.md")
}

/// The text of the documentation, with the figures of the ledger.
fn with_table(text: &str, ledger: &Ledger) -> Result<String> {
    let (before, rest) = text.split_once(TABLE_BEGINS).context("docs/proofs.md has no place for the table")?;
    let (_, after) = rest.split_once(TABLE_ENDS).context("the table of docs/proofs.md has no end")?;
    let mut table =
        String::from("| operation | bytes | of these code | stack, bytes | instructions |\n|---|--:|--:|--:|--:|\n");
    for (name, row) in &ledger.entries {
        let Row { text, rodata, stack, instructions, .. } = row;
        writeln!(table, "| `{name}` | {} | {text} | {stack} | {instructions} |", text + rodata)?;
    }
    Ok(format!("{before}{TABLE_BEGINS}{table}{TABLE_ENDS}{after}"))
}

#[expect(clippy::disallowed_methods, reason = "git keeps the old text")]
fn put(path: &Path, text: &str) -> Result<()> {
    println!("   write {}", path.display());
    fs::write(path, text).with_context(|| path.display().to_string())
}
