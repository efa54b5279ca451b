//! Packets of one media connection that nobody has vouched for.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::stun(input));
