//! What the Python package knows of the core.

use core::fmt::Write as _;

use anyhow::Result;
use splitsign_core::Code;

/// The codes as a Python type.
pub(crate) fn codes() -> Result<String> {
    let mut text =
        "# Generated from core-nostd by `cargo xtask gen`. Do not edit.\n\"\"\"Every code.\"\"\"\n\n".to_owned();
    text.push_str("from typing import Literal\n\nCode = Literal[\n");
    for code in Code::ALL {
        writeln!(text, "    \"{}\",", code.name())?;
    }
    // Those that only a binding has, as in the npm package.
    text.push_str("    \"stream_finished\",\n    \"stream_failed\",\n]\n");
    Ok(text)
}
