//! What is printed and written.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::execution::{Effort, Facts, has_openssl};
use super::measurement::{Measurement, Unit, Verdict};
use super::rows::Bar;
use xtask_host::process::output;

/// Every row, and the machine that it is from.
pub(crate) struct Report {
    pub(crate) measurements: Vec<Measurement>,
    /// Rows that this machine has no numbers for, and why.
    pub(crate) left_out: Vec<(&'static str, String)>,
    facts: Facts,
    rounds: u32,
    rustc: String,
    peers: Vec<(&'static str, String)>,
}

impl Report {
    pub(crate) fn new(
        root: &Path,
        effort: Effort,
        facts: Facts,
        measurements: Vec<Measurement>,
        left_out: Vec<(&'static str, String)>,
    ) -> Result<Self> {
        let rustc = output("rustc --version", Command::new("rustc").current_dir(root).arg("--version"))?;
        let rustc = rustc.trim().to_owned();
        Ok(Self { measurements, left_out, facts, rounds: effort.rounds, rustc, peers: versions(root)? })
    }

    fn origin(&self) -> String {
        let [place, tools] = self.origin_lines();
        format!("{place}, {tools}")
    }

    /// When and where, and with what.
    pub(crate) fn origin_lines(&self) -> [String; 2] {
        let rustc: String = self.rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let tools = format!("{rustc}, Node {}, {} rounds", self.facts.node, self.rounds);
        [format!("{}, {}", self.facts.date, self.machine()), tools]
    }

    fn machine(&self) -> String {
        let machine = &self.facts.machine;
        format!("{}, {} cores, {} {}", machine.cpu, machine.cores, machine.os, machine.arch)
    }

    fn peers(&self) -> String {
        let peers = self.peers.iter().map(|(name, version)| format!("{name} {version}"));
        peers.collect::<Vec<_>>().join(", ")
    }

    /// For the terminal.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: [&str; 7]| {
            let [name, ours, peer, ratio, bar, stretch, verdict] = cells;
            let cells = format!("{name:37} {ours:>10} {peer:>10} {ratio:>7} {bar:>24} {stretch:>8}  {verdict}");
            out.push_str(cells.trim_end());
            out.push('\n');
        };
        line(["row", "ours", "peer", "ratio", "bar", "stretch", "met"]);
        for measurement in &self.measurements {
            let (bar, stretch) = bars(measurement);
            let [ours, peer, ratio] = numbers(measurement);
            line([measurement.row.name, &ours, &peer, &ratio, &bar, &stretch, word(measurement.verdict())]);
        }
        for (name, why) in &self.left_out {
            let _ = writeln!(out, "{name:37} left out: {why}");
        }
        let _ = writeln!(out, "\nM: millions of instructions\n{}\n{}", self.origin(), self.peers());
        out
    }

    /// For documents: rows with a bar, or all of them with their names.
    pub(crate) fn markdown(&self, all: bool) -> String {
        let names = if all { ("| row ", "|---") } else { ("", "") };
        let mut out = format!("{}| what | peer | ours | peer's | ratio | bar | stretch | met |\n", names.0);
        let _ = writeln!(out, "{}|---|---|--:|--:|--:|--:|--:|---|", names.1);
        for measurement in self.measurements.iter().filter(|m| all || !matches!(m.row.bar, Bar::None)) {
            let (bar, stretch) = bars(measurement);
            let [ours, peer, ratio] = numbers(measurement);
            let (row, verdict) = (measurement.row, word(measurement.verdict()));
            if all {
                let _ = write!(out, "| `{}` ", row.name);
            }
            let (what, who) = (row.what, row.peer);
            let _ = writeln!(out, "| {what} | {who} | {ours} | {peer} | {ratio} | {bar} | {stretch} | {verdict} |");
        }
        for (name, why) in self.left_out.iter().filter(|_| all) {
            let _ = writeln!(out, "\n`{name}` is left out: {why}.");
        }
        let _ = writeln!(out, "\n({}. Peers: {}. M: millions of instructions.)", self.origin(), self.peers());
        out
    }

    /// For programs: facts and rows side by side.
    pub(crate) fn json(&self) -> Result<String> {
        let mut object = Map::new();
        for (name, value) in [
            ("date", json!(self.facts.date)),
            ("machine", json!(self.machine())),
            ("cpu", json!(self.facts.machine.cpu)),
            ("cores", json!(self.facts.machine.cores)),
            ("rustc", json!(self.rustc)),
            ("node", json!(self.facts.node)),
            ("rounds", json!(self.rounds)),
            ("peers", self.peers.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect()),
        ] {
            object.insert(name.to_owned(), value);
        }
        for measurement in &self.measurements {
            object.insert(measurement.row.name.to_owned(), measurement.json());
        }
        let mut text = serde_json::to_string_pretty(&Value::Object(object))?;
        text.push('\n');
        Ok(text)
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoBar => "",
        Verdict::Missed => "NO",
        Verdict::Met => "yes",
        Verdict::Stretch => "yes, stretch",
    }
}

/// Ours, the peer's, and the ratio.
fn numbers(measurement: &Measurement) -> [String; 3] {
    let ratio = if measurement.ratio < 10.0 {
        format!("{:.3}", measurement.ratio)
    } else {
        format!("{:.1}", measurement.ratio)
    };
    let amount = |amount: f64| match measurement.unit {
        Unit::Nanoseconds => time(amount),
        Unit::Instructions => format!("{:.2} M", amount / 1e6),
    };
    [amount(measurement.ours), amount(measurement.peer), ratio]
}

fn bars(measurement: &Measurement) -> (String, String) {
    match measurement.row.bar {
        Bar::None => (String::new(), String::new()),
        Bar::Ratio { bar, stretch } => (format!("≤ {bar:.2}"), format!("≤ {stretch:.2}")),
        Bar::Nanoseconds(bar) => (format!("< {}", time(bar)), String::new()),
        Bar::Over(bar) => (format!("{} over, ≤ {}", time(measurement.over), time(bar)), String::new()),
    }
}

/// Three digits or so, with a unit.
fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1e3 {
        format!("{nanoseconds:.1} ns")
    } else if nanoseconds < 1e5 {
        format!("{:.2} µs", nanoseconds / 1e3)
    } else {
        format!("{:.1} µs", nanoseconds / 1e3)
    }
}

/// The peers' versions, from the lock files and the system.
fn versions(root: &Path) -> Result<Vec<(&'static str, String)>> {
    let mut versions = Vec::new();
    let lock = fs::read_to_string(root.join("benches/Cargo.lock")).context("benches/Cargo.lock")?;
    for name in ["aws-lc-rs", "ring", "graviola", "p256"] {
        let start = format!("name = \"{name}\"\nversion = \"");
        let version = lock.split_once(&start).and_then(|(_, rest)| rest.split_once('"'));
        versions.push((name, version.with_context(|| format!("benches/Cargo.lock has no {name}"))?.0.to_owned()));
    }
    if has_openssl() {
        let system = output("pkg-config", Command::new("pkg-config").args(["--modversion", "openssl"]))?;
        versions.push(("openssl", system.trim().to_owned()));
    }
    let lock = fs::read_to_string(root.join("benches/wasm/package-lock.json")).context("package-lock.json")?;
    let lock: Value = serde_json::from_str(&lock).context("benches/wasm/package-lock.json")?;
    for name in ["@noble/curves", "@noble/hashes"] {
        let version = lock["packages"][format!("node_modules/{name}")]["version"].as_str();
        versions.push((name, version.with_context(|| format!("package-lock.json has no {name}"))?.to_owned()));
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Report;
    use crate::chart;
    use crate::execution::{Facts, Machine};
    use crate::measurement::{Measurement, Samples};
    use crate::rows::{Bar, ROWS, Row};

    /// A machine on which ours takes 1 µs and everybody else's 2 µs.
    fn report() -> Report {
        // For each row by itself: some contenders are ours in one and the peer in another.
        let measured = |row: &'static Row| {
            let (ours, peer) = row.contenders;
            let samples = Samples::from([(ours.to_owned(), vec![1e3; 9]), (peer.to_owned(), vec![2e3; 9])]);
            Measurement::of(row, &samples).unwrap().unwrap()
        };
        let machine =
            Machine { cpu: "<CPU> & more".to_owned(), cores: 2, os: "linux".to_owned(), arch: "x64".to_owned() };
        Report {
            measurements: ROWS.iter().map(measured).collect(),
            left_out: vec![("a_row", "why".to_owned())],
            facts: Facts { date: "2026-01-02".to_owned(), node: "v20".to_owned(), machine },
            rounds: 9,
            rustc: "rustc 1.95.0 (abc)".to_owned(),
            peers: vec![("ring", "0.17".to_owned())],
        }
    }

    #[test]
    fn json_has_facts_and_rows_by_name() {
        let json: Value = serde_json::from_str(&report().json().unwrap()).unwrap();
        assert_eq!((&json["date"], &json["rounds"], &json["cores"]), (&"2026-01-02".into(), &9.into(), &2.into()));
        for row in ROWS {
            assert_eq!(json[row.name]["ratio"], 0.5, "{}", row.name);
        }
    }

    #[test]
    fn tables_say_what_is_missed_and_what_is_left_out() {
        let (text, all, some) = (report().text(), report().markdown(true), report().markdown(false));
        let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line("verify_oneshot_vs_awslc").ends_with("yes, stretch"));
        assert!(line("thumb_verify_vs_p256").contains("0.00 M") && !line("sha256_vs_ring").contains(" M "));
        assert!(line("verify_prepared300_vs_awslc").ends_with("NO"));
        assert!(line("a_row").contains("left out: why"));
        assert_eq!(all.matches("\n| `").count(), ROWS.len());
        let barred = ROWS.iter().filter(|row| !matches!(row.bar, Bar::None)).count();
        assert_eq!(some.lines().filter(|line| line.starts_with("| ")).count(), barred + 1);
        assert!(some.contains(
            "(2026-01-02, <CPU> & more, 2 cores, linux x64, rustc 1.95.0, Node v20, 9 rounds. Peers: ring 0.17. M: millions of instructions.)"
        ));
    }

    #[test]
    fn chart_is_well_formed_and_shows_what_is_missed() {
        let svg = chart::svg(&report());
        assert!(svg.contains("&lt;CPU&gt; &amp; more"), "text is escaped");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        let missed =
            report().measurements.iter().filter(|m| matches!(m.row.bar, Bar::Ratio { bar, .. } if bar < 0.5)).count();
        assert!(missed > 0);
        assert_eq!(svg.matches("class=\"missed\"").count(), missed);
        assert!(!svg.contains("href") && !svg.contains("url("), "nothing from outside");
    }
}
