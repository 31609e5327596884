//! `splitsign-conformance`: runs suites against drivers.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use splitsign_conformance::agreement;
use splitsign_conformance::driver::{Driver, DriverFile, Limits};
use splitsign_conformance::expectations::Expectations;
use splitsign_conformance::places::Places;
use splitsign_conformance::report::{Whole, console, html, json, junit};
use splitsign_conformance::runner::{self, Report};
use splitsign_conformance::suites::{self, SOURCES, Suite};

/// Runs the same cases against any implementation, and compares what they say.
///
/// An implementation is a process that speaks JSON lines: see conformance/PROTOCOL.md.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
    #[command(flatten)]
    places: PlaceOptions,
}

#[derive(Subcommand)]
enum Task {
    /// Run suites against one driver
    Run {
        /// A driver of conformance/drivers
        #[arg(long, required_unless_present = "command", conflicts_with = "command")]
        driver: Option<String>,
        /// Any other driver: a program and its arguments, divided by spaces
        #[arg(long)]
        command: Option<String>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Run suites against all drivers, and require that all say the same
    Compare {
        /// The drivers; all of conformance/drivers, if none is named
        #[arg(long = "driver")]
        drivers: Vec<String>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Show suites and drivers
    List,
}

#[derive(Args)]
struct RunOptions {
    /// A suite; all of them, if none is named
    #[arg(long = "suite")]
    suites: Vec<String>,
    /// Milliseconds that a driver may take for one case
    #[arg(long, default_value_t = 10_000)]
    timeout_ms: u64,
    /// Where the report goes as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the report goes as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Where the report goes as a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Args)]
struct PlaceOptions {
    /// The repository
    #[arg(long, global = true, default_value = ".")]
    root: PathBuf,
    /// Cargo's target directory; that of the repository, if it is not given
    #[arg(long, global = true)]
    target: Option<PathBuf>,
    /// A Python that has what conformance/strangers/requirements.txt names
    #[arg(long, global = true)]
    python: Option<PathBuf>,
    /// The package `cryptography_vectors` of PyPI, for NIST's vectors
    #[arg(long, global = true)]
    nist_vectors: Option<PathBuf>,
}

impl PlaceOptions {
    fn places(self) -> Result<Places> {
        let whole = |path: PathBuf| path.canonicalize().with_context(|| format!("cannot find {}", path.display()));
        let root = whole(self.root)?;
        let target = self.target.map_or_else(|| Ok(root.join("target")), whole)?;
        // A Python of a virtual environment is a link, and knows by its name that it is in one.
        let python = self.python.map(|path| std::path::absolute(&path).context("the path of python")).transpose()?;
        Ok(Places { root, target, python, nist_vectors: self.nist_vectors.map(whole).transpose()? })
    }
}

fn main() -> ExitCode {
    match execute(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as it should be.
fn execute(arguments: Arguments) -> Result<bool> {
    let places = arguments.places.places()?;
    match arguments.command {
        Task::List => list(&places).map(|()| true),
        Task::Run { driver, command, options } => {
            let file = match (driver, command) {
                (Some(name), _) => DriverFile::read(&places, &name)?,
                (None, command) => DriverFile::of_command(&command.unwrap_or_default(), Path::new("."))?,
            };
            let suites = suites::load(&places, &options.suites)?;
            let reports = [one(&places, file, &suites, options.limits())?];
            report(&Whole { suites: &suites, reports: &reports, agreement: None }, &options)
        }
        Task::Compare { drivers, options } => {
            let names = if drivers.is_empty() { DriverFile::names(&places)? } else { drivers };
            let suites = suites::load(&places, &options.suites)?;
            let mut reports = Vec::new();
            for name in names {
                eprintln!("    {name}");
                reports.push(one(&places, DriverFile::read(&places, &name)?, &suites, options.limits())?);
            }
            // Ours first: on a small screen the rest is to the right.
            reports.sort_by_key(|report| report.foreign);
            let agreement = agreement::compare(&reports);
            report(&Whole { suites: &suites, reports: &reports, agreement: Some(&agreement) }, &options)
        }
    }
}

impl RunOptions {
    fn limits(&self) -> Limits {
        Limits { case: Duration::from_millis(self.timeout_ms), ..Limits::default() }
    }
}

fn one(places: &Places, file: DriverFile, suites: &[Suite], limits: Limits) -> Result<Report> {
    let expectations = Expectations::read(places, &file.name)?;
    match Driver::start(file.clone(), limits) {
        Ok(driver) => Ok(runner::run(driver, suites, &expectations)),
        Err(error) => Ok(Report::not_started(&file, format!("{error:#}"))),
    }
}

fn report(whole: &Whole<'_>, options: &RunOptions) -> Result<bool> {
    print!("{}", console::text(whole));
    if let Some(path) = &options.json {
        write(path, &serde_json::to_string(&json::value(whole)?)?)?;
    }
    if let Some(path) = &options.junit {
        write(path, &junit::xml(whole))?;
    }
    if let Some(path) = &options.html {
        write(path, &html::page(whole))?;
    }
    Ok(whole.is_good())
}

#[expect(clippy::disallowed_methods, reason = "a report is written anew by each run; nothing is lost with half of one")]
fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn list(places: &Places) -> Result<()> {
    println!("suites:");
    for source in SOURCES {
        match suites::load(places, &[source.name.to_owned()]) {
            Ok(loaded) => {
                let cases: usize = loaded.iter().map(|suite| suite.cases.len()).sum();
                println!("  {:<18} {cases:>6} cases  {}", source.name, source.about);
                for one in loaded.iter().flat_map(|suite| &suite.unsupported) {
                    println!("  {:<18} {:>6} not run: {}: {}", "", one.cases, one.what, one.reason);
                }
            }
            Err(error) => println!("  {:<18} not here: {error:#}", source.name),
        }
    }
    println!("drivers:");
    for name in DriverFile::names(places)? {
        match DriverFile::read(places, &name) {
            Ok(file) => println!("  {name:<18} {}", file.language),
            Err(error) => println!("  {name:<18} not here: {error:#}"),
        }
    }
    Ok(())
}
