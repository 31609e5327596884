mod arithmetic;
mod cose;
mod drafts;
mod dsse;
mod encoding;
mod jws;
mod keys;
mod verdict;

pub use arithmetic::{field, multiple};
pub use cose::{cose, cose_header};
pub use drafts::{cose_draft, dsse_draft, jws_draft};
pub use dsse::dsse;
pub use encoding::{base64, cbor, der, json};
pub use jws::{jws, jws_header};
pub use keys::{public_key, signature};
pub use verdict::verdict;
