//! `transport_echo [PORT]`: the server for the official Engine.IO, Socket.IO and Autobahn suites, on 127.0.0.1 (port
//! 3000 unless given).

use anyhow::Context;
use natter_tests::transport_echo::{autobahn_options, serve, suite_options};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = match std::env::args().nth(1) {
        Some(port) => port
            .parse()
            .with_context(|| format!("`{port}` is not a port"))?,
        None => 3000,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    serve(listener, suite_options(), autobahn_options()).await;
    Ok(())
}
