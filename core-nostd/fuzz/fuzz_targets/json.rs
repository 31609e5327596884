#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| splitsign_fuzz::json(data));
