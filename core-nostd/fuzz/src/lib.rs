//! Fuzz targets of the core: what each one does with an input is an ordinary function, so that the corpora run on any
//! toolchain, too.
//!
//! A target panics when a property does not hold. Its oracle is another library, never the core itself, but for the
//! properties that are about two ways through the core.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod input;
mod oracle;
mod targets;

pub use oracle::Remote;
pub use targets::{
    base64, cbor, cose, cose_draft, cose_header, der, dsse, dsse_draft, field, json, jws, jws_draft, jws_header,
    multiple, public_key, signature, verdict,
};

/// What a target does with an input.
pub type Target = fn(&[u8]);

/// Every target by name: the names are those of the programs in `fuzz_targets` and of the folders in `corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("base64", base64),
    ("cbor", cbor),
    ("cose", cose),
    ("cose_draft", cose_draft),
    ("cose_header", cose_header),
    ("der", der),
    ("dsse", dsse),
    ("dsse_draft", dsse_draft),
    ("field", field),
    ("json", json),
    ("jws", jws),
    ("jws_draft", jws_draft),
    ("jws_header", jws_header),
    ("multiple", multiple),
    ("public_key", public_key),
    ("signature", signature),
    ("verdict", verdict),
];
