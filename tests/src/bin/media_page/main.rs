//! Serves a page whose browsers call each other through the media worker alone, without accounts and calls: for the suite `media`,
//! for `bench sfu`, and to try it by hand.
//!
//! Prints the address of the page, and the port for datagrams.

mod signalling;

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context as _;
use axum::{Router, response::Html, routing::any};
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
    let page = || async { Html(include_str!("page.html")) };
    let routes = Router::new()
        .route("/", any(page))
        .route("/ws", any(signalling::connect))
        .with_state(signalling);
    let listener = tokio::net::TcpListener::bind((address, 0)).await?;
    let port = listener.local_addr()?.port();
    println!("http://localhost:{port} udp {udp_port}");
    axum::serve(listener, routes).await.context("cannot serve")
}
