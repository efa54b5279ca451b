//! The harness of Natter's integration tests: it starts the real server as a process, talks to it through official clients
//! and raw sockets, and checks what came of it.
//!
//! Rule: a test sees the server only as an operator or a client would: its command line, its ports, its files.
//!
//! The exception is `transport_echo`, which mounts the transports alone over an echo.
//!
//! Not here: the tests themselves (`tests/suites`, one module per suite).

pub mod checks;
pub mod client;
pub mod deadline;
pub mod fields;
pub mod letters;
pub mod load;
pub mod loop_image;
pub mod people;
pub mod plugins;
pub mod postgres;
pub mod replica;
pub mod rest;
pub mod seed;
pub mod server;
pub mod settings;
pub mod transport_echo;
