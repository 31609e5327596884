//! What was measured, and whether it is enough.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::rows::{Bar, IN_QEMU, Row};

/// For every contender, what one operation took in each round: nanoseconds, and instructions under QEMU.
pub(crate) type Samples = BTreeMap<String, Vec<f64>>;

/// Whether a row reaches its bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    NoBar,
    Missed,
    Met,
    Stretch,
}

/// A row with its numbers.
pub(crate) struct Measurement {
    pub(crate) row: &'static Row,
    pub(crate) ours: f64,
    pub(crate) peer: f64,
    pub(crate) ratio: f64,
    /// What ours takes longer: the median of the differences of the rounds.
    pub(crate) over: f64,
    pub(crate) unit: Unit,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Instructions,
}

impl Measurement {
    /// The row's numbers; `None` if one of its contenders does not run on this machine.
    ///
    /// The ratio is the median of the ratios of the rounds, not the ratio of the medians: what slows a round down slows
    /// both of its sides.
    pub(crate) fn of(row: &'static Row, samples: &Samples) -> Result<Option<Self>> {
        let (Some(ours), Some(peer)) = (samples.get(row.contenders.0), samples.get(row.contenders.1)) else {
            return Ok(None);
        };
        ensure!(ours.len() == peer.len(), "{}: the sides have different numbers of rounds", row.name);
        let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect();
        let median = |samples| median(samples).with_context(|| format!("{}: nothing was measured", row.name));
        let over = median(ours.iter().zip(peer).map(|(ours, peer)| ours - peer).collect())?;
        let (ours, peer, ratio) = (median(ours.clone())?, median(peer.clone())?, median(ratios)?);
        let unit = if row.contenders.0.starts_with(IN_QEMU) { Unit::Instructions } else { Unit::Nanoseconds };
        Ok(Some(Self { row, ours, peer, ratio, over, unit }))
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self.row.bar {
            Bar::None => Verdict::NoBar,
            Bar::Ratio { stretch, .. } if self.ratio <= stretch => Verdict::Stretch,
            Bar::Ratio { bar, .. } if self.ratio <= bar => Verdict::Met,
            Bar::Nanoseconds(bar) if self.ours < bar => Verdict::Met,
            Bar::Over(bar) if self.over <= bar => Verdict::Met,
            Bar::Ratio { .. } | Bar::Nanoseconds(_) | Bar::Over(_) => Verdict::Missed,
        }
    }

    pub(crate) fn json(&self) -> Value {
        let tenth = |number: f64| (number * 10.0).round() / 10.0;
        let mut value = json!({
            "ours_ns": tenth(self.ours),
            "peer_ns": tenth(self.peer),
            "ratio": (self.ratio * 1e4).round() / 1e4,
            "unit": match self.unit {
                Unit::Nanoseconds => "nanoseconds",
                Unit::Instructions => "instructions",
            },
            "what": self.row.what,
            "peer": self.row.peer,
        });
        match self.row.bar {
            Bar::None => {}
            Bar::Ratio { bar, stretch } => {
                value["bar"] = json!(bar);
                value["stretch"] = json!(stretch);
            }
            Bar::Nanoseconds(bar) => value["bar_ns"] = json!(bar),
            Bar::Over(bar) => {
                value["bar_over_ns"] = json!(bar);
                value["over_ns"] = json!(tenth(self.over));
            }
        }
        match self.verdict() {
            Verdict::NoBar => {}
            verdict => value["met"] = json!(verdict != Verdict::Missed),
        }
        value
    }
}

/// The middle one, or what is between the middle two.
pub(crate) fn median(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    let upper = *samples.get(samples.len() / 2)?;
    let lower = *samples.get(samples.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Measurement, Samples, Verdict, median};
    use crate::rows::{Bar, ROWS, Row};

    const ROW: Row = Row {
        name: "row",
        what: "",
        peer: "",
        contenders: ("ours", "peer"),
        bar: Bar::Ratio { bar: 0.5, stretch: 0.25 },
    };

    fn measured(row: &'static Row, ours: &[f64], peer: &[f64]) -> Measurement {
        let samples = Samples::from([("ours".to_owned(), ours.to_vec()), ("peer".to_owned(), peer.to_vec())]);
        Measurement::of(row, &samples).unwrap().unwrap()
    }

    #[test]
    fn median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), Some(3.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn ratio_is_of_rounds_so_that_a_slow_round_does_not_count() {
        // The second round was slow for both, the third for the peer only.
        let measurement = measured(&ROW, &[10.0, 100.0, 10.0], &[40.0, 400.0, 80.0]);
        assert!((measurement.ratio - 0.25).abs() < 1e-9, "{}", measurement.ratio);
        assert!((measurement.ours - 10.0).abs() < 1e-9 && (measurement.peer - 80.0).abs() < 1e-9);
    }

    #[test]
    fn bars_are_inclusive_and_a_contender_that_is_missing_leaves_its_row_out() {
        assert_eq!(measured(&ROW, &[1.0], &[4.0]).verdict(), Verdict::Stretch);
        assert_eq!(measured(&ROW, &[2.0], &[4.0]).verdict(), Verdict::Met);
        assert_eq!(measured(&ROW, &[2.1], &[4.0]).verdict(), Verdict::Missed);
        const TIME: Row = Row { bar: Bar::Nanoseconds(300.0), ..ROW };
        assert_eq!(measured(&TIME, &[299.0], &[1.0]).verdict(), Verdict::Met);
        assert_eq!(measured(&TIME, &[300.0], &[1.0]).verdict(), Verdict::Missed);
        const OVER: Row = Row { bar: Bar::Over(20.0), ..ROW };
        assert_eq!(measured(&OVER, &[30.0, 70.0, 25.0], &[10.0, 10.0, 5.0]).verdict(), Verdict::Met);
        assert_eq!(measured(&OVER, &[30.1], &[10.0]).verdict(), Verdict::Missed);
        assert_eq!(measured(&OVER, &[30.0], &[10.0]).json()["over_ns"], 20.0);
        assert!(Measurement::of(&ROW, &Samples::from([("ours".to_owned(), vec![1.0])])).unwrap().is_none());
    }

    #[test]
    fn json_has_what_was_promised() {
        let value = measured(&ROW, &[2.0], &[4.0]).json();
        assert_eq!((&value["ours_ns"], &value["peer_ns"], &value["ratio"]), (&2.0.into(), &4.0.into(), &0.5.into()));
        assert_eq!((&value["bar"], &value["met"]), (&0.5.into(), &true.into()));
    }

    #[test]
    fn instructions_are_not_called_nanoseconds() {
        const ROW_IN_QEMU: Row = Row { contenders: ("qemu:ours", "qemu:peer"), ..ROW };
        let samples = ["qemu:ours", "qemu:peer"].map(|name| (name.to_owned(), vec![40.0]));
        let measurement = Measurement::of(&ROW_IN_QEMU, &Samples::from(samples)).unwrap().unwrap();
        assert_eq!(measurement.json()["unit"], "instructions");
        assert_eq!(measured(&ROW, &[1.0], &[1.0]).json()["unit"], "nanoseconds");
    }

    #[test]
    fn row_names_are_unique() {
        let names: BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
