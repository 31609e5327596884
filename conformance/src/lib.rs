//! Drives implementations as processes, gives all of them the same cases, and compares what they say.
//!
//! What an implementation must speak is in `PROTOCOL.md`. From here the bindings are strangers: nothing of them is linked,
//! and of the core only the list of operations.

pub mod agreement;
pub mod answer;
pub mod case;
pub mod driver;
pub mod expectations;
pub mod places;
pub mod report;
pub mod runner;
pub mod suites;
