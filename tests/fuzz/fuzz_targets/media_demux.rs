//! The streams and datagrams of the media ports, before they are anybody's.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter_sfu::fuzzing::demux(input));
