//! `cargo xtask test`: everything, and what came of it.
//!
//! A step is a process of its own: this very program, called as `cargo xtask step NAME`. So two can run side by side, each
//! with a log of its own, and what one needs, it says in the table of [`steps`].

mod report;
mod schedule;
mod selection;
mod steps;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

pub(crate) use steps::Effort;

/// What to run of the tests.
#[derive(Args)]
pub(crate) struct Options {
    /// The inner loop: what tells most about an edit, in about a minute
    #[arg(long)]
    quick: bool,
    /// Fuzz each target of the core for ten minutes, not for five seconds, and build c2patool to sign with
    #[arg(long, conflicts_with = "quick")]
    long: bool,
    /// List the steps, and run nothing
    #[arg(long)]
    list: bool,
    /// These steps, and those that they need
    #[arg(long, value_name = "STEP", num_args = 1.., conflicts_with = "from")]
    only: Vec<String>,
    /// This step, and all that are listed after it
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// How many steps run side by side
    #[arg(long, value_name = "STEPS", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: u8,
}

impl Options {
    fn effort(&self) -> Effort {
        match (self.quick, self.long) {
            (true, _) => Effort::Quick,
            (false, true) => Effort::Long,
            (false, false) => Effort::Usual,
        }
    }
}

/// Runs the chosen steps. Those behind a failure still run, unless they need what failed, so that one run tells all.
pub(crate) fn test(root: &Path, options: &Options) -> Result<()> {
    let selection = selection::select(options)?;
    if options.list {
        print!("{}", report::list(&selection));
        return Ok(());
    }
    xtask_host::toolchain::ensure_targets(root)?;
    let start = xtask_host::process::now();
    let outcomes = schedule::run(root, &selection, options)?;
    print!("{}", report::table(&outcomes, start.elapsed(), selection.left_out()));
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    println!("{} passed, {failed} failed", outcomes.len() - failed);
    ensure!(failed == 0, "{failed} of {} steps failed; each one is named above", outcomes.len());
    Ok(())
}

/// Steps that look at the tree, and run no tests.
const CHECKS: &[&str] = &["format", "layers", "lock-files", "generated", "clippy"];
const CHECKS_THAT_LINK: &[&str] = &["api", "licences", "no-allocator", "no-panic", "budgets"];

/// `cargo xtask check`.
pub(crate) fn check(root: &Path, quick: bool) -> Result<()> {
    let links = if quick { &[] } else { CHECKS_THAT_LINK };
    let only = CHECKS.iter().chain(links).map(|name| (*name).to_owned()).collect();
    test(root, &Options { quick: false, long: false, list: false, only, from: None, jobs: 2 })
}

/// One step, in this process: what `cargo xtask test` calls.
pub(crate) fn step(root: &Path, name: &str, effort: Effort) -> Result<()> {
    let step = steps::STEPS.iter().find(|step| step.name == name).with_context(|| selection::unknown(name))?;
    let result = (step.run)(root, effort);
    report::say_cpu();
    result
}
