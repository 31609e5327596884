//! Rounds in which everybody has the same share of what the machine is doing.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Something that is measured. A pass does some operations and returns how many of them came out right.
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) pass: Box<dyn FnMut() -> usize>,
    /// Operations of one pass, all of which must come out right.
    pub(crate) operations: usize,
}

/// Measures contenders: the nanoseconds of one operation in each round.
///
/// A round is `passes` times A, B, C, …; so a machine that slows down for a while slows them all down. A contender's
/// time in a round is the median of its passes: those in which something else had the core do not count.
pub(crate) fn measure(mut contenders: Vec<Contender>, rounds: usize, passes: usize) -> Result<Vec<(String, Vec<f64>)>> {
    ensure!(rounds > 0 && passes > 0, "at least one pass in at least one round");
    let mut samples = vec![Vec::with_capacity(rounds); contenders.len()];
    for contender in &mut contenders {
        timed_pass(contender)?; // caches, lazily made tables
    }
    for _ in 0..rounds {
        let mut spent = vec![Vec::with_capacity(passes); contenders.len()];
        for _ in 0..passes {
            for (spent, contender) in spent.iter_mut().zip(&mut contenders) {
                spent.push(timed_pass(contender)?);
            }
        }
        for ((samples, mut spent), contender) in samples.iter_mut().zip(spent).zip(&contenders) {
            spent.sort();
            samples.push(spent[passes / 2].as_secs_f64() * 1e9 / contender.operations as f64);
        }
    }
    Ok(contenders.into_iter().map(|contender| contender.name).zip(samples).collect())
}

#[expect(clippy::disallowed_methods, reason = "this is what a bench is for")]
fn timed_pass(contender: &mut Contender) -> Result<Duration> {
    let start = Instant::now();
    let right = (contender.pass)();
    let spent = start.elapsed();
    let (name, operations) = (&contender.name, contender.operations);
    ensure!(right == operations, "{name}: {right} of {operations} operations came out right");
    Ok(spent)
}
