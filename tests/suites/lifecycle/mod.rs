//! A server's life as its operator sees it: start, settings, log, stop, exit codes.

mod panics;
