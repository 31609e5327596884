//! The chart: for each row with a bar, our time as a part of the peer's. Written by hand, so that it needs nothing.

use core::fmt::Write as _;

use super::measurement::{Measurement, Verdict};
use super::report::Report;
use super::rows::Bar;

const WIDTH: f64 = 600.0;
/// Where the bars begin and where the widest may end; to the right of them are the numbers.
const LEFT: f64 = 232.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 78.0;
const ROW_HEIGHT: f64 = 40.0;

const STYLE: &str = "\
.paper{fill:#fff}.text{fill:#1f2328}.quiet{fill:#59636e}.ours{fill:#0969da}.missed{fill:#bc4c00}.peer{fill:#d1d9e0}\
.line{stroke:#59636e}.mark{stroke:#1f2328}\
@media(prefers-color-scheme:dark){.paper{fill:#0d1117}.text{fill:#f0f6fc}.quiet{fill:#9198a1}.ours{fill:#4493f8}\
.missed{fill:#f0883e}.peer{fill:#3d444d}.line{stroke:#9198a1}.mark{stroke:#f0f6fc}}\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px}\
.small{font-size:12px}.title{font-size:16px;font-weight:600}";

/// The chart of the rows that have a ratio to reach.
pub(crate) fn svg(report: &Report) -> String {
    let rows: Vec<_> =
        report.measurements.iter().filter_map(|m| reach(m).map(|(bar, stretch)| (m, bar, stretch))).collect();
    // What is slower than the peer must fit, too.
    let widest = rows.iter().fold(1.0, |widest: f64, (m, bar, _)| widest.max(m.ratio).max(*bar));
    let scale = |ratio: f64| LEFT + (RIGHT - LEFT) * ratio / widest;
    let count = rows.iter().fold(0.0, |count, _| count + 1.0);
    let bottom = TOP + ROW_HEIGHT * count;
    let height = bottom + 64.0;

    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">"
    );
    let _ = writeln!(out, "<title>Our time as a part of the peer's, for each row of the table</title>");
    let _ = writeln!(out, "<style>{STYLE}</style>");
    let _ = writeln!(out, "<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>");
    text(&mut out, "text title", 16.0, 28.0, "Time, as a part of the peer's: shorter is better");
    text(
        &mut out,
        "quiet small",
        16.0,
        48.0,
        "grey: the peer · coloured: splitsign · dashes: the bar, and dotted the stretch",
    );

    for (index, (measurement, bar, stretch)) in rows.iter().enumerate() {
        let y = rows.iter().take(index).fold(TOP, |y, _| y + ROW_HEIGHT);
        row(&mut out, measurement, y, [scale(1.0), scale(measurement.ratio), scale(*bar), scale(*stretch)]);
    }

    let one = scale(1.0);
    let _ = writeln!(out, "<path class=\"line\" d=\"M{LEFT:.1} {TOP}V{bottom}M{one:.1} {TOP}V{bottom}\"/>");
    for (x, name) in [(LEFT, "0"), (one, "1 = the peer")] {
        let _ = writeln!(
            out,
            "<text class=\"quiet small\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>",
            bottom + 15.0
        );
    }
    for (line, y) in report.origin_lines().iter().zip([bottom + 36.0, bottom + 52.0]) {
        text(&mut out, "quiet small", 16.0, y, line);
    }
    out.push_str("</svg>\n");
    out
}

/// The bar and the stretch of rows that have them.
fn reach(measurement: &Measurement) -> Option<(f64, f64)> {
    match measurement.row.bar {
        Bar::Ratio { bar, stretch } => Some((bar, stretch)),
        Bar::None | Bar::Nanoseconds(_) | Bar::Over(_) => None,
    }
}

/// Two lines of text, the peer's bar behind ours, the marks to reach, and the ratio.
fn row(out: &mut String, measurement: &Measurement, y: f64, [one, ours, bar, stretch]: [f64; 4]) {
    let (row, missed) = (measurement.row, measurement.verdict() == Verdict::Missed);
    text(out, "text", 16.0, y + 16.0, row.what);
    text(out, "quiet small", 16.0, y + 31.0, &format!("against {}", row.peer));
    let colour = if missed { "missed" } else { "ours" };
    for (class, end, inset, thick) in [("peer", one, 8.0, 24.0), (colour, ours, 12.0, 16.0)] {
        let (top, width) = (y + inset, end - LEFT);
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{LEFT:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{thick:.1}\" rx=\"2\"/>"
        );
    }
    for (x, dashes) in [(bar, "5 3"), (stretch, "1.5 2.5")] {
        let (from, to) = (y + 4.0, y + 36.0);
        let _ = writeln!(
            out,
            "<path class=\"mark\" stroke-width=\"1.5\" stroke-dasharray=\"{dashes}\" d=\"M{x:.1} {from:.1}V{to:.1}\"/>"
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"text\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{:.2}</text>",
        WIDTH - 14.0,
        y + 25.0,
        measurement.ratio
    );
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
}
