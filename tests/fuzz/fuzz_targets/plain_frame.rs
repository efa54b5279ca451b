//! Frames of `/ws`, and the events in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter::gateway::fuzzing::plain_frame(input));
