//! `cargo xtask gen`: tables that every binding has, from the one place where they are made: the core.
//!
//! With `--check` nothing is written, and a file that is not as it should be is an error.

mod header;
mod python;

use core::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use p256::ProjectivePoint;
use p256::elliptic_curve::Group as _;
use p256::elliptic_curve::bigint::{NonZero, U256};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use splitsign_core::{Code, limits};

use xtask_host::generated::table;

const MARK: &str = "// Generated from core-nostd by `cargo xtask gen`. Do not edit.\n";

fn main() -> ExitCode {
    let check = std::env::args().nth(1).is_some_and(|argument| argument == "--check");
    xtask_host::process::exit(xtask_host::root().and_then(|root| generate(root, check)))
}

/// Writes all tables; with `check`, fails if one is not as it should be.
fn generate(root: &Path, check: bool) -> Result<()> {
    let js = root.join("bindings-wasm/js");
    for (name, text) in [
        ("codes.js", codes()?),
        ("codes.d.ts", codes_types()?),
        ("limits.js", limits_module()?),
        ("limits.d.ts", limits_types()?),
    ] {
        table(&js.join(name), text.as_bytes(), check)?;
    }
    let python = root.join("bindings-uniffi/python/splitsign/_codes.py");
    table(&python, python::codes()?.as_bytes(), check)?;
    table(&root.join("bindings-c/include/splitsign.h"), header::text(root)?.as_bytes(), check)?;
    table(&root.join("bindings-c/include/splitsign.hpp"), header::text_cpp(root)?.as_bytes(), check)?;
    let arithmetic = root.join("core-nostd/src/ecdsa/arithmetic");
    table(&arithmetic.join("generator.bin"), &odd_multiples(), check)?;
    for (width, spacing) in [(4, 4), (8, 1)] {
        let name = format!("generator-windows-{width}-{spacing}.bin");
        table(&arithmetic.join(name), &windows(width, spacing), check)?;
    }
    Ok(())
}

/// G, 3G, 5G … 127G, made by the crate `p256`.
fn odd_multiples() -> Vec<u8> {
    let (mut multiple, mut table) = (ProjectivePoint::GENERATOR, Vec::new());
    for _ in 0..64 {
        table.extend_from_slice(&table_point(multiple));
        multiple += ProjectivePoint::GENERATOR.double();
    }
    table
}

/// Rows of 1, 2 … 2^(width − 1) times 2^(width·spacing·row)·G.
fn windows(width: u32, spacing: u32) -> Vec<u8> {
    let (mut base, mut table) = (ProjectivePoint::GENERATOR, Vec::new());
    for _ in 0..256_u32.div_ceil(width).div_ceil(spacing) {
        let mut multiple = base;
        for _ in 0..1 << (width - 1) {
            table.extend_from_slice(&table_point(multiple));
            multiple += base;
        }
        for _ in 0..width * spacing {
            base = base.double();
        }
    }
    table
}

/// x and y times 2^256 modulo p, 32 little-endian bytes each.
fn table_point(point: ProjectivePoint) -> [u8; 64] {
    let p = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let modulus = NonZero::new(p).expect("p is not zero");
    // 2^256 modulo p is 2^256 − p.
    let r = U256::ZERO.wrapping_sub(&p);
    let sec1 = point.to_affine().to_sec1_point(false);
    let mut bytes = [0; 64];
    for (place, coordinate) in bytes.chunks_mut(32).zip(sec1.as_bytes()[1..].chunks(32)) {
        let montgomery = U256::from_be_slice(coordinate).mul_mod(&r, &modulus);
        place.copy_from_slice(montgomery.to_le_bytes().as_slice());
    }
    bytes
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
