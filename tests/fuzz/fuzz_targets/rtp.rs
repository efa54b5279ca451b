//! RTP packets, as they are forwarded and recorded.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::rtp(input));
