//! Decrypted reports of a receiver.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::rtcp(input));
