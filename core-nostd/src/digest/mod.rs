//! Message digests. The only place that names `sha2`.

mod sha256;

pub use sha256::{Sha256, Sha256Digest};
