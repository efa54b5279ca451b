//! Serves the media worker alone, without accounts and calls: for `bench sfu`.
//!
//! Prints its address, and the port for datagrams.

mod signalling;

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context as _;
use axum::{Router, routing::any};
use natter::calls::worker::{MediaOptions, MediaWorker, Started};
use signalling::Signalling;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = Ipv4Addr::LOCALHOST;
    let Started {
        worker,
        events,
        tapped,
        udp_port,
        ..
    } = MediaWorker::start(&MediaOptions {
        bind: vec![address.into()],
        advertised: Vec::new(),
        udp_port: 0,
        tcp_port: Some(0),
        participants_per_room: 256,
    })?;
    let signalling = Arc::new(Signalling::new(worker));
    tokio::spawn(Arc::clone(&signalling).tell(events));
    tokio::spawn(Arc::clone(&signalling).count(tapped));
    let routes = Router::new()
        .route("/ws", any(signalling::connect))
        .with_state(signalling);
    let listener = tokio::net::TcpListener::bind((address, 0)).await?;
    let port = listener.local_addr()?.port();
    println!("http://localhost:{port} udp {udp_port}");
    axum::serve(listener, routes).await.context("cannot serve")
}
