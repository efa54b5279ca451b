//! Clients that break the rules: each gets a typed error or a closed socket, and nobody else notices.
//!
//! Rule: after every abuse, two well-behaved people still chat, and the server neither panicked nor ended.

mod floods;
mod frames;
mod http;
mod limits;
mod pages;
mod polling;
mod raw;
mod slow_readers;
mod socket_io;
mod witness;
