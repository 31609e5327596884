//! What the programs share: where cases come from, and how much a call takes.
#![cfg(target_os = "none")]
#![no_std]

pub mod cases;
pub mod measure;

use semihosting::{eprintln, process};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    process::exit(1)
}
