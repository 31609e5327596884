//! What a run of the tests says: while it goes on, and at its end.

use core::fmt::Write as _;
use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::selection::Selection;
use super::steps::Step;

/// How much of the log of a step that failed is shown, in lines.
const SHOWN: usize = 200;

/// Before the processor time that a step says at the end of its log.
const CPU: &str = "    processor time of this step and all that it started: ";

/// What tests write that leave something out.
const LEFT_OUT: [&str; 5] = ["SKIPPED", "left out", "LEFT OUT", "NOT MEASURED", "no instructions are counted"];

/// What came of a step.
pub(super) struct Outcome {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) took: Duration,
    pub(super) result: Result<()>,
    pub(super) log: PathBuf,
}

impl Outcome {
    pub(super) fn not_run(step: &Step, why: String) -> Self {
        let (name, what) = (step.name, step.what);
        Self { name, what, took: Duration::ZERO, result: Err(anyhow!(why)), log: PathBuf::new() }
    }

    fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

/// That a step has ended; of one that failed, the end of its log, and of one that passed, what it left out.
pub(super) fn say(outcome: &Outcome) {
    let log = outcome.log();
    match &outcome.result {
        Ok(()) => {
            eprintln!("ok      {} ({:.1} s)", outcome.name, outcome.took.as_secs_f64());
            for line in log.lines().filter(|line| LEFT_OUT.iter().any(|mark| line.contains(mark))) {
                eprintln!("        {}", line.trim());
            }
        }
        Err(error) => {
            let lines: Vec<_> = log.lines().collect();
            let shown = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
            if shown.len() < lines.len() {
                eprintln!("        … the end of {}:", outcome.log.display());
            }
            for line in shown {
                eprintln!("        {line}");
            }
            eprintln!("\x1b[31mFAILED  {}: {error:#}\x1b[0m", outcome.name);
        }
    }
}

/// All steps, the slowest first; then those that failed, once more.
pub(super) fn table(outcomes: &[Outcome], took: Duration, left_out: Vec<&str>) -> String {
    let mut sorted: Vec<_> = outcomes.iter().collect();
    sorted.sort_by_key(|outcome| core::cmp::Reverse(outcome.took));
    let width = sorted.iter().map(|outcome| outcome.name.len()).max().unwrap_or(0).max("step".len());
    let mut text = format!("\n{:width$}  {:>8}  {:>8}  result\n", "step", "seconds", "cpu s");
    for outcome in sorted {
        let cpu = cpu_of(&outcome.log()).map_or_else(String::new, |seconds| format!("{seconds:.1}"));
        let result = if outcome.result.is_ok() { "ok" } else { "FAILED" };
        let _ = writeln!(text, "{:width$}  {:>8.1}  {cpu:>8}  {result}", outcome.name, outcome.took.as_secs_f64());
    }
    text.push('\n');
    for outcome in outcomes {
        if let Err(error) = &outcome.result {
            let _ = writeln!(text, "FAILED  {} ({}): {error:#}", outcome.name, outcome.what);
            if outcome.log.is_file() {
                let _ = writeln!(text, "        {}", outcome.log.display());
            }
        }
    }
    let _ = writeln!(text, "{:.0} s", took.as_secs_f64());
    if !left_out.is_empty() {
        let _ = writeln!(text, "quick: left out {}", left_out.join(", "));
    }
    text
}

/// The steps of a selection, with what each shows and needs.
pub(super) fn list(selection: &Selection) -> String {
    let width = selection.steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for step in &selection.steps {
        let quick = if step.quick { "quick" } else { "" };
        let _ = write!(text, "{:width$}  {quick:5}  {}", step.name, step.what);
        let _ = match step.needs {
            [] => writeln!(text),
            needs => writeln!(text, " (needs {})", needs.join(", ")),
        };
    }
    text
}

/// Says, where the system tells, how long processors worked for this process and those that it waited for.
pub(super) fn say_cpu() {
    if let Some(seconds) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| cpu_in(&stat)) {
        eprintln!("{CPU}{seconds:.2} s");
    }
}

/// `utime`, `stime`, `cutime` and `cstime` of proc_pid_stat(5), in hundredths of a second as Linux has them.
fn cpu_in(stat: &str) -> Option<f64> {
    // The name of the program is in parentheses, and may have spaces and parentheses in it.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(4);
    let ticks: Vec<u32> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
    (ticks.len() == 4).then(|| ticks.iter().copied().map(f64::from).sum::<f64>() / 100.0)
}

fn cpu_of(log: &str) -> Option<f64> {
    log.lines().rev().find_map(|line| line.strip_prefix(CPU)?.strip_suffix(" s")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::path::PathBuf;

    use super::{CPU, Outcome, cpu_in, cpu_of, table};

    fn outcome(name: &'static str, seconds: u64, result: anyhow::Result<()>) -> Outcome {
        Outcome { name, what: "what it shows", took: Duration::from_secs(seconds), result, log: PathBuf::new() }
    }

    #[test]
    fn the_slowest_comes_first_and_a_failure_twice() {
        let outcomes =
            [outcome("fast", 1, Ok(())), outcome("slow", 90, Ok(())), outcome("bad", 5, Err(anyhow::anyhow!("no")))];
        let text = table(&outcomes, Duration::from_secs(91), vec!["conformance"]);
        let at = |part: &str| text.find(part).unwrap();
        assert!(at("slow  ") < at("bad  ") && at("bad  ") < at("fast  "), "{text}");
        assert!(text.contains("FAILED  bad (what it shows): no") && text.contains("\n91 s\n"), "{text}");
        assert!(text.ends_with("quick: left out conformance\n"), "{text}");
    }

    #[test]
    fn processor_time_is_that_of_the_children_too() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 200 0 0 150 50 1000 300 20 0 1 0 5 6 7";
        assert_eq!(cpu_in(stat), Some(15.0));
        assert_eq!(cpu_in("7 (x) S 1"), None);
        assert_eq!(cpu_of(&format!("a\n{CPU}12.50 s\n")), Some(12.5));
        assert_eq!(cpu_of("a\n"), None);
    }
}
