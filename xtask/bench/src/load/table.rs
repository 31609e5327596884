//! What is printed and written.

use core::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::disk::Flush;
use super::generator::{Outcome, Quantiles};
use super::{AT_ONCE, CONNECTIONS, KMS_DELAY_MS, KMS_REQUESTS_PER_SECOND};
use crate::measurement::median;
use xtask_host::process::output;

/// What a row is held to.
#[derive(Clone, Copy)]
enum Bar {
    None,
    AtLeast(f64),
    AtMost(f64),
}

struct Row {
    name: &'static str,
    what: String,
    value: f64,
    unit: &'static str,
    bar: Bar,
}

/// The rows, and the machine that they are from.
pub(crate) struct Table {
    rows: Vec<Row>,
    machine: String,
    rustc: String,
    peer: String,
    rounds: usize,
}

impl Table {
    pub(crate) fn new(root: &Path) -> Result<Self> {
        let rustc = output("rustc --version", Command::new("rustc").current_dir(root).arg("--version"))?;
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|found| found.1);
        let cores = std::thread::available_parallelism().context("cannot count processors")?;
        let machine = format!("{}, {cores} cores", model.unwrap_or("unknown processor"));
        Ok(Self { rows: Vec::new(), machine, rustc: rustc.trim().to_owned(), peer: String::new(), rounds: 0 })
    }

    pub(crate) fn file(&mut self, file: &[Outcome], transit: &[Outcome], version: &str) {
        version.clone_into(&mut self.peer);
        self.rounds = file.len();
        let rates = |outcomes: &[Outcome]| outcomes.iter().map(rate).collect::<Vec<_>>();
        let (ours, theirs) = (rates(file), rates(transit));
        let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
        let latency = |outcomes: &[Outcome], of: fn(&Quantiles) -> f64| {
            middle(outcomes.iter().map(|outcome| of(&outcome.latency_ms)).collect())
        };
        let at = format!("{CONNECTIONS} connections, closed loop");
        let whom = [format!("provider file, audit durable, {at}"), format!("OpenBao Transit, file audit device, {at}")];
        let [us, them] = whom;
        self.add("load_file_sigs_per_s", us.clone(), middle(ours), "signatures/s", Bar::AtLeast(8000.0));
        self.add("load_file_p50_ms", us.clone(), latency(file, |q| q.p50), "ms", Bar::None);
        self.add("load_file_p99_ms", us, latency(file, |q| q.p99), "ms", Bar::AtMost(20.0));
        self.add("load_openbao_sigs_per_s", them.clone(), middle(theirs), "signatures/s", Bar::None);
        self.add("load_openbao_p99_ms", them, latency(transit, |q| q.p99), "ms", Bar::None);
        let what = "the two in the same round, median of the ratios".to_owned();
        self.add("load_vs_openbao", what, middle(ratios), "×", Bar::AtLeast(5.0));
    }

    pub(crate) fn flush(&mut self, flush: Flush) {
        let what = "one flush to this disk, idle; there are two in each signature".to_owned();
        self.add("disk_flush_p50_ms", what.clone(), flush.p50, "ms", Bar::None);
        self.add("disk_flush_p99_ms", what, flush.p99, "ms", Bar::None);
    }

    pub(crate) fn kms(&mut self, added: &[Outcome], at_once: &Outcome, resident_kib: u64, peak_kib: u64) {
        let quantile = |of: fn(&Quantiles) -> f64| {
            middle(added.iter().filter_map(|outcome| outcome.added_ms.as_ref().map(of)).collect())
        };
        let what = format!("added to a KMS of {KMS_DELAY_MS} ms at {KMS_REQUESTS_PER_SECOND} requests/s");
        self.add("kms_added_p50_ms", what.clone(), quantile(|q| q.p50), "ms", Bar::None);
        self.add("kms_added_p99_ms", what.clone(), quantile(|q| q.p99), "ms", Bar::AtMost(1.0));
        self.add("kms_added_max_ms", what, quantile(|q| q.max), "ms", Bar::None);
        let what = format!("{AT_ONCE} requests in the KMS at once");
        self.add("kms_at_once", what.clone(), whole(at_once.signatures), "signatures", Bar::AtLeast(whole(AT_ONCE)));
        self.add("kms_at_once_max_ms", what.clone(), at_once.latency_ms.max, "ms", Bar::None);
        self.add("kms_rss_before_mib", what.clone(), whole(resident_kib) / 1024.0, "MiB", Bar::None);
        self.add("kms_rss_peak_mib", what, whole(peak_kib) / 1024.0, "MiB", Bar::None);
    }

    fn add(&mut self, name: &'static str, what: String, value: f64, unit: &'static str, bar: Bar) {
        self.rows.push(Row { name, what, value, unit, bar });
    }

    /// For the terminal.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("{:24} {:>10} {:13} {:>8}  met\n", "row", "value", "", "bar");
        for row in &self.rows {
            let bar = match row.bar {
                Bar::None => String::new(),
                Bar::AtLeast(bar) => format!("≥ {bar}"),
                Bar::AtMost(bar) => format!("≤ {bar}"),
            };
            let met = row.met().map_or("", |met| if met { "yes" } else { "NO" });
            let digits = if row.value >= 1000.0 { 0 } else { 2 };
            let _ = writeln!(
                out,
                "{:24} {:>10.digits$} {:13} {bar:>8}  {met:3}  {}",
                row.name, row.value, row.unit, row.what
            );
        }
        let _ = writeln!(out, "\n{}, {}, {} rounds. Peer: {}.", self.machine, self.rustc, self.rounds, self.peer);
        out
    }

    /// For programs: facts and rows side by side.
    pub(crate) fn json(&self) -> Result<String> {
        let mut object = Map::new();
        object.insert("machine".to_owned(), json!(self.machine));
        object.insert("rustc".to_owned(), json!(self.rustc));
        object.insert("rounds".to_owned(), json!(self.rounds));
        object.insert("peers".to_owned(), json!({ "openbao": self.peer }));
        for row in &self.rows {
            let mut value = json!({ "value": row.value, "unit": row.unit, "what": row.what });
            match row.bar {
                Bar::None => {}
                Bar::AtLeast(bar) | Bar::AtMost(bar) => value["bar"] = json!(bar),
            }
            if let Some(met) = row.met() {
                value["met"] = json!(met);
            }
            object.insert(row.name.to_owned(), value);
        }
        let mut text = serde_json::to_string_pretty(&Value::Object(object))?;
        text.push('\n');
        Ok(text)
    }
}

impl Row {
    fn met(&self) -> Option<bool> {
        match self.bar {
            Bar::None => None,
            Bar::AtLeast(bar) => Some(self.value >= bar),
            Bar::AtMost(bar) => Some(self.value <= bar),
        }
    }
}

fn rate(outcome: &Outcome) -> f64 {
    whole(outcome.signatures) / outcome.seconds
}

/// Exact up to 2^32, which no count here comes near.
fn whole(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Of nothing, something that meets no bar.
fn middle(samples: Vec<f64>) -> f64 {
    median(samples).unwrap_or(f64::NAN)
}
