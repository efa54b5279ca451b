//! The data of each event.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter::gateway::fuzzing::event(input));
