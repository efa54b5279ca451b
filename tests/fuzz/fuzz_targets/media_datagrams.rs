//! Datagrams that come to the media port: of strangers, and of an address that a connection knows.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::datagrams(input));
