//! Which steps are run.

use anyhow::{Result, bail};

use super::Options;
use super::steps::{STEPS, Step};

/// The steps of a run, in the order of the table.
pub(super) struct Selection {
    pub(super) steps: Vec<&'static Step>,
    quick: bool,
}

impl Selection {
    /// What a quick run does not do, as it has to say so.
    pub(super) fn left_out(&self) -> Vec<&'static str> {
        if !self.quick {
            return Vec::new();
        }
        STEPS.iter().filter(|step| !step.quick).map(|step| step.name).collect()
    }
}

pub(super) fn select(options: &Options) -> Result<Selection> {
    for name in options.only.iter().chain(&options.from) {
        if !STEPS.iter().any(|step| step.name == name) {
            bail!("{}", unknown(name));
        }
    }
    let from = options.from.as_ref().and_then(|name| STEPS.iter().position(|step| step.name == name)).unwrap_or(0);
    let named: Vec<&str> = match options.only.as_slice() {
        [] => STEPS.iter().skip(from).filter(|step| !options.quick || step.quick).map(|step| step.name).collect(),
        only => only.iter().map(String::as_str).collect(),
    };
    let needed = needed(&named);
    let steps = STEPS.iter().filter(|step| needed.contains(&step.name));
    Ok(Selection { steps: steps.collect(), quick: options.quick })
}

/// The steps with these names and, over any distance, those that they need.
fn needed(names: &[&str]) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = STEPS.iter().map(|step| step.name).filter(|name| names.contains(name)).collect();
    let mut at = 0;
    while let Some(name) = found.get(at) {
        let step = STEPS.iter().find(|step| step.name == *name);
        for need in step.into_iter().flat_map(|step| step.needs) {
            if !found.contains(need) {
                found.push(need);
            }
        }
        at += 1;
    }
    found
}

pub(super) fn unknown(name: &str) -> String {
    let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
    format!("there is no step `{name}`; there are: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Options, needed, select};
    use crate::test::steps::STEPS;

    fn options() -> Options {
        Options { quick: false, long: false, list: false, only: Vec::new(), from: None, jobs: 2 }
    }

    fn names(options: &Options) -> Vec<&'static str> {
        select(options).unwrap().steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn everything_is_the_default() {
        assert_eq!(names(&options()).len(), STEPS.len());
    }

    #[test]
    fn a_named_step_brings_what_it_needs() {
        let only = Options { only: vec!["npm".to_owned()], ..options() };
        assert_eq!(names(&only), ["npm-packages", "wasm", "npm"]);
        assert!(needed(&["conformance"]).contains(&"npm-packages"));
    }

    #[test]
    fn from_leaves_out_what_is_before_and_not_needed() {
        let last = STEPS.last().unwrap();
        let chosen = names(&Options { from: Some(last.name.to_owned()), ..options() });
        assert_eq!(chosen, [last.needs, &[last.name]].concat());
        assert!(!chosen.contains(&"rust"));
    }

    #[test]
    fn a_step_that_there_is_not_is_refused_with_those_there_are() {
        for options in [
            Options { only: vec!["rsut".to_owned()], ..options() },
            Options { from: Some("rsut".to_owned()), ..options() },
        ] {
            let error = select(&options).err().unwrap().to_string();
            assert!(error.contains("`rsut`") && error.contains("rust, "), "{error}");
        }
    }

    #[test]
    fn quick_says_what_it_leaves_out() {
        let quick = select(&Options { quick: true, ..options() }).unwrap();
        assert_eq!(quick.steps.len() + quick.left_out().len(), STEPS.len());
        assert!(quick.left_out().contains(&"conformance"));
    }

    #[test]
    fn needs_are_steps_that_come_before() {
        for (at, step) in STEPS.iter().enumerate() {
            for need in step.needs.iter().chain(step.after) {
                assert!(STEPS[..at].iter().any(|earlier| earlier.name == *need), "{} needs {need}", step.name);
            }
            // What a quick run has, it must be able to run.
            let quick = |need: &&str| STEPS.iter().any(|other| other.name == *need && other.quick);
            assert!(!step.quick || step.needs.iter().all(quick), "{} is quick", step.name);
            assert_eq!(STEPS.iter().filter(|other| other.name == step.name).count(), 1, "{}", step.name);
        }
    }
}
