//! Session descriptions: an offer, and an answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::sdp(input));
