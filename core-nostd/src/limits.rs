//! Every limit of the core: its name, its unit, and where the number comes from.
//!
//! Limits are generated into every binding (`cargo xtask gen`). Exceeding one is [`Code::LimitExceeded`] unless the
//! row names a more exact code.
//!
//! [`Code::LimitExceeded`]: crate::Code::LimitExceeded

/// Bytes: the largest object that is parsed. Offsets in errors are 32 bits, and so are sizes in WebAssembly.
pub const OBJECT_BYTES: usize = 0x7fff_ffff;

/// Levels: how deeply CBOR header values may nest ([`CborTooDeep`](crate::Code::CborTooDeep)). C2PA timestamps,
/// the deepest in use, need four.
pub const CBOR_DEPTH: usize = 8;

/// Labels: how many header parameters both COSE buckets may have together. C2PA uses six; IANA registers about 40.
pub const COSE_LABELS: usize = 32;

/// Levels: how deeply JSON values that are stepped over may nest, counted from each of them
/// ([`JsonTooDeep`](crate::Code::JsonTooDeep)). A `jwk` with `x5c` in a
/// flattened JWS needs four.
pub const JSON_DEPTH: usize = 16;

/// Members: how many members a JSON object may have that is read here, and both headers of a JWS together. RFC 7515 registers eleven.
pub const JSON_MEMBERS: usize = 32;

/// Names: how many extensions `crit` may list, in COSE and in JWS.
pub const CRITICAL_NAMES: usize = 8;

/// Certificates: how many a chain may have ([`ChainTooLong`](crate::Code::ChainTooLong)). The Web PKI uses four at most.
pub const CHAIN_CERTIFICATES: usize = 10;

/// Bytes: `kid` and DSSE `keyid`. A URL of a key or the fingerprint of one fits.
pub const KEY_ID_BYTES: usize = 1024;

/// Bytes: media types and DSSE payload types. RFC 6838 section 4.2 allows 127 for each half of a media type; URIs are longer.
pub const CONTENT_TYPE_BYTES: usize = 1024;

/// Signatures: how many a DSSE envelope may have ([`DsseTooManySignatures`](crate::Code::DsseTooManySignatures)).
/// Each one may cost a verification.
pub const DSSE_SIGNATURES: usize = 16;

/// Every limit with its name, for bindings and documentation.
pub const ALL: &[(&str, usize)] = &[
    ("OBJECT_BYTES", OBJECT_BYTES),
    ("CBOR_DEPTH", CBOR_DEPTH),
    ("COSE_LABELS", COSE_LABELS),
    ("JSON_DEPTH", JSON_DEPTH),
    ("JSON_MEMBERS", JSON_MEMBERS),
    ("CRITICAL_NAMES", CRITICAL_NAMES),
    ("CHAIN_CERTIFICATES", CHAIN_CERTIFICATES),
    ("KEY_ID_BYTES", KEY_ID_BYTES),
    ("CONTENT_TYPE_BYTES", CONTENT_TYPE_BYTES),
    ("DSSE_SIGNATURES", DSSE_SIGNATURES),
];
