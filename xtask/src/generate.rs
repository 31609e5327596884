//! Tables that every binding has, from the one place where they are made: the core.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use splitsign_core::{Code, limits};

const MARK: &str = "// Generated from core-nostd by `cargo xtask gen`. Do not edit.\n";

/// Writes all tables; with `check`, fails if one is not as it should be.
pub(crate) fn generate(root: &Path, check: bool) -> Result<()> {
    let js = root.join("bindings-wasm/js");
    for (name, text) in [
        ("codes.js", codes()?),
        ("codes.d.ts", codes_types()?),
        ("limits.js", limits_module()?),
        ("limits.d.ts", limits_types()?),
    ] {
        table(&js.join(name), &text, check)?;
    }
    Ok(())
}

fn codes() -> Result<String> {
    let mut text = format!("{MARK}\n/** Every code of the core: its number, what is wrong, what to do. */\n");
    text.push_str("export const CORE_CODES = Object.freeze({\n");
    for code in Code::ALL {
        let (name, number) = (code.name(), code.number());
        writeln!(text, "  {name}: [{number}, {}, {}],", quoted(code.what()), quoted(code.remedy()))?;
    }
    text.push_str("});\n");
    Ok(text)
}

fn codes_types() -> Result<String> {
    let mut text = format!("{MARK}\n/** Every code of the core. */\nexport type CoreCode =");
    for code in Code::ALL {
        write!(text, "\n  /** {} {}: {}. */\n  | '{}'", code.number(), code.what(), code.remedy(), code.name())?;
    }
    text.push_str(";\n\n/** Number, what is wrong, what to do. */\n");
    text.push_str("export declare const CORE_CODES: Readonly<Record<CoreCode, readonly [number, string, string]>>;\n");
    Ok(text)
}

fn limits_module() -> Result<String> {
    let mut text = format!("{MARK}\n/** Every limit of the core. */\nexport const limits = Object.freeze({{\n");
    for (name, value) in limits::ALL {
        writeln!(text, "  {name}: {value},")?;
    }
    text.push_str("});\n");
    Ok(text)
}

fn limits_types() -> Result<String> {
    let mut text = format!("{MARK}\n/** Every limit of the core. */\nexport declare const limits: Readonly<{{\n");
    for (name, value) in limits::ALL {
        writeln!(text, "  {name}: {value};")?;
    }
    text.push_str("}>;\n");
    Ok(text)
}

/// A JavaScript string in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[expect(clippy::disallowed_methods, reason = "git keeps the old text")]
fn table(path: &Path, text: &str, check: bool) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        println!("    same {}", path.display());
        return Ok(());
    }
    if check {
        bail!("{} is not what the core says: run `cargo xtask gen`", path.display());
    }
    println!("   write {}", path.display());
    fs::write(path, text).with_context(|| path.display().to_string())
}
