#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| splitsign_fuzz::field(data));
