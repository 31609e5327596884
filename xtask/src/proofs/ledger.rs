//! `docs/ledger.json`: what every operation costs on Cortex-M4, and what it may cost.
//!
//! Figures are written by `cargo xtask proofs --write`; budgets are written by people. The check fails when a figure is
//! above its budget, and when the ledger is not what is measured any more.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Figures;

/// Parts of a thousand: by how much the ledger may be off before it has to be written anew.
const TOLERANCE: u64 = 10;

/// Entries by name. Other parts of the file are others' business.
#[derive(Default, Deserialize, Serialize)]
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
}

fn path(root: &Path) -> PathBuf {
    root.join("docs/ledger.json")
}

fn read(root: &Path) -> Result<Ledger> {
    let path = path(root);
    let text = fs::read(&path).with_context(|| path.display().to_string())?;
    serde_json::from_slice(&text).with_context(|| path.display().to_string())
}

/// Compares what was measured with the ledger.
pub(super) fn check(root: &Path, figures: &[Figures]) -> Result<()> {
    let ledger = read(root)?;
    let mut faults = Vec::new();
    for measured in figures {
        let Some(row) = ledger.entries.get(measured.name) else {
            faults.push(format!("{} is not in the ledger", measured.name));
            continue;
        };
        let size = measured.text + measured.rodata;
        for (what, now, budget, then) in [
            ("size", size, row.size_budget, row.text + row.rodata),
            ("stack", measured.stack, row.stack_budget, row.stack),
        ] {
            if now > budget {
                faults.push(format!("{}: {now} bytes of {what}, and the budget is {budget}", measured.name));
            } else if now.abs_diff(then) * 1000 > then * TOLERANCE {
                faults.push(format!("{}: {now} bytes of {what}, and the ledger says {then}", measured.name));
            }
        }
    }
    faults.extend(
        ledger
            .entries
            .keys()
            .filter(|name| !figures.iter().any(|f| f.name == *name))
            .map(|name| format!("{name} is in the ledger, and there is no such entry")),
    );
    ensure!(
        faults.is_empty(),
        "{}\n`cargo xtask proofs --write` writes the figures of docs/ledger.json anew; budgets are raised by hand, with a \
         reason in the commit",
        faults.join("\n")
    );
    eprintln!("    {} entries are within their budgets of size and stack", figures.len());
    Ok(())
}

/// Writes the figures, and leaves the budgets.
#[expect(clippy::disallowed_methods, reason = "git keeps the old text")]
pub(super) fn write(root: &Path, figures: &[Figures]) -> Result<()> {
    let mut ledger = read(root).unwrap_or_default();
    ledger.entries.retain(|name, _| figures.iter().any(|f| f.name == name));
    for measured in figures {
        let Figures { name, text, rodata, stack } = measured.clone();
        // A new entry may grow by a twentieth.
        let budget = |now: u64| (now + now / 20).next_multiple_of(100);
        let row = ledger.entries.entry(name.to_owned()).or_insert(Row {
            text,
            rodata,
            size_budget: budget(text + rodata),
            stack,
            stack_budget: budget(stack),
        });
        *row = Row { text, rodata, stack, ..*row };
    }
    let path = path(root);
    let text = format!("{}\n", serde_json::to_string_pretty(&ledger)?);
    println!("   write {}", path.display());
    fs::write(&path, text).with_context(|| path.display().to_string())
}
