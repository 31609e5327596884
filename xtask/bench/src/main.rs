//! `cargo xtask bench`: the core and the npm package against their peers, on one machine in one run.

mod borders;
mod chart;
mod execution;
mod load;
mod measurement;
mod report;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

use self::execution::Effort;
use self::measurement::Measurement;
use self::report::Report;
use self::rows::ROWS;
use xtask_host::debian;

/// Where the chart of the README is.
const CHART: &str = "docs/assets/bench.svg";

/// Measures the core and the npm package against their peers, and prints a table of ratios.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    /// Nine short rounds: good enough to see where one stands
    #[arg(long)]
    quick: bool,
    /// One pass of everything, no table: does it build, come out right and refuse what is wrong?
    #[arg(long, conflicts_with_all = ["quick", "json", "svg", "markdown", "update_docs"])]
    smoke: bool,
    /// Measure the remote signer under load instead: against OpenBao, and with a KMS that takes 20 ms
    #[arg(long, conflicts_with_all = ["svg", "markdown", "update_docs"])]
    load: bool,
    /// With --load, a binary of the remote signer that is built already: the one before a change, say
    #[arg(long, value_name = "FILE", requires = "load")]
    signer: Option<PathBuf>,
    /// Write the rows as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the whole table as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write tables and chart into the documentation; not from short rounds
    #[arg(long, conflicts_with = "quick")]
    update_docs: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    xtask_host::process::exit(xtask_host::root().and_then(|root| bench(root, &options)))
}

/// Builds everybody, measures, prints the table, and writes what is asked for. The npm package and the addon must have
/// been built, as `cargo xtask bench` does before it calls this.
fn bench(root: &Path, options: &Options) -> Result<()> {
    match (options.load, options.smoke) {
        (true, true) => return load::smoke(root, options.signer.as_deref()),
        (true, false) => return load::bench(root, options.quick, options.signer.as_deref(), options.json.as_deref()),
        (false, true) => return smoke(root),
        (false, false) => debian::install_missing(),
    }
    let report = measure(root, if options.quick { Effort::QUICK } else { Effort::FULL })?;
    print!("{}", report.text());

    if let Some(path) = &options.json {
        write(path, &report.json()?)?;
    }
    if let Some(path) = &options.svg {
        write(path, &chart::svg(&report))?;
    }
    if let Some(path) = &options.markdown {
        write(path, &report.markdown(true))?;
    }
    if options.update_docs {
        update(&root.join("README.md"), &report.markdown(false))?;
        update(&root.join("benches/README.md"), &report.markdown(true))?;
        write(&root.join(CHART), &chart::svg(&report))?;
    }
    Ok(())
}

/// What `cargo xtask test` runs: no times are looked at.
fn smoke(root: &Path) -> Result<()> {
    let report = measure(root, Effort::SMOKE)?;
    for (name, why) in &report.left_out {
        eprintln!("    {name} is left out: {why}");
    }
    // The documents can be written anew: their places are there.
    for document in ["README.md", "benches/README.md"] {
        let text = fs::read_to_string(root.join(document)).with_context(|| format!("cannot read {document}"))?;
        replaced(&text, "").with_context(|| document.to_owned())?;
    }
    Ok(())
}

fn measure(root: &Path, effort: Effort) -> Result<Report> {
    let mut samples = execution::native(root, effort)?;
    let (in_node, facts) = execution::in_node(root, effort)?;
    samples.extend(in_node);
    samples.extend(execution::with_the_addon(root, effort)?);
    samples.extend(borders::borders(&samples));
    samples.extend(execution::under_qemu(root, effort)?);

    let (mut measurements, mut left_out) = (Vec::new(), Vec::new());
    for row in ROWS {
        match Measurement::of(row, &samples)? {
            Some(measurement) => measurements.push(measurement),
            None => {
                let why = row.may_be_missing();
                let fault = || format!("{}: a contender of this row was not measured", row.name);
                left_out.push((row.name, why.with_context(fault)?));
            }
        }
    }
    Report::new(root, effort, facts, measurements, left_out)
}

/// Before and after what the command writes into a document.
const MARKS: [&str; 2] = ["<!-- bench: written by `cargo xtask bench --update-docs` -->\n", "<!-- /bench -->"];

fn update(document: &Path, table: &str) -> Result<()> {
    let text = fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
    write(document, &replaced(&text, table).with_context(|| document.display().to_string())?)
}

fn replaced(text: &str, table: &str) -> Result<String> {
    let [start, end] = MARKS;
    let (before, rest) = text.split_once(start).with_context(|| format!("the line `{}` is missing", start.trim()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("the line `{end}` is missing"))?;
    Ok(format!("{before}{start}\n{table}\n{end}{after}"))
}

#[expect(clippy::disallowed_methods, reason = "documents in a working copy, which git watches")]
fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{MARKS, replaced};

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let [start, end] = MARKS;
        let text = format!("before\n{start}old\n{end}\nafter\n");
        assert_eq!(replaced(&text, "new\n").unwrap(), format!("before\n{start}\nnew\n\n{end}\nafter\n"));
        assert!(replaced("before", "new").unwrap_err().to_string().contains("is missing"));
        assert!(replaced(start, "new").unwrap_err().to_string().contains("/bench"));
    }
}
