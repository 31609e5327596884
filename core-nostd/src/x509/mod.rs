//! Certificates, as far as signatures carry them: a chain is bytes to be transported. Nothing is validated here yet.

mod chain;

pub(crate) use chain::check_certificate;
pub use chain::{Certificates, Chain};
