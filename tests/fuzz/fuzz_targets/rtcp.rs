//! RTCP packets of who receives.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::rtcp(input));
