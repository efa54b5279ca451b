//! Socket.IO packets of one connection.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| natter::gateway::fuzzing::socket_io(input));
