//! `cargo xtask proofs`: what the core promises, shown on what is linked: no panic, size, stack.
//!
//! Every entry of `core-nostd/proofs` is linked by itself, for each target, from one static library.

mod cases;
pub mod firmware;
mod image;
mod ledger;
mod link;
mod stack;
mod thumb;

use std::path::Path;

use anyhow::{Result, ensure};
use splitsign_proofs::ENTRIES;

use link::{Archive, Linked, Target};

/// Panics cannot be reached: every entry links although nobody defines what a panic calls.
///
/// # Errors
///
/// An entry can panic, named in the error; or the control does not.
pub fn no_panic(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for target in Target::ALL {
        for features in [&[][..], &["large-generator-table"]] {
            let archive = Archive::build(root, target, features)?;
            for (name, _) in ENTRIES {
                if matches!(archive.link(name)?, Linked::ReachesPanic) {
                    faults.push(format!("{name} can panic on {}, features {features:?}", target.triple()));
                }
            }
        }
        // The positive control: an index that nobody checked.
        let control = Archive::build(root, target, &["control-with-panic"])?;
        ensure!(
            matches!(control.link("control")?, Linked::ReachesPanic),
            "the positive control linked for {} although it can panic: the check proves nothing any more",
            target.triple()
        );
    }
    ensure!(
        faults.is_empty(),
        "{}\nfind out why with `cargo xtask proofs --callers`, which names who calls the panic",
        faults.join("\n")
    );
    eprintln!("    {} entries, {} targets: no panic can be reached", ENTRIES.len(), Target::ALL.len());
    Ok(())
}

/// Size and stack of each entry are within the budgets of the ledger, and what it says.
///
/// # Errors
///
/// An entry is above its budget, or not what the ledger says.
pub fn budgets(root: &Path) -> Result<()> {
    ledger::check(root, &figures(root)?)
}

/// Writes the ledger.
///
/// # Errors
///
/// Something does not build, run, or fit into the file.
pub fn write_ledger(root: &Path) -> Result<()> {
    let (figures, report) = (figures(root)?, firmware::run_all(root)?);
    ledger::write(root, &figures, &report.operations)
}

/// The core runs on a Cortex-M4: every verdict is right, and no operation takes more stack than its bound.
///
/// # Errors
///
/// QEMU is not here, a verdict is wrong, or a bound or a budget does not hold.
pub fn on_the_small_machine(root: &Path) -> Result<()> {
    let (figures, report) = (figures(root)?, firmware::run_all(root)?);
    let mut faults = Vec::new();
    for taken in &report.operations {
        let bound = figures.iter().find(|f| f.name == taken.name).map_or(0, |f| f.stack);
        if taken.stack > bound {
            faults.push(format!("{} took {} bytes of stack, and its bound is {bound}", taken.name, taken.stack));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    ledger::check_instructions(root, &report.operations)?;
    println!("{:20} {:>14} {:>14} {:>14}", "Cortex-M4 (QEMU)", "instructions", "bytes of stack", "bound");
    for (taken, figures) in report.operations.iter().zip(&figures) {
        println!("{:20} {:>14} {:>14} {:>14}", taken.name, taken.instructions, taken.stack, figures.stack);
    }
    println!("{} signatures of Wycheproof have their verdict, with and without a table", report.signatures);
    let firmware::Comparison { ours, p256 } = firmware::compare(root)?;
    println!(
        "one verification, opt-level 3: {ours} instructions; p256: {p256}; ratio {:.3}",
        ours as f64 / p256 as f64
    );
    Ok(())
}

/// Prints all figures as a table.
///
/// # Errors
///
/// As [`figures`].
pub fn print(root: &Path) -> Result<()> {
    println!("{:20} {:>10} {:>10} {:>10} {:>10}", "Cortex-M4, bytes", "code", "constants", "together", "stack ≤");
    for Figures { name, text, rodata, stack } in figures(root)? {
        println!("{name:20} {text:>10} {rodata:>10} {:>10} {stack:>10}", text + rodata);
    }
    Ok(())
}

/// What was measured of one entry on Cortex-M4.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figures {
    /// The entry.
    pub name: &'static str,
    /// Bytes of code.
    pub text: u64,
    /// Bytes of constants.
    pub rodata: u64,
    /// Bytes: no call of the entry needs more.
    pub stack: u64,
}

/// Links and measures every entry.
///
/// # Errors
///
/// An entry can panic or its stack has no bound.
pub fn figures(root: &Path) -> Result<Vec<Figures>> {
    let archive = Archive::build(root, Target::Thumb, &[])?;
    let mut figures = Vec::new();
    for (name, _) in ENTRIES {
        let Linked::Alone(path) = archive.link(name)? else {
            anyhow::bail!("{name} can panic: see the check of that name");
        };
        let image = image::Image::read(&path)?;
        let stack = stack::bound(&image, &link::symbol(name))?;
        figures.push(Figures { name, text: image.text, rodata: image.rodata, stack });
    }
    Ok(figures)
}

/// Who calls the panic, for each entry that can.
///
/// # Errors
///
/// Something does not link.
pub fn callers(root: &Path) -> Result<()> {
    let archive = Archive::build(root, Target::Thumb, &[])?;
    for (name, _) in ENTRIES {
        let Linked::ReachesPanic = archive.link(name)? else { continue };
        let image = image::Image::read(&archive.link_with_panic(name)?)?;
        println!("{name}:");
        for caller in stack::callers_of_panics(&image)? {
            println!("    {caller}");
        }
    }
    Ok(())
}
