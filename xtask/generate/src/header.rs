//! The header of the C binding: cbindgen's, with the manual before it and the codes and limits of the core in it.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use splitsign::{
    splitsign_cose_sign1_prepare_context, splitsign_cose_sign1_verify_context, splitsign_jws_prepare_context,
    splitsign_jws_verify_context, splitsign_prepared_key, splitsign_sha256_context, splitsign_table_point,
};
use splitsign_core::{Code, limits};

/// Codes by range, as the manual has them.
const RANGES: &[(u16, &str)] = &[
    (1, "1-99: every function"),
    (100, "100-119: CBOR"),
    (120, "120-129: base64"),
    (130, "130-149: JSON"),
    (150, "150-169: DER"),
    (200, "200-249: public keys and signatures"),
    (250, "250-259: certificate chains as they travel in headers"),
    (300, "300-349: COSE"),
    (400, "400-449: JWS"),
    (500, "500-549: DSSE"),
];

/// The text of `bindings-c/include/splitsign.h`.
pub(crate) fn text(root: &Path) -> Result<String> {
    let crate_folder = root.join("bindings-c");
    let mut config = cbindgen::Config::from_file(crate_folder.join("cbindgen.toml")).map_err(anyhow::Error::msg)?;
    let manual = fs::read_to_string(crate_folder.join("manual.txt")).context("bindings-c/manual.txt")?;
    config.header = Some(comment(&manual));
    config.after_includes = Some(format!("\n{}\n{}\n{}\n{}", PLATFORM, versions()?, codes()?, numbers()?));
    // File by file, in the order of reading. `lib.rs` would bring them all a second time.
    let bindings = cbindgen::Builder::new().with_config(config);
    let bindings = ["memory", "code", "digest", "key", "prepared", "signature", "cose", "jws", "dsse"]
        .iter()
        .fold(bindings, |bindings, module| bindings.with_src(crate_folder.join(format!("src/{module}.rs"))));
    let mut bytes = Vec::new();
    bindings.generate().context("cbindgen cannot read bindings-c/src")?.write(&mut bytes);
    String::from_utf8(bytes).context("cbindgen writes UTF-8")
}

/// The text of `bindings-c/include/splitsign.hpp`: as it is, with the codes of the core between two marks.
pub(crate) fn text_cpp(root: &Path) -> Result<String> {
    let written = fs::read_to_string(root.join("bindings-c/include/splitsign.hpp")).context("splitsign.hpp")?;
    let (begin, end) = ("  // codes begin\n", "  // codes end\n");
    let (before, rest) = written.split_once(begin).context("splitsign.hpp has no mark `codes begin`")?;
    let (_, after) = rest.split_once(end).context("splitsign.hpp has no mark `codes end`")?;
    let mut codes = String::from("  ok = SPLITSIGN_OK,\n");
    for code in Code::ALL {
        writeln!(codes, "  {} = SPLITSIGN_{},", code.name(), code.name().to_uppercase())?;
    }
    Ok([before, begin, &codes, end, after].concat())
}

/// How other compilers say what C11 says; what is exported.
const PLATFORM: &str = "\
#if defined(__GNUC__) || defined(__clang__)
#define SPLITSIGN_ALIGNED(n) __attribute__((aligned(n)))
#elif defined(_MSC_VER)
#define SPLITSIGN_ALIGNED(n) __declspec(align(n))
#else
#define SPLITSIGN_ALIGNED(n) _Alignas(n)
#endif

// Define it before the header is included to give the functions an attribute of your own.
#ifndef SPLITSIGN_API
#define SPLITSIGN_API
#endif
";

fn versions() -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = String::from("// The version of this header. `splitsign_version` has that of the library.\n");
    writeln!(text, "#define SPLITSIGN_VERSION \"{version}\"")?;
    for (name, part) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version.split('.')) {
        writeln!(text, "#define SPLITSIGN_VERSION_{name} {part}")?;
    }
    Ok(text)
}

fn codes() -> Result<String> {
    let mut text = String::from(
        "// Codes. Never used for something else; new ones may come.\n\n// All is well.\n#define SPLITSIGN_OK 0\n",
    );
    let mut shown = "";
    for code in Code::ALL {
        let number = code.number();
        let range = RANGES.iter().rev().find(|(first, _)| *first <= number).context("the first range begins at 1")?.1;
        if range != shown {
            writeln!(text, "\n// {range}.")?;
            shown = range;
        }
        writeln!(text, "// {} Remedy: {}.", code.what(), code.remedy())?;
        writeln!(text, "#define SPLITSIGN_{} {number}", code.name().to_uppercase())?;
    }
    Ok(text)
}

fn numbers() -> Result<String> {
    let mut text = String::from("// Bytes that are always as many.\n");
    for (name, bytes) in [("DIGEST_BYTES", 32), ("SIGNATURE_BYTES", 64), ("SIGNATURE_DER_MAX", 72), ("SPKI_BYTES", 91)]
    {
        writeln!(text, "#define SPLITSIGN_{name} {bytes}")?;
    }
    text.push_str("\n// Limits of the core: what is beyond is refused.\n");
    // Those two are constants of the binding, and come further below.
    let here = ["CHAIN_CERTIFICATES", "DSSE_SIGNATURES"];
    for (name, value) in limits::ALL.iter().filter(|(name, _)| !here.contains(name)) {
        writeln!(text, "#define SPLITSIGN_{name} {value}")?;
    }
    text.push_str("\n// Sizes and alignments of what is in the caller's memory, for those who cannot use the types.\n");
    for (name, size, alignment) in [
        size::<splitsign_sha256_context>("SHA256_CONTEXT"),
        size::<splitsign_prepared_key>("PREPARED_KEY"),
        size::<splitsign_table_point>("TABLE_POINT"),
        size::<splitsign_cose_sign1_prepare_context>("COSE_SIGN1_PREPARE_CONTEXT"),
        size::<splitsign_cose_sign1_verify_context>("COSE_SIGN1_VERIFY_CONTEXT"),
        size::<splitsign_jws_prepare_context>("JWS_PREPARE_CONTEXT"),
        size::<splitsign_jws_verify_context>("JWS_VERIFY_CONTEXT"),
    ] {
        writeln!(text, "#define SPLITSIGN_{name}_SIZEOF {size}")?;
        writeln!(text, "#define SPLITSIGN_{name}_ALIGNOF {alignment}")?;
    }
    Ok(text)
}

fn size<T>(name: &'static str) -> (&'static str, usize, usize) {
    (name, size_of::<T>(), align_of::<T>())
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!("// {line}").trim_end().to_owned() + "\n").collect()
}
