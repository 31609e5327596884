//! The signer as a library, as a service on loopback, and as the real binary. One program, as each is a link of everything.
//!
//! Two have programs of their own: `providers`, which runs in builds with one provider too, by hand, and `many_keys`, which
//! counts what its whole process does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

extern crate alloc;

mod binary;
mod command_line;
mod connections;
mod contract;
mod dropins;
mod dry_run;
mod idempotency;
mod interrupted_creation;
mod key_life;
mod keys_command;
mod lifecycle;
mod load;
mod operations;
mod policies;
mod policies_command;
mod rotation;
mod signing;
#[cfg(feature = "pkcs11")]
mod softhsm;
mod support;
mod tbs;

#[path = "../../src/providers/contract/skipped.rs"]
mod skipped;

#[path = "../../src/providers/azure_kv/tests/key_vault.rs"]
#[expect(dead_code, reason = "the provider's own tests use the rest of it")]
mod key_vault;

#[path = "../../src/providers/contract/server.rs"]
#[expect(dead_code, reason = "the provider's own tests use the rest of it")]
mod server;

/// Where the vault looks for the server that answers as it is told.
mod providers {
    pub(crate) mod contract {
        pub(crate) use crate::server::{Answer, ContractServer, Request};
    }
}
