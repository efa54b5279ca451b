//! The protocols' own cases, against the echo server that the official suites are run on: Engine.IO v4 (25 cases, in
//! `engine` and `engine_message`), Socket.IO v5 (32, in `engine` and `socket_io`), and what those leave out.
//!
//! Rule: clients here are plain HTTP and a WebSocket library, not our codec. Nothing sleeps but where the protocol's
//! timing is what is tested.

mod beyond;
mod cut;
mod engine;
mod engine_message;
mod link;
mod raw;
mod socket_io;

/// The cases of `engine` on each path: the Socket.IO suite repeats them.
macro_rules! on_path {
    ($module:ident, $path:literal) => {
        mod $module {
            crate::protocol_cases::on_path!(@tests $path,
                polling_opens_a_session, polling_needs_version_4, polling_needs_a_known_transport,
                polling_opens_with_get, websocket_opens_a_session, websocket_needs_version_4,
                websocket_needs_a_known_transport, polling_pings_and_takes_pongs,
                polling_ends_without_pong, websocket_pings_and_takes_pongs, websocket_ends_without_pong,
                polling_close_packet_ends_the_session, websocket_close_packet_ends_the_session,
                upgrade_moves_the_session, requests_after_the_upgrade_are_refused,
                second_websocket_after_the_upgrade_is_closed,
            );
        }
    };
    (@tests $path:literal, $($case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                crate::protocol_cases::engine::$case($path).await;
            }
        )*
    };
}
use on_path;

on_path!(engine_io_path, "/engine.io/");
on_path!(socket_io_path, "/socket.io/");
