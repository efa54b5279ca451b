//! Engine.IO over long-polling: the body of a POST.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter::gateway::fuzzing::polling_body(input));
