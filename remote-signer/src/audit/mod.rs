//! What was meant, and what came of it: hash-chained records, signing intents and outcomes, idempotency.
//!
//! # Contract
//! - An intent is durable before its provider is called, an outcome before its reply leaves: both are written with
//!   [`Storage::write`](crate::storage::Storage::write), which returns when they are on disk.
//! - Every change of state and its audit record are in one savepoint: there is never one without the other.
//! - A signing is recorded as signed only with a signature that the caller has verified.
//! - Records are chained: each hash covers the one before it. docs/audit.md has the byte format.
//!
//! **Not shown by the chain alone:** that its end was cut off. Note the head elsewhere, and give it to
//! `splitsign audit verify --expect-head`.

mod chain;
mod event;
mod running;
mod signing;
mod steps;
mod trail;

pub use chain::{Broken, Head, Record, append};
pub use event::{Event, SigningOutcome};
pub use running::{Running, RunningGuard};
pub use signing::{Begun, IdempotencyClaim, Intent, SignedRecord, UnresolvedIntent};
pub use trail::{Trail, VerifyError};
