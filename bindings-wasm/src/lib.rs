//! The core for JavaScript. It converts, calls and converts; it never decides on content.
//!
//! What crosses the border is bytes and numbers only: no text, as the glue would replace half surrogates silently
//! where JavaScript can refuse them, and no objects, as they cost more than the calls. An error is thrown as one
//! number ([`thrown`]); several results at once are one [`record`]. `js/` turns all of that into what people use.
//!
//! Wherever a key is asked for, it is the 65 bytes that `key_from_…` returned.

pub mod cose;
pub mod digest;
pub mod dsse;
pub mod ecdsa;
pub mod jws;
mod parameters;
mod record;
mod thrown;

use splitsign_core::operations::Operation;
use wasm_bindgen::prelude::wasm_bindgen;

/// The names of the operations that this binding has, divided by line feeds.
#[wasm_bindgen]
#[must_use]
pub fn operations() -> Vec<u8> {
    let names = Operation::ALL.iter().map(|operation| operation.name());
    names.collect::<Vec<_>>().join("\n").into_bytes()
}
