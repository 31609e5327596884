//! Running steps: side by side where they do not wait for each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use xtask_host::process::{BUILT, keep, now, target_directory};

use super::Options;
use super::report::{self, Outcome};
use super::selection::Selection;
use super::steps::{BUILD, Step};

/// Runs all steps and says what came of each, in the order in which they ended.
pub(super) fn run(root: &Path, selection: &Selection, options: &Options) -> Result<Vec<Outcome>> {
    let logs = target_directory(root).join("steps");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let (ended, endings) = channel();
    // Compiling the workspace replaces the file of this very program.
    let program = keep(&std::env::current_exe().context("where this program is")?, &logs.join("xtask"))?;
    let waiting = selection.steps.clone();
    let mut schedule = Schedule { program, waiting, running: Vec::new(), outcomes: Vec::new(), ended, endings };
    // One alone has the screen; of several, each has a log.
    let on_screen = selection.steps.len() == 1;
    while !schedule.is_done() {
        schedule.give_up_on_what_cannot_run();
        while schedule.running.len() < usize::from(options.jobs)
            && let Some(step) = schedule.next()
        {
            schedule.start(root, step, &logs, options, on_screen)?;
        }
        if !schedule.running.is_empty() {
            schedule.wait(on_screen)?;
        }
    }
    Ok(schedule.outcomes)
}

struct Schedule {
    program: PathBuf,
    waiting: Vec<&'static Step>,
    running: Vec<&'static Step>,
    outcomes: Vec<Outcome>,
    ended: Sender<Outcome>,
    endings: Receiver<Outcome>,
}

impl Schedule {
    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    fn has_passed(&self, name: &str) -> bool {
        self.outcomes.iter().any(|outcome| outcome.name == name && outcome.result.is_ok())
    }

    /// Whether the step is part of this run and has not ended.
    fn is_open(&self, name: &str) -> bool {
        self.waiting.iter().chain(&self.running).any(|step| step.name == name)
    }

    /// The first one that waits for nothing, and for whose lock nobody else waits.
    fn next(&mut self) -> Option<&'static Step> {
        let is_free = |step: &Step| {
            let awaited = step.needs.iter().chain(step.after).any(|name| self.is_open(name));
            let is_taken = step.locks.is_some() && self.running.iter().any(|other| other.locks == step.locks);
            !awaited && !is_taken
        };
        let at = self.waiting.iter().position(|step| is_free(step))?;
        Some(self.waiting.remove(at))
    }

    /// Steps that need one that failed.
    fn give_up_on_what_cannot_run(&mut self) {
        while let Some((at, need)) = self.waiting.iter().enumerate().find_map(|(at, step)| {
            let failed = |need: &&&str| self.outcomes.iter().any(|o| o.name == **need && o.result.is_err());
            Some((at, *step.needs.iter().find(failed)?))
        }) {
            let step = self.waiting.remove(at);
            let outcome = Outcome::not_run(step, format!("not run: it needs `{need}`, which failed"));
            report::say(&outcome);
            self.outcomes.push(outcome);
        }
    }

    fn start(
        &mut self,
        root: &Path,
        step: &'static Step,
        logs: &Path,
        options: &Options,
        on_screen: bool,
    ) -> Result<()> {
        // One that has the screen has no log, and must not be taken for the run that left one.
        let log = if on_screen { PathBuf::new() } else { logs.join(format!("{}.log", step.name)) };
        let mut command = Command::new(&self.program);
        command.current_dir(root).stdin(Stdio::null()).args(["step", step.name, "--effort", options.effort().name()]);
        if self.has_passed(BUILD) {
            command.env(BUILT, "1");
        }
        if !on_screen {
            let file = fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
            command.stdout(file.try_clone().context("a second handle of the log")?).stderr(file);
            eprintln!("start   {}: {}", step.name, step.what);
        }
        let mut child = command.spawn().with_context(|| format!("cannot start the step {}", step.name))?;
        let (start, ended) = (now(), self.ended.clone());
        thread::spawn(move || {
            let result = child.wait().context("cannot wait for it").and_then(passed);
            // The receiver lives as long as a step runs.
            let _ = ended.send(Outcome { name: step.name, what: step.what, took: start.elapsed(), result, log });
        });
        self.running.push(step);
        Ok(())
    }

    fn wait(&mut self, on_screen: bool) -> Result<()> {
        let outcome = self.endings.recv().context("a step that never ends")?;
        self.running.retain(|step| step.name != outcome.name);
        if !on_screen {
            report::say(&outcome);
        }
        self.outcomes.push(outcome);
        Ok(())
    }
}

fn passed(status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(anyhow!("it ended with {status}")) }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::path::PathBuf;
    use std::sync::mpsc::channel;

    use super::super::report::Outcome;
    use super::super::steps::Step;
    use super::Schedule;

    const fn step(name: &'static str, needs: &'static [&'static str], locks: Option<&'static str>) -> Step {
        Step { name, what: "", needs, after: &[], quick: true, locks, run: |_, _| Ok(()) }
    }

    static COMPILE: Step = step("compile", &[], Some("debug"));
    static LINT: Step = step("lint", &[], Some("debug"));
    static FETCH: Step = step("fetch", &[], None);
    static RUN: Step = step("run", &["compile"], None);
    static LAST: Step = step("last", &["run"], None);

    fn schedule() -> Schedule {
        let (ended, endings) = channel();
        let waiting = vec![&COMPILE, &LINT, &RUN, &LAST, &FETCH];
        Schedule { program: PathBuf::new(), waiting, running: Vec::new(), outcomes: Vec::new(), ended, endings }
    }

    fn end(schedule: &mut Schedule, step: &'static Step, result: anyhow::Result<()>) {
        schedule.running.retain(|running| running.name != step.name);
        let log = PathBuf::new();
        schedule.outcomes.push(Outcome { name: step.name, what: "", took: Duration::ZERO, result, log });
    }

    #[test]
    fn one_that_waits_is_passed_over() {
        let mut schedule = schedule();
        let first = schedule.next().unwrap();
        assert_eq!(first.name, "compile");
        schedule.running.push(first);
        // `lint` wants the same lock, `run` what `compile` makes.
        assert_eq!(schedule.next().unwrap().name, "fetch");
        assert!(schedule.next().is_none());
        end(&mut schedule, &COMPILE, Ok(()));
        assert_eq!(schedule.next().unwrap().name, "lint");
        assert_eq!(schedule.next().unwrap().name, "run");
    }

    #[test]
    fn what_needs_a_failed_step_is_not_run_and_has_failed() {
        let mut schedule = schedule();
        let first = schedule.next().unwrap();
        end(&mut schedule, first, Err(anyhow::anyhow!("no")));
        schedule.give_up_on_what_cannot_run();
        let failed: Vec<_> = schedule.outcomes.iter().filter(|o| o.result.is_err()).map(|o| o.name).collect();
        assert_eq!(failed, ["compile", "run", "last"]);
        assert_eq!(schedule.waiting.iter().map(|step| step.name).collect::<Vec<_>>(), ["lint", "fetch"]);
    }
}
