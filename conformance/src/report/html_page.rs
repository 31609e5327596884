//! What is around the report: style, and nothing from outside.

pub(super) const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>splitsign conformance</title>
<style>
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --known: #9a6700; --none: #6e7781; --line: #d0d7de; --ground: #ffffff; --ink: #1f2328 }
@media (prefers-color-scheme: dark) {
  :root { --good: #3fb950; --bad: #ff7b72; --known: #d29922; --none: #8b949e; --line: #30363d; --ground: #0d1117; --ink: #e6edf3 }
}
body { margin: 1rem auto; padding: 0 .75rem; max-width: 60rem; background: var(--ground); color: var(--ink); font: 16px/1.45 system-ui, sans-serif }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .3rem; text-align: right; white-space: nowrap }
th { font-weight: 500 }
tbody th, thead th:first-child { position: sticky; left: 0; background: var(--ground); text-align: left; vertical-align: bottom; font-family: ui-monospace, monospace; font-size: .72rem }
th.driver { vertical-align: bottom; padding-bottom: .4rem }
th.driver span { writing-mode: vertical-rl; transform: rotate(180deg) }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 } .known { color: var(--known) } .none { color: var(--none) }
.verdict { font-size: 1.15rem; font-weight: 600 }
.legend { font-size: .8rem; color: var(--none) }
.legend span { margin-left: .6rem }
details { border-bottom: 1px solid var(--line); padding: .45rem 0 }
summary { cursor: pointer }
ul { padding-left: 1.2rem } li { overflow-wrap: anywhere; margin: .2rem 0 }
code { font-size: .85em }
</style>
</head>
<body>
<h1>splitsign conformance</h1>
"#;

pub(super) const FOOT: &str = "</body>\n</html>\n";
