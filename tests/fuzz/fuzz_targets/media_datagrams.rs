//! Streams and datagrams that come to the media ports, before they are anybody's.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::datagrams(input));
