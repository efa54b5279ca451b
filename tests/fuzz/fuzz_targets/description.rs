//! Session descriptions, as offers and as answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::description(input));
