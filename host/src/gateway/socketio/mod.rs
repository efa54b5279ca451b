//! Socket.IO v5 packets.
